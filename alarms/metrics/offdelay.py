"""An off-delay for an alarm that chatters, from how it chattered. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# Seconds that people choose among. The longest is what ISA-18.2 recommends for slow signals, level
# and temperature: who needs more has another problem than noise.
STEPS_S: Final = (1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60)
LEAST_INTERVALS: Final = 3
WORTH: Final = 0.5  # share of the raises that a delay must remove to be proposed
NEARLY: Final = 0.9  # of what the longest removes: more costs seconds and gives little


@dataclass(frozen=True, slots=True)
class OffDelay:
    """A proposal, and what it would have done."""

    seconds: int
    removed: int  # raises
    of: int

    @property
    def share(self) -> float:
        """How many of the raises it would have removed, 0 to 1."""
        return self.removed / self.of


def off_delay_for(intervals: Sequence[float]) -> OffDelay | None:
    """Return the shortest off-delay that would have removed nearly all that any can remove.

    An alarm with an off-delay returns to normal only after its condition was gone for that long, so
    a raise that came sooner would not have been one.

    Args:
        intervals: seconds from each return to normal to the next raise of the same alarm.

    Returns:
        None where there is too little to judge by, or where no sensible delay would help much.
    """
    ordered = sorted(intervals)
    count = len(ordered)
    if count < LEAST_INTERVALS:
        return None
    removed = {step: bisect_left(ordered, step) for step in STEPS_S}
    most = removed[STEPS_S[-1]]
    if most < WORTH * count:
        return None
    seconds = next(step for step in STEPS_S if removed[step] >= NEARLY * most)
    return OffDelay(seconds, removed[seconds], count)
