"""Readings, and which of them are worth a report. Pure."""

from __future__ import annotations

from typing import NamedTuple

from edge.profile import Point
from edge.wire import is_bad


class Reading(NamedTuple):
    """What one read of one tag found."""

    device: str  # uid
    tag: str
    source_ms: int  # UTC epoch milliseconds of the answer, or of the attempt that failed
    quality: int
    value: float | None = None  # in the tag's unit; None when the quality is bad or it is a text
    raw: str | None = None  # a text, or the exact number where a float cannot hold it


class Reporter:
    """Reports one tag by exception: its first reading, changes, and one now and then as a sign.

    Remembers what was last reported, not what was last read, so that a slow drift is seen.
    """

    __slots__ = ("_deadband", "_device", "_known", "_last_ms", "_silence_ms", "_tag", "_value")

    def __init__(self, device: str, tag: Point) -> None:
        self._device = device
        self._tag = tag.name
        self._deadband = tag.deadband
        # Rounded to the nearest scan, so that jitter does not stretch the silence by a period.
        self._silence_ms = tag.silence_ms - tag.scan_ms / 2
        self._known: tuple[int, str | None] | None = None  # quality and text; None: nothing yet
        self._value: float | None = None
        self._last_ms = 0

    def judge(
        self, source_ms: int, quality: int, value: float | None = None, raw: str | None = None
    ) -> Reading | None:
        """Return the reading if it is worth a report; it then counts as reported."""
        # The difference is absolute: after a clock step backwards the tag must not fall silent.
        if (
            self._known is not None
            and self._known[0] == quality
            and abs(source_ms - self._last_ms) < self._silence_ms
            and (is_bad(quality) or self._is_same(value, raw))
        ):
            return None
        self._known, self._value, self._last_ms = (quality, raw), value, source_ms
        return Reading(self._device, self._tag, source_ms, quality, value, raw)

    def _is_same(self, value: float | None, raw: str | None) -> bool:
        last = self._value
        if not self._deadband or value is None or last is None:
            return value == last and self._known is not None and raw == self._known[1]
        return abs(value - last) <= self._deadband
