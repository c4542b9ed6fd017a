"""Which routes an alarm takes, and when."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import Final

from alarms.models import JournalEntry, Kind, NotificationRoute
from alarms.schedule import holds

_SEARCH_S: Final = 600  # how finely the next part of a schedule is looked for
_WEEK_S: Final = 8 * 86_400


def routes_of(sites: Collection[int]) -> dict[int, list[NotificationRoute]]:
    """Read the routes that are in use, by site; one query."""
    rows = NotificationRoute.objects.filter(site__in=sites, enabled=True, channel__enabled=True)
    by_site: dict[int, list[NotificationRoute]] = defaultdict(list)
    for route in rows.select_related("channel", "site"):
        by_site[route.site_id].append(route)
    return by_site


def takes(route: NotificationRoute, entry: JournalEntry, label: str) -> bool:
    """Say whether a route is one for an alarm, whatever the time is."""
    if entry.priority > route.min_priority:
        return False
    if route.areas and entry.area not in route.areas:
        return False
    if route.kinds and entry.kind not in route.kinds:
        return False
    return not route.labels or entry.kind != Kind.DETECTION or label in route.labels


def first_due(route: NotificationRoute, announced_at: dt.datetime) -> dt.datetime | None:
    """Return when the first message is due; None: not by this schedule."""
    due = announced_at + dt.timedelta(seconds=route.delay_s)
    if holds(route.schedule, due, route.site.time_zone):
        return due
    # Outside of the schedule it is not told, but it may be told again when that begins.
    return next_due(route, due)


def next_due(route: NotificationRoute, last: dt.datetime) -> dt.datetime | None:
    """Return when the next message is due after one; None: there is none."""
    if not route.repeat_s:
        return None
    due = last + dt.timedelta(seconds=route.repeat_s)
    step = dt.timedelta(seconds=max(route.repeat_s, _SEARCH_S))
    while not holds(route.schedule, due, route.site.time_zone):
        due += step
        if (due - last).total_seconds() > _WEEK_S:
            return None
    return due
