"""What the hub reads of a site. On a thread of the database: none of this is asynchronous."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.utils import timezone

from devices.feed import Event, Position, events_since, positions, refresh_devices
from devices.gateways import Ledgers, report, reports
from devices.selectors import SiteTag, site_tags
from realtime.groups import Channel


def first_look(site_id: int) -> tuple[list[SiteTag], dict[str, Position]]:
    """Read all tags with their values, and where the state topics stand."""
    refresh_devices(site_id=site_id)
    # positions first: events between the two reads are passed on, and applied twice do no harm
    stand = positions(site_id=site_id)
    return site_tags(site_id=site_id), stand


def look_at_topics(
    site_id: int, known: dict[str, Position]
) -> dict[str, tuple[Position, list[Event] | None]]:
    """Announce what changed by itself, and return of each topic that moved on where it stands.

    With it come the events since the known position; None: they cannot be had any more.
    """
    refresh_devices(site_id=site_id)
    return {
        topic: (now, events_since(site_id=site_id, topic=topic, since=known[topic]))
        for topic, now in positions(site_id=site_id).items()
        if now != known[topic]
    }


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
