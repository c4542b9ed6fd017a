"""Conditions of what is so or is not: states, quality, and signals of the platform. Pure."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import inf, nextafter
from typing import Final

from alarms.conditions.limits import UNKNOWN, Band, Threshold, good_value, truth_as_it_is
from alarms.conditions.model import NO_BAND, Judgement, Memory

_ABOVE_ZERO: Final = Threshold(0.0)


@dataclass(frozen=True, slots=True)
class Discrete:
    """DISCRETE: the value is one of the abnormal states."""

    operand: str
    abnormal: tuple[float, ...]  # ascending

    @property
    def operands(self) -> frozenset[str]:
        """The value."""
        return frozenset((self.operand,))

    @property
    def windows(self) -> dict[str, int]:
        """Nothing of the past."""
        return {}

    def look(self, memory: Memory, at: int) -> Judgement:
        """Look the newest value up; of bad quality it says nothing."""
        value = good_value(memory, self.operand)
        return UNKNOWN if value is None else Judgement(value in self.abnormal, value)

    def band(self, memory: Memory, operand: str) -> Band:
        """The newest value if it is abnormal, else all from it to the nearest abnormal ones."""
        value = good_value(memory, self.operand)
        if value is None or (value in self.abnormal) != truth_as_it_is(memory):
            return NO_BAND
        if value in self.abnormal:
            return value, value
        above = bisect_left(self.abnormal, value)
        low = nextafter(self.abnormal[above - 1], inf) if above else None
        high = nextafter(self.abnormal[above], -inf) if above < len(self.abnormal) else None
        return low, high


@dataclass(frozen=True, slots=True)
class BadQuality:
    """BAD_QUALITY: the newest reading is not good. That is never unknown."""

    operand: str

    @property
    def operands(self) -> frozenset[str]:
        """The value."""
        return frozenset((self.operand,))

    @property
    def windows(self) -> dict[str, int]:
        """Nothing of the past."""
        return {}

    def look(self, memory: Memory, at: int) -> Judgement:
        """Look at the quality; a tag that was never heard of is not bad but silent."""
        _, value, good = memory.held.get(self.operand, (0, None, True))
        return Judgement(not good, value)

    def band(self, memory: Memory, operand: str) -> Band:
        """Every good value while it is good: bad ones are in no band. None while it is bad."""
        return NO_BAND if truth_as_it_is(memory) else (None, None)


@dataclass(frozen=True, slots=True)
class Signal:
    """STALE, OFFLINE, SPOOL, CLOCK_SKEW, DETECTION: whoever watches says 1.0 while it is so."""

    operand: str

    @property
    def operands(self) -> frozenset[str]:
        """The signal."""
        return frozenset((self.operand,))

    @property
    def windows(self) -> dict[str, int]:
        """Nothing of the past."""
        return {}

    def look(self, memory: Memory, at: int) -> Judgement:
        """Say what the signal says."""
        value = good_value(memory, self.operand)
        return UNKNOWN if value is None else Judgement(value > 0, value)

    def band(self, memory: Memory, operand: str) -> Band:
        """All values that say the same."""
        return _ABOVE_ZERO.side(passed=truth_as_it_is(memory), active=False)
