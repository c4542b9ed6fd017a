"""The condition that looks at how fast a value changes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alarms.conditions.limits import UNKNOWN, Band, Threshold, good_value
from alarms.conditions.model import NO_BAND, Judgement, Memory

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Rate:
    """RATE: rises, or falls, faster than a limit.

    See `rate_per_minute`. It is unknown until half of the window is covered: noise over a moment is
    no rate.
    """

    operand: str
    threshold: Threshold  # in the tag's unit per minute; falling: its limit is negative
    window_ms: int

    @property
    def operands(self) -> frozenset[str]:
        """The value."""
        return frozenset((self.operand,))

    @property
    def windows(self) -> dict[str, int]:
        """As long as the rate is taken over."""
        return {self.operand: self.window_ms}

    def look(self, memory: Memory, at: int) -> Judgement:
        """Compare the rate over the window before this moment."""
        value, points = good_value(memory, self.operand), memory.points.get(self.operand, [])
        rate = rate_per_minute(points, at, self.window_ms)
        if value is None or rate is None:
            return UNKNOWN
        passed = self.threshold.is_passed(rate, active=memory.active)
        return Judgement(passed, rate, self.threshold.limit)

    def band(self, memory: Memory, operand: str) -> Band:
        """None: each reading is the past of a later one."""
        return NO_BAND


def rate_per_minute(points: Sequence[tuple[int, float]], at: int, window_ms: int) -> float | None:
    """Return the change over the time before a moment, per minute.

    Report by exception tells nothing while a value stands still, so a value holds until the next.

    Args:
        points: (source time in epoch ms, value), oldest first. One from before the window says
            what the value was when the window began.
        at: end of the window, epoch ms. Later points do not count.
        window_ms: its length.

    Returns:
        The rate in the tag's unit per minute; None: less than half of the window is covered.
    """
    begin = at - window_ms
    known = [(max(time, begin), value) for time, value in points if time <= at]
    since = next((i for i in reversed(range(len(known))) if known[i][0] == begin), 0)
    if not known or (at - known[since][0]) * 2 < window_ms:
        return None
    (start, first), (_, last) = known[since], known[-1]
    return (last - first) / (at - start) * MINUTE_MS
