"""What happened to a device and its tags lately: the annotations of its trends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _

from alarms.models import Alarm, JournalEntry
from alarms.states import Trigger
from alarms.wording import own_name
from devices.events import says_down
from devices.models import Connection, Device, GatewayEvent
from devices.wording import CLOSINGS, EVENTS, REASONS, in_words

MOST: Final = 200  # of each kind, the newest
_OF_GATEWAY: Final = ("configuration.", "gateway.", "token.")  # concern all it speaks for
Mark = dict[str, Any]


def marks_of(device: Device, begin: datetime, end: datetime) -> list[Mark]:
    """Return what happened in a time, in its order.

    Returns:
        ``{at, tag, priority, kind, what, text}``: ``at`` is epoch milliseconds, ``tag`` the id of
        the tag whose alarm it is (None: it concerns them all), ``kind`` that of a rule, ``what``
        is "raise", "clear", "offline", "online", "config" or "other", ``text`` for people.
    """
    found = [
        *_of_alarms(device, begin, end),
        *_of_connections(device, begin, end),
        *_of_events(device, begin, end),
    ]
    return sorted(found, key=lambda mark: mark["at"])


def _mark(at: datetime, what: str, text: str, **more: Any) -> Mark:
    known = {"tag": None, "priority": None, "kind": ""} | more
    return {"at": round(at.timestamp() * 1000), "what": what, "text": text, **known}


def _of_alarms(device: Device, begin: datetime, end: datetime) -> Iterator[Mark]:
    alarms = {
        alarm.pk: alarm for alarm in Alarm.objects.filter(device=device).select_related("tag")
    }
    entries = JournalEntry.objects.filter(
        alarm_id__in=alarms,
        action__in=(Trigger.RAISE, Trigger.CLEAR),
        source_time__gte=begin,
        source_time__lte=end,
        at__gte=begin,  # what has an index; nothing is recorded before it happened
    )
    for entry in entries.order_by("-pk")[:MOST]:
        tag = alarms[entry.alarm_id].tag
        name = own_name(entry.rule_name, (tag.label or tag.name) if tag else "")
        is_raise = entry.action == Trigger.RAISE
        text = _("%(alarm)s: raised") if is_raise else _("%(alarm)s: returned to normal")
        yield _mark(
            entry.source_time,
            "raise" if is_raise else "clear",
            text % {"alarm": name},
            tag=tag.pk if tag else None,
            priority=entry.priority,
            kind=entry.kind,
        )


def _of_connections(device: Device, begin: datetime, end: datetime) -> Iterator[Mark]:
    carrier = device.via or device
    rows = Connection.objects.filter(device=carrier).filter(
        Q(opened_at__range=(begin, end)) | Q(closed_at__range=(begin, end))
    )
    for row in rows[:MOST]:
        names = {"device": carrier.uid, "reason": in_words(CLOSINGS, row.close_code)}
        if row.opened_at >= begin:
            yield _mark(row.opened_at, "online", _("%(device)s: connected") % names)
        if row.closed_at is not None and begin <= row.closed_at <= end:
            text = _("%(device)s: not connected any more, %(reason)s")
            yield _mark(row.closed_at, "offline", text % names)


def _of_events(device: Device, begin: datetime, end: datetime) -> Iterator[Mark]:
    about = Q(device=device)
    if device.via_id:
        kinds = [Q(kind__startswith=prefix) for prefix in _OF_GATEWAY]
        about |= Q(device_id=device.via_id) & (kinds[0] | kinds[1] | kinds[2])
    events = GatewayEvent.objects.filter(about, at__range=(begin, end)).select_related("device")
    for event in events[:MOST]:
        down = says_down(event.kind, event.detail)
        what = "config" if event.kind == "configuration.running" else "other"
        if down is not None:
            what = "offline" if down else "online"
        uid = event.device.uid if event.device else device.uid
        text = _("%(device)s: %(event)s") % {"device": uid, "event": in_words(EVENTS, event.kind)}
        detail = in_words(REASONS, event.detail)
        yield _mark(event.at, what, f"{text} ({detail})" if detail else text)
