"""How often each camera is looked at when there is not time for all that was asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

CAPACITY: Final = 0.9  # of the look thread's time
_WEIGHT: Final = 0.2  # of the newest measurement


class Wish(NamedTuple):
    """What one camera asks for."""

    rate: float  # looks a second
    cost_s: float  # of one look


def stretch(wishes: Iterable[Wish]) -> float:
    """By how much all periods must grow so that the looks fit; 1: they fit as they are.

    All by the same factor, so no camera starves because another one wants more.
    """
    return max(1.0, sum(wish.rate * wish.cost_s for wish in wishes) / CAPACITY)


def smooth(known: float | None, measured: float) -> float:
    """A running mean, which forgets slowly."""
    return measured if known is None else known + _WEIGHT * (measured - known)
