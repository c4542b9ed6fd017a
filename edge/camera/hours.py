"""Whether a schedule is open, by the clock of the plant. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from edge.wire.cameras import Hours


def is_open(hours: Sequence[Hours], zone: tzinfo, wall_ms: int) -> bool:
    """Say whether a moment lies in one of the hours; without any it always does.

    Args:
        hours: parts of a week. The end is not part of it, and the hour that a change to summer
            time skips is simply not there.
        zone: by whose clock.
        wall_ms: UTC epoch milliseconds.
    """
    if not hours:
        return True
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=wall_ms)).astimezone(zone)
    minute, day = local.hour * 60 + local.minute, local.weekday()
    return any(_holds(each, day, minute) for each in hours)


def _holds(hours: Hours, day: int, minute: int) -> bool:
    start, end = _minutes(hours.start), _minutes(hours.end)
    if start < end:
        return day in hours.days and start <= minute < end
    yesterday = (day - 1) % 7
    return (day in hours.days and minute >= start) or (yesterday in hours.days and minute < end)


def _minutes(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)
