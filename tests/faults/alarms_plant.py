"""The tags whose alarms are broken: which rule each has, and what its alarm must do. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

UID: Final = "KILN-1"  # of the device; the world's name comes before it
LIMIT: Final = 80.0
DELAY_MS: Final = 200
# From one crossing of a delayed tag to the next: longer than its delay, so that it always ends.
APART_MS: Final = 500

Change = tuple[str, int]  # "raise" or "clear", source time in epoch milliseconds
Sample = tuple[int, bool]  # source time in epoch milliseconds, whether it is above the limit


class Point(NamedTuple):
    """A tag with one rule HIGH."""

    name: str
    on_ms: int = 0
    off_ms: int = 0
    latching: bool = False

    @property
    def delayed(self) -> bool:
        """Say whether its alarm follows later than its value."""
        return bool(self.on_ms or self.off_ms)


POINTS: Final = (
    *(Point(f"t{number}") for number in range(14)),
    *(Point(f"latching{number}", latching=True) for number in range(2)),
    *(Point(f"off{number}", off_ms=DELAY_MS) for number in range(2)),
    *(Point(f"on{number}", on_ms=DELAY_MS) for number in range(2)),
)


def changes_of(point: Point, samples: Sequence[Sample]) -> list[Change]:
    """Return when the alarm of a point must have been raised and cleared.

    Args:
        point: with crossings that are at least `APART_MS` apart if it is delayed.
        samples: all its readings, in order of time.
    """
    changes: list[Change] = []
    above = False
    for at, now in samples:
        if now != above:
            above = now
            changes.append(("raise", at + point.on_ms) if now else ("clear", at + point.off_ms))
    return changes
