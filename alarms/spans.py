"""When alarms of some tags were active: what a chart of the past shows beside their readings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import F, OuterRef, Q, Subquery

from alarms.models import Alarm, JournalEntry
from alarms.states import Trigger

MOST: Final = 500  # newest ones: more cannot be told apart on a chart


def spans_of(
    *, tags: Iterable[int], begin: dt.datetime, end: dt.datetime
) -> tuple[list[dict[str, Any]], bool]:
    """Return the occurrences of alarms of these tags that were active in a window.

    An alarm is of a tag that its rule watches, also within an expression. What readings that came
    late told is as true as the rest.

    Returns:
        Rows ``{alarm, tag, occurrence, priority, kind, name, tag_name, from_ms, to_ms, value,
        limit}``, the newest first; ``tag`` is one of those asked for, ``to_ms`` None while the
        condition lasts. And whether there are more than `MOST`.
    """
    wanted = set(tags)
    of_tag = _alarms_of(wanted)
    clears = JournalEntry.objects.filter(
        alarm_id=OuterRef("alarm_id"), occurrence=OuterRef("occurrence"), action=Trigger.CLEAR
    )
    raises = JournalEntry.objects.filter(alarm_id__in=of_tag, action=Trigger.RAISE)
    found = (
        raises.filter(source_time__lt=end)
        .annotate(ended=Subquery(clears.order_by("-pk").values("source_time")[:1]))
        .filter(Q(ended=None) | Q(ended__gte=begin))
        .order_by("-source_time", "-pk")
    )
    rows = list(found[: MOST + 1])
    return [_row(entry, of_tag[entry.alarm_id]) for entry in rows[:MOST]], len(rows) > MOST


def _alarms_of(tags: set[int]) -> dict[int, int]:
    """Return the tag that each alarm is of, by the number of the alarm."""
    own = Alarm.objects.filter(tag__in=tags).values_list("pk", "tag_id")
    watching = Alarm.objects.filter(watches__tag__in=tags).values_list("pk", F("watches__tag"))
    found = [*watching, *own]  # its own tag comes before those that it only watches
    return {alarm: tag for alarm, tag in found if tag in tags}


def _row(entry: JournalEntry, tag: int) -> dict[str, Any]:
    ended: dt.datetime | None = getattr(entry, "ended", None)
    return {
        "alarm": entry.alarm_id,
        "tag": tag,
        "occurrence": entry.occurrence,
        "priority": entry.priority,
        "kind": entry.kind,
        "name": entry.rule_name,
        "tag_name": entry.tag_name,
        "from_ms": _ms(entry.source_time),
        "to_ms": None if ended is None else _ms(ended),
        "value": entry.value,
        "limit": entry.limit,
    }


def _ms(time: dt.datetime) -> int:
    return round(time.timestamp() * 1000)
