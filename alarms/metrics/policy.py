"""What is good and what is not: site policy, with the values that EEMUA 191 and ISA-18.2 name.

A plant's own alarm philosophy overrides them; nothing else in the program knows these numbers.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


class Verdict(enum.StrEnum):
    """What a figure says about the alarm system."""

    GOOD = "good"  # on target
    WARN = "warn"
    BAD = "bad"  # somebody must do something


VERDICTS: Final = [(verdict.value, verdict.value) for verdict in Verdict]  # for the API's schema


@dataclass(frozen=True, slots=True)
class Threshold:
    """Up to where a figure is good, and beyond what it is bad."""

    target: float
    warn: float | None = None  # None: it is never worse than a warning
    strict: bool = False  # the target itself is not good any more

    def judge(self, value: float | None) -> Verdict | None:
        """Return what a value means; None: there is no value, so nothing is known."""
        if value is None:
            return None
        if value < self.target or (value == self.target and not self.strict):
            return Verdict.GOOD
        return Verdict.BAD if self.warn is not None and value > self.warn else Verdict.WARN


# ---------------------------------------------------------------- thresholds

RATE: Final = Threshold(1, 2)  # raises in ten minutes, on average, for one operator
PEAK: Final = Threshold(10, 10)  # raises in the worst ten minutes
BUSY: Final = Threshold(0.01, 0.05, strict=True)  # share of the ten minutes with more than that
STANDING: Final = Threshold(10, 30, strict=True)  # alarms
STALE: Final = Threshold(5, strict=True)  # alarms; they need a plan, not a night shift
NUISANCE: Final = Threshold(0, 0)  # chattering or fleeting alarms: any is one too many
TOP_SHARE: Final = Threshold(0.05, 0.20)  # share of the load that ten alarms make
CRITICAL_SHARE: Final = Threshold(0.05, 0.10)  # share of the load that has the first priority
HIGH_SHARE: Final = Threshold(0.15)  # and the second; the rest, 80 %, is lower

# ---------------------------------------------------------------- definitions

BUSY_FROM: Final = 10  # a bin is busy with more raises than these
FLOOD_FROM: Final = 10  # raises in ten minutes begin a flood
FLOOD_ENDS: Final = 5  # fewer end it
STALE_S: Final = 24 * 3600.0
CHATTER_RAISES: Final = 3
CHATTER_S: Final = 60.0
FLEETING_S: Final = 10.0
TOP: Final = 10
TOP_FROM: Final = 20  # different alarms: of fewer, ten always make most of the load


def worst(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """Return the worst of some verdicts; None: there is none among them."""
    order = list(Verdict)
    return max((v for v in verdicts if v is not None), key=order.index, default=None)
