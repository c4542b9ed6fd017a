"""Conditions that compare a number with a limit, with hysteresis. Pure.

A rising condition is active above its limit and returns at ``limit - deadband``; a falling one is
active below its limit and returns at ``limit + deadband``. A value that stands exactly on its limit
is normal (the limit of a counter of errors may be 0), and with no deadband it returns there. Each
edge is computed in one place, so that the band agrees with the judgement to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nextafter
from typing import Final

from alarms.conditions.model import NO_BAND, Judgement, Memory

Band = tuple[float | None, float | None]
UNKNOWN: Final = Judgement(None)


def truth_as_it_is(memory: Memory) -> bool:
    """Return the truth that changes nothing: the last one that was known."""
    return memory.active != (memory.pending is not None)


def good_value(memory: Memory, operand: str) -> float | None:
    """Return the newest value of an operand; ``None``: missing, a text, or of bad quality."""
    held = memory.held.get(operand)
    return held[1] if held is not None and held[2] else None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit with its deadband, both in the unit of what is compared."""

    limit: float
    deadband: float = 0.0  # not negative
    falling: bool = False  # active below the limit, not above it

    def is_passed(self, value: float, *, active: bool) -> bool:
        """Say whether a value is abnormal, given on which side of the deadband it was."""
        edge = self._edge(active=active)
        return value < edge if self.falling else value > edge

    def side(self, *, passed: bool, active: bool) -> Band:
        """Return all values that are abnormal, or all that are normal; both ends included."""
        edge = self._edge(active=active)
        if self.falling:
            return (None, nextafter(edge, -inf)) if passed else (edge, None)
        return (nextafter(edge, inf), None) if passed else (None, edge)

    def _edge(self, *, active: bool) -> float:
        if not active:
            return self.limit
        return self.limit + self.deadband if self.falling else self.limit - self.deadband


@dataclass(frozen=True, slots=True)
class Limit:
    """HIGH_HIGH and HIGH, or falling: LOW and LOW_LOW."""

    operand: str
    threshold: Threshold

    @property
    def operands(self) -> frozenset[str]:
        """The value."""
        return frozenset((self.operand,))

    @property
    def windows(self) -> dict[str, int]:
        """Nothing of the past."""
        return {}

    def look(self, memory: Memory, at: int) -> Judgement:
        """Compare the newest value; of bad quality it says nothing."""
        value = good_value(memory, self.operand)
        if value is None:
            return UNKNOWN
        passed = self.threshold.is_passed(value, active=memory.active)
        return Judgement(passed, value, self.threshold.limit)

    def band(self, memory: Memory, operand: str) -> Band:
        """All values on the side of the edge where it is."""
        return self.threshold.side(passed=truth_as_it_is(memory), active=memory.active)


@dataclass(frozen=True, slots=True)
class Deviation:
    """Too far from a setpoint, to either side."""

    operand: str
    setpoint: str  # an operand too
    threshold: Threshold  # of the distance

    @property
    def operands(self) -> frozenset[str]:
        """The value and its setpoint."""
        return frozenset((self.operand, self.setpoint))

    @property
    def windows(self) -> dict[str, int]:
        """Nothing of the past."""
        return {}

    def look(self, memory: Memory, at: int) -> Judgement:
        """Compare the distance; unknown while either is missing or of bad quality."""
        value, setpoint = good_value(memory, self.operand), good_value(memory, self.setpoint)
        if value is None or setpoint is None:
            return UNKNOWN
        distance = abs(value - setpoint)
        passed = self.threshold.is_passed(distance, active=memory.active)
        return Judgement(passed, distance, self.threshold.limit)

    def band(self, memory: Memory, operand: str) -> Band:
        """None: what a value may be depends on the other one."""
        return NO_BAND
