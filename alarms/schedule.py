"""When a rule holds: parts of a week, by the clock of the plant. Pure.

A schedule is a list like that of a camera's rules (`edge.wire.cameras.Hours`)::

    [{"days": [0, 1, 2, 3, 4], "start": "22:00", "end": "06:00"}]

Monday is day 0. The start is part of it and the end is not. An end that is not later than its start
is on the next day; the days are those on which a part starts. No parts at all: always.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from django.utils.translation import gettext as _

from edge.wire.cameras import Hours

MAX_PARTS: Final = 20


def holds(schedule: Sequence[Any], at: datetime, zone: str) -> bool:
    """Say whether a moment lies in a schedule.

    What the clock shows counts: the hour that a change to summer time skips is not there, and the
    one that comes twice in autumn is there twice.

    Args:
        schedule: as it was validated.
        at: with its own time zone.
        zone: of the site, like "Europe/Berlin".

    Raises:
        ValueError: ``at`` has no time zone, or the schedule is none.
        zoneinfo.ZoneInfoNotFoundError: there is no such zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    if not schedule:
        return True
    local = at.astimezone(ZoneInfo(zone))
    minute, day = local.hour * 60 + local.minute, local.weekday()
    return any(_is_open(part, day, minute) for part in _parts(schedule))


def validate(schedule: object) -> None:
    """Check a schedule that somebody wrote.

    Raises:
        ValueError: says in plain words what is wrong with it.
    """
    if not isinstance(schedule, list):
        raise ValueError(_("A schedule is a list of parts of a week."))
    if len(schedule) > MAX_PARTS:
        message = _("A schedule has at most %(most)d parts.")
        raise ValueError(message % {"most": MAX_PARTS})
    _parts(schedule)


def _parts(schedule: Sequence[Any]) -> list[Hours]:
    return [_part(part, number) for number, part in enumerate(schedule, 1)]


def _part(part: object, number: int) -> Hours:
    try:
        return msgspec.convert(part, Hours)
    except msgspec.ValidationError as error:
        message = _(
            "Part %(number)d of the schedule is not right: it needs days from 0 (Monday) to 6, a"
            " start and an end like 08:00, and nothing else."
        )
        raise ValueError(message % {"number": number}) from error


def _is_open(part: Hours, day: int, minute: int) -> bool:
    start, end = _minutes(part.start), _minutes(part.end)
    if start < end:
        return day in part.days and start <= minute < end
    yesterday = (day - 1) % 7
    return (day in part.days and minute >= start) or (yesterday in part.days and minute < end)


def _minutes(clock: str) -> int:
    hour, _colon, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)
