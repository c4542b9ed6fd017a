"""What a message tells, as it was when it was queued: JSON, times in ISO 8601, UTC.

Webhooks get it as it is; the words of other messages are made from it. See docs/notifications.md.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from alarms.models import Alarm, Detection, Event, JournalEntry, Kind, NotificationChannel
from alarms.units import unit_of
from devices.models import Device, Site, Tag

Facts = dict[str, Any]


def facts_of(alarm: Alarm, entry: JournalEntry, site: Site, label: str) -> Facts:
    """Gather what is to be told of an alarm that is announced.

    Args:
        alarm: as it was moved, with rule, tag and device.
        entry: that announced it.
        site: of the alarm.
        label: class of the detection that raised it, if one did; see `label_of`.
    """
    rule = alarm.rule
    return {
        "event": Event.RAISED.value,
        "alarm": alarm.pk,
        "occurrence": entry.occurrence,
        "rule": entry.rule_name,
        "rule_id": entry.rule_id,
        "kind": entry.kind,
        "priority": entry.priority,
        "latching": rule.latching,
        "area": entry.area,
        "label": label,
        **_of_site(site),
        **_of_device(alarm.device),
        **_of_tag(alarm.tag),
        "value": alarm.value,
        "limit": alarm.limit,
        "unit": unit_of(alarm),
        "raised_at": iso(alarm.raised_at),
        "announced_at": iso(alarm.announced_at or entry.at),
        "cause": rule.cause,
        "consequence": rule.consequence,
        "action": rule.action,
        "url": page_of_alarm(site.slug, alarm.pk),
    }


def facts_after(raised: Facts, entry: JournalEntry, event: Event) -> Facts:
    """Tell what became of an alarm of which the message told these facts."""
    more: Facts = {"event": event.value}
    if event is Event.ACKNOWLEDGED:
        more |= {"acked_at": iso(entry.at), "acked_by": entry.actor, "comment": entry.reason}
    else:
        more |= {"returned_at": iso(entry.source_time), "returned_value": entry.value}
    return {**raised, **more}


def facts_of_test(channel: NotificationChannel, by: str) -> Facts:
    """Say who tries a channel."""
    site = _of_site(channel.site) if channel.site else {}
    return {
        "event": Event.TEST.value,
        "channel": channel.name,
        "by": by,
        "at": iso(timezone.now()),
        **site,
        "url": settings.PUBLIC_URL,
    }


def label_of(alarm: Alarm) -> str:
    """Return the class of the detection that an alarm is about; empty: it is about none."""
    if alarm.rule.kind != Kind.DETECTION:
        return ""
    if alarm.rule.label or alarm.detection_id is None:
        return alarm.rule.label
    found = Detection.objects.filter(pk=alarm.detection_id).values_list("label", flat=True)
    return found.first() or ""


def page_of_alarm(site: str, alarm_id: int) -> str:
    """Return the address of the page that shows an alarm."""
    return f"{settings.PUBLIC_URL}/alarms/?{urlencode({'site': site, 'alarm': alarm_id})}"


def iso(time: dt.datetime | None) -> str | None:
    """Write a moment for JSON."""
    return None if time is None else time.astimezone(dt.UTC).isoformat(timespec="milliseconds")


def _of_site(site: Site) -> Facts:
    return {"site": site.slug, "site_name": site.name, "time_zone": site.time_zone}


def _of_device(device: Device | None) -> Facts:
    if device is None:
        return {"device": "", "device_name": ""}
    return {"device": device.uid, "device_name": device.name}


def _of_tag(tag: Tag | None) -> Facts:
    if tag is None:
        return {"tag": "", "tag_label": "", "decimals": 1}
    return {"tag": tag.name, "tag_label": tag.label, "decimals": tag.decimals}
