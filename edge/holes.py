"""When to look again at what a device refuses: soon, then more and more rarely. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from edge.plan import Block, Hole

FIRST_S: Final = 60.0  # then twice as long after each look that was in vain
LONGEST_S: Final = 3600.0


class _Look(NamedTuple):
    block: Block  # the read that was refused
    pause_s: float
    at: float


class Looks:
    """The holes of one device, and when to try each with one read. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._looks: dict[Hole, _Look] = {}

    def add(self, hole: Hole, block: Block, now: float) -> None:
        """Look again at a new hole; one that is known keeps its time.

        Args:
            hole: what the device refuses.
            block: the read that would show that it no longer does.
            now: when it was refused.
        """
        self._looks.setdefault(hole, _Look(block, FIRST_S, now + FIRST_S))

    def due(self, now: float) -> tuple[Hole, Block] | None:
        """The hole that has waited longest for its time, and the read that tries it."""
        hole = min(self._looks, key=lambda hole: self._looks[hole].at, default=None)
        if hole is None or now < self._looks[hole].at:
            return None
        return hole, self._looks[hole].block

    def was_in_vain(self, hole: Hole, now: float) -> None:
        """Wait twice as long for the next look."""
        block, pause_s, _ = self._looks[hole]
        pause_s = min(pause_s * 2, LONGEST_S)
        self._looks[hole] = _Look(block, pause_s, now + pause_s)

    def forget(self, hole: Hole) -> None:
        """It is none any more."""
        self._looks.pop(hole, None)

    def clear(self) -> None:
        """Nothing is known any more."""
        self._looks.clear()
