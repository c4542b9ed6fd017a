"""What the pages show of alarms: a row each, told as events of the topic ``alarms``.

A row is there from the raise until there is nothing to see of the alarm any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from itertools import groupby

from django.db.models import Q, QuerySet

from alarms.models import Alarm, Kind
from alarms.states import State
from alarms.units import unit_of
from devices.feed import ALARMS, announce_all
from devices.models import Site
from devices.selectors import Row

LISTED = (
    ~Q(state=State.NORMAL) | Q(shelved=True) | Q(suppressed=True) | Q(out_of_service=True)
)  # as states.Status.listed


def announce(alarms: Collection[Alarm]) -> None:
    """Tell the pages, with the commit of the caller's transaction, how these alarms are now.

    The topics stay locked until that commit, so call it last.

    Args:
        alarms: as they are stored, of `with_names`.
    """
    ordered = sorted(alarms, key=lambda alarm: (alarm.site_id, alarm.pk))
    for site_id, group in groupby(ordered, lambda alarm: alarm.site_id):
        announce_all(site_id=site_id, topic=ALARMS, payloads=[told(alarm) for alarm in group])


def announce_gone(alarms: Collection[Alarm]) -> None:
    """Tell the pages that these alarms will be no more."""
    ordered = sorted(alarms, key=lambda alarm: (alarm.site_id, alarm.pk))
    for site_id, group in groupby(ordered, lambda alarm: alarm.site_id):
        gone: list[Row] = [{"id": alarm.pk, "gone": True} for alarm in group]
        announce_all(site_id=site_id, topic=ALARMS, payloads=gone)


def with_names(alarms: QuerySet[Alarm]) -> QuerySet[Alarm]:
    """Have at hand what `row` needs."""
    return alarms.select_related("rule", "tag", "device")


def listed(alarms: QuerySet[Alarm]) -> QuerySet[Alarm]:
    """Those of which there is something to see."""
    return alarms.filter(LISTED)


def rows_of(site: Site) -> list[Row]:
    """Return what the pages of a site start from; read the topic's position before."""
    return [row(alarm) for alarm in listed(with_names(Alarm.objects.filter(site=site)))]


def told(alarm: Alarm) -> Row:
    """Return what the pages are told of an alarm: its row, or that it is gone."""
    return row(alarm) if alarm.status.listed else {"id": alarm.pk, "gone": True}


def row(alarm: Alarm) -> Row:
    """Return one alarm of `with_names` as the pages get it; times are epoch milliseconds."""
    rule, tag, device, status = alarm.rule, alarm.tag, alarm.device, alarm.status
    return {
        "id": alarm.pk,
        "rev": alarm.rev,
        "state": status.state,
        "holds": sorted(status.holds),
        "active": status.active,
        "announced": status.announced,
        "priority": rule.priority,
        "kind": rule.kind,
        "name": rule.name,
        "latching": rule.latching,
        "label": rule.label,
        "device": device.pk if device else None,
        "uid": device.uid if device else "",
        "device_name": device.name if device else "",
        "area": device.area if device else "",
        "tag": tag.pk if tag else None,
        "tag_name": (tag.label or tag.name) if tag else "",
        "unit": unit_of(alarm) if rule.kind == Kind.EXPRESSION else tag.unit if tag else "",
        "decimals": tag.decimals if tag else 1,
        "occurrence": alarm.occurrence,
        "raised": _ms(alarm.raised_at),
        "returned": _ms(alarm.returned_at),
        "acked": _ms(alarm.acked_at),
        "acked_by": alarm.acked_by,
        "comment": alarm.comment,
        "value": alarm.value,
        "limit": alarm.limit,
        "detection": alarm.detection_id,
        "until": _ms(alarm.shelved_until),
        "one_shot": alarm.one_shot,
        "held_by": alarm.held_by,
        "reason": alarm.hold_reason,
    }


def _ms(time: dt.datetime | None) -> int | None:
    return None if time is None else round(time.timestamp() * 1000)
