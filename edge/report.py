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
    value: float | None = None  # in the tag's unit; None exactly when the quality is bad
    raw: str | None = None  # the exact number where a float cannot hold it


def is_worth_reporting(tag: Point, last: Reading | None, new: Reading) -> bool:
    """Report by exception: the first reading, a change, and one now and then to prove life.

    Args:
        tag: gives deadband, scan period and longest silence.
        last: the last reading of this tag that was reported (not the last that was read).
        new: the reading to judge.
    """
    if last is None or last.quality != new.quality:
        return True
    # Rounded to the nearest scan, so that jitter does not stretch the silence by a whole period.
    # The difference is absolute: after a clock step backwards the tag must not fall silent.
    if abs(new.source_ms - last.source_ms) + tag.scan_ms / 2 >= tag.silence_ms:
        return True
    if is_bad(new.quality):
        return False
    if tag.deadband == 0 or last.value is None or new.value is None:
        return (last.value, last.raw) != (new.value, new.raw)
    return abs(new.value - last.value) > tag.deadband
