"""The rail above the gallery: when how much was seen, over a week or a day of the plant."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from alarms.density import Stretch, counts_in, days_of, unreviewed_since
from alarms.models import Detection
from devices.access import AnyUser
from devices.models import Site
from project.sightings import Filter, midnight, read_day, wanted_rows

DAYS: Final = 7
_OF_DAY: Final = dt.timedelta(minutes=15)  # one bar, when a day is shown
_OF_WEEK: Final = dt.timedelta(hours=2)
_A_DAY: Final = dt.timedelta(days=1)


def rail_of(site: Site, wanted: Filter, now: dt.datetime, user: AnyUser) -> dict[str, Any]:
    """Return the rail as the page draws it; times are epoch milliseconds.

    It shows the chosen day, or the seven days up to today or to the end of the chosen time. Days
    are counted for all seven, so that one can go from one to the next. What is chosen on the rail
    itself (``begin`` and ``end``) is not left out of it.
    """
    zone = ZoneInfo(site.time_zone)
    days = _days(wanted, now, zone)
    spans = [(day, _time(midnight(day, zone)), _time(midnight(day + _A_DAY, zone))) for day in days]
    chosen = next((span for span in spans if span[0] == read_day(wanted.day)), None)
    begin, end = (chosen[1], chosen[2]) if chosen else (spans[0][1], spans[-1][2])
    stretch = Stretch(begin, end, _OF_DAY if chosen else _OF_WEEK)
    whole = replace(wanted, day="", begin=0, end=0)
    rows = wanted_rows(site, whole, user)
    everything = Detection.objects.filter(site=site)
    recent = _time(midnight(_today(now, zone) - (DAYS - 1) * _A_DAY, zone))
    counted = days_of(wanted_rows(site, replace(whole, review=""), user), spans, zone, user)
    return {
        "from": _ms(begin),
        "to": _ms(end),
        "step_ms": round(stretch.step.total_seconds() * 1000),
        "counts": [{"label": k, "n": n} for k, n in counts_in(rows, stretch).items()],
        "days": [
            {"day": day.day.isoformat(), "total": day.total, "unreviewed": day.unreviewed}
            for day in counted
        ],
        "unreviewed": unreviewed_since(everything, recent, user),
    }


def _days(wanted: Filter, now: dt.datetime, zone: dt.tzinfo) -> list[dt.date]:
    """Return the days of the rail: up to today, unless what was chosen lies before or after."""
    last = _today(now, zone)
    asked = read_day(wanted.day)
    if asked is None and wanted.end:
        asked = _time(wanted.end - 1).astimezone(zone).date()
    if asked is not None and not last - DAYS * _A_DAY < asked <= last:
        last = asked
    return [last - number * _A_DAY for number in reversed(range(DAYS))]


def _today(now: dt.datetime, zone: dt.tzinfo) -> dt.date:
    return now.astimezone(zone).date()


def _time(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


def _ms(time: dt.datetime) -> int:
    return round(time.timestamp() * 1000)
