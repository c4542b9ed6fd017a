"""What somebody who looks at one alarm wants to know: what happened, and what there is to see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from django.db.models import Q, QuerySet

from alarms.gallery import best_of, picture_url, with_pictures
from alarms.models import Alarm, Detection, JournalEntry
from alarms.states import Trigger
from devices.models import Tag

ENTRIES: Final = 50  # of an occurrence, at most
EARLIER: Final = 5  # occurrences before it
AROUND: Final = dt.timedelta(minutes=10)  # of the trend, before and after
_ENDS: Final = {Trigger.CLEAR, Trigger.ACKNOWLEDGE}


def entries_of(alarm: Alarm) -> QuerySet[JournalEntry]:
    """Return what happened in the present or last occurrence of an alarm, the newest first."""
    entries = JournalEntry.objects.filter(alarm_id=alarm.pk, occurrence=alarm.occurrence)
    return entries.order_by("-pk")[:ENTRIES]


def earlier(alarm: Alarm) -> list[dict[str, Any]]:
    """Return the occurrences before, the newest first.

    Returns:
        ``{occurrence, raised_at, returned_at, acked_at, acked_by, value}``; None: it was not.
    """
    before = range(max(1, alarm.occurrence - EARLIER), alarm.occurrence)
    actions = [Trigger.RAISE, *_ENDS]
    entries = JournalEntry.objects.filter(
        alarm_id=alarm.pk, occurrence__in=before, action__in=actions, historical=False
    ).order_by("-occurrence", "pk")
    groups = groupby(entries, lambda entry: entry.occurrence)
    return [_occurrence(number, list(group)) for number, group in groups]


def _occurrence(number: int, entries: Sequence[JournalEntry]) -> dict[str, Any]:
    found = {entry.action: entry for entry in entries}  # the last of each
    raised, acked = found.get(Trigger.RAISE), found.get(Trigger.ACKNOWLEDGE)
    cleared = found.get(Trigger.CLEAR)
    return {
        "occurrence": number,
        "raised_at": raised.source_time if raised else None,
        "returned_at": cleared.source_time if cleared else None,
        "acked_at": acked.at if acked else None,
        "acked_by": acked.actor if acked else "",
        "value": raised.value if raised else None,
    }


def occurrences_of(alarms: QuerySet[Alarm], most: int) -> list[dict[str, Any]]:
    """Return the newest occurrences of some alarms, the newest first.

    Returns:
        As `earlier`, with ``entry`` (of the journal) that told of the raise. What was found in
        readings that came late is among them.
    """
    entries = JournalEntry.objects.filter(alarm_id__in=alarms.values("pk"))
    newest = entries.filter(action=Trigger.RAISE).order_by("-source_time", "-pk")
    raises = list(newest[:most])
    ends = entries.filter(
        alarm_id__in={each.alarm_id for each in raises},
        occurrence__in={each.occurrence for each in raises},
        action__in=_ENDS,
    )
    of_key = groupby(sorted(ends, key=_key), _key)
    known = {key: list(group) for key, group in of_key}
    return [
        _occurrence(each.occurrence, [each, *_ended_by(each, known.get(_key(each), []))])
        | {"entry": each}
        for each in raises
    ]


def _key(entry: JournalEntry) -> tuple[int, int, bool]:
    return entry.alarm_id, entry.occurrence, entry.historical


def _ended_by(begun: JournalEntry, ends: Sequence[JournalEntry]) -> list[JournalEntry]:
    """Choose what ended a raise; several found in late readings have the same occurrence."""
    later = [end for end in ends if end.source_time >= begun.source_time]
    if not begun.historical:
        return sorted(later, key=lambda end: end.pk)
    return sorted(later, key=lambda end: end.source_time)[:1]


def trend_of(alarm: Alarm) -> dict[str, Any] | None:
    """Return what to ask ``/api/v1/trends/`` for; None: no tag has a part in this alarm.

    Returns:
        ``{tags, from_ms, to_ms}``: the tags themselves, and the time around the raise.
    """
    watched = Q(pk__in=alarm.watches.exclude(tag=None).values("tag"))
    own = Q(pk__in={alarm.tag_id, alarm.rule.setpoint_id} - {None})
    tags = sorted(
        Tag.objects.filter(own | watched), key=lambda tag: (tag.pk != alarm.tag_id, tag.pk)
    )
    if not tags or alarm.raised_at is None:
        return None
    begin, end = alarm.raised_at - AROUND, alarm.raised_at + AROUND
    return {"tags": tags, "from_ms": _ms(begin), "to_ms": _ms(end)}


def evidence_of(alarm: Alarm) -> dict[str, Any] | None:
    """Return the detection that raised an alarm with its best picture; None: there is none."""
    if alarm.detection_id is None:
        return None
    rows = Detection.objects.filter(pk=alarm.detection_id, site_id=alarm.site_id)
    detection = with_pictures(rows).first()
    if detection is None:
        return None
    best = best_of(detection)
    return {
        "detection": detection,
        "image": picture_url(best, "full"),
        "width": best.width if best else None,
        "height": best.height if best else None,
        "boxes": best.boxes if best else [],
    }


def _ms(time: dt.datetime) -> int:
    return round(time.timestamp() * 1000)
