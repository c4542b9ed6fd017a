"""What the hub reads of a site. On a thread of the database: none of this is asynchronous."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.utils import timezone

from devices.feed import DEVICES, Event, Position, events_since, position, refresh_devices
from devices.gateways import Ledgers, report, reports
from devices.selectors import SiteTag, site_tags
from realtime.groups import Channel


def first_look(site_id: int) -> tuple[list[SiteTag], dict[str, Position]]:
    """Read all tags with their values, and where the state topics stand."""
    refresh_devices(site_id=site_id)
    # positions first: events between the two reads are passed on, and applied twice do no harm
    positions = {DEVICES: position(site_id=site_id, topic=DEVICES)}
    return site_tags(site_id=site_id), positions


def look_at_topic(site_id: int, known: Position) -> tuple[Position, list[Event] | None]:
    """Announce what changed by itself, and return where the topic stands and what came since."""
    refresh_devices(site_id=site_id)
    now = position(site_id=site_id, topic=DEVICES)
    if now == known:
        return now, []
    return now, events_since(site_id=site_id, topic=DEVICES, since=known)


def look_at_reports(channels: Iterable[Channel], ledgers: Ledgers) -> dict[Channel, str]:
    """Read what these channels report, as JSON; ledgers that are missing are added."""
    now = timezone.now()
    found = {}
    for channel in channels:
        if channel.kind == "gateways":
            told: object = reports(site_id=channel.id, now=now, ledgers=ledgers)
        else:
            told = report(gateway_id=channel.id, now=now, ledgers=ledgers)
        found[channel] = msgspec.json.encode(told).decode()
    return found
