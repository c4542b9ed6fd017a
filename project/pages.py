"""What the live pages are made of: the rows that their sockets will keep current, grouped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.urls import reverse

from alarms import listing
from devices.feed import ALARMS
from devices.gateways import gateways_of, report, reports
from devices.journal import connections_of, events_of
from devices.models import Device, Site
from devices.selectors import Row, device_rows, tag_rows
from project.phrases import phrases
from project.sightings import (
    STRIP,
    Filter,
    cameras_of,
    cards_of,
    gallery_config,
    positions_of,
)

MOST_TRENDS: Final = 12  # on the overview: more cannot be read at a glance
FIRST_TRENDS: Final = 6  # of a device that are open from the start
MANY_DEVICES: Final = 60  # from here on the cells show no names


def overview_page(site: Site, now: datetime) -> dict[str, Any]:
    """Context of the overview of a site."""
    seen = _seen(site)
    devices, tags = device_rows(site_id=site.pk, now=now), tag_rows(site_id=site.pk)
    by_id = {device["id"]: device for device in devices}
    pinned = [tag for tag in tags if tag["pin"]][:MOST_TRENDS]
    channels = [f"tel:site:{site.pk}", *([f"gallery:{site.pk}"] if seen else [])]
    return {
        "section": "overview",
        "site": site,
        "areas": _areas(devices),
        "many": len(devices) > MANY_DEVICES,
        "cards": _cards(devices, tags),
        "trends": [{"tag": tag, "device": by_id[tag["dev"]]} for tag in pinned],
        "device_url": reverse("device", args=["UID"]),
        "seen": seen["cards"] if seen else None,
        "config": joined(config_of(site, now, devices, tags, *channels), seen),
    }


def device_page(device: Device, now: datetime) -> dict[str, Any]:
    """Context of the page of one device."""
    devices = device_rows(site_id=device.site_id, now=now)
    tags = tag_rows(device_id=device.pk)
    own = next(row for row in devices if row["id"] == device.pk)
    carrier = device.via or device
    return {
        "site": device.site,
        "device": own,
        "health": gateways_of(site_id=carrier.site_id).filter(pk=carrier.pk).first(),
        "gateway": next((row for row in devices if row["uid"] == own["via"]), None),
        "children": [row for row in devices if row["via"] == own["uid"]],
        "tags": tags,
        "trends": [
            {"tag": tag, "device": own, "closed": place >= FIRST_TRENDS}
            for place, tag in enumerate(tags)
        ],
        "connections": connections_of(device=device),
        "events": events_of(device=device),
        "config": config_of(device.site, now, devices, tags, f"tel:device:{device.pk}"),
    }


def gateways_page(site: Site, now: datetime) -> dict[str, Any]:
    """Context of the page of all gateways of a site."""
    devices = device_rows(site_id=site.pk, now=now)
    channel, told = f"gateways:{site.pk}", reports(site_id=site.pk, now=now, ledgers={})
    ids = {row["id"] for row in told}
    return {
        "section": "gateways",
        "site": site,
        "gateways": [device for device in devices if device["id"] in ids],
        "gateway_url": reverse("gateway", args=["UID"]),
        "config": config_of(site, now, devices, [], channel) | _reported(channel, told),
    }


def gateway_page(gateway: Device, now: datetime) -> dict[str, Any]:
    """Context of the page of one gateway."""
    devices = device_rows(site_id=gateway.site_id, now=now)
    channel = f"health:{gateway.pk}"
    told = report(gateway_id=gateway.pk, now=now, ledgers={})
    return {
        "section": "gateways",
        "site": gateway.site,
        "gateway": next(row for row in devices if row["id"] == gateway.pk),
        "config": config_of(gateway.site, now, devices, [], channel) | _reported(channel, told),
    }


def guess_page(gateway: Device, now: datetime) -> dict[str, Any]:
    """Context of the page that has a gateway read registers of an unknown device."""
    devices = device_rows(site_id=gateway.site_id, now=now)
    units = Device.objects.filter(modbus__gateway=gateway).values_list(
        "modbus__name", "unit_id", "pk"
    )
    return {
        "section": "gateways",
        "site": gateway.site,
        "gateway": next(row for row in devices if row["id"] == gateway.pk),
        "connections": gateway.modbus_connections.all(),
        "config": config_of(gateway.site, now, devices, [])
        | {"devices_at": {f"{name}/{unit}": pk for name, unit, pk in units}},
    }


def _reported(channel: str, told: object) -> dict[str, Any]:
    """Give the scripts the report that the channel will keep current, and words for its codes."""
    return {
        "reports": {channel: told},
        "phrases": phrases(),
    }


def config_of(
    site: Site, now: datetime, devices: list[Row], tags: list[Row], *channels: str
) -> dict[str, Any]:
    """Give the scripts what they start from. Every live page knows the alarms of its site."""
    return {
        "now": round(now.timestamp() * 1000),
        "zone": site.time_zone,
        "site": site.slug,
        "channels": [f"devices:{site.pk}", f"{ALARMS}:{site.pk}", *channels],
        "positions": positions_of(site, ALARMS),  # before the rows
        "alarms": listing.rows_of(site),
        "alarms_url": reverse("api_alarm-list"),
        "trends_url": "/api/v1/trends/",
        "device_url": reverse("device", args=["UID"]),
        "devices": devices,
        "tags": tags,
    }


def joined(config: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Add what a page knows besides, with its places in other channels."""
    positions = config["positions"] | more.get("positions", {})
    return config | more | {"positions": positions}


def _seen(site: Site) -> dict[str, Any]:
    """Return what the strip of snapshots starts from; nothing for a plant without cameras."""
    if not cameras_of(site).exists():
        return {}
    return gallery_config(site, Filter(), lambda: cards_of(site, Filter(), most=STRIP))


def _areas(devices: Iterable[Row]) -> list[dict[str, Any]]:
    """Group devices by area, those without one last."""
    ordered = sorted(devices, key=lambda row: (row["area"] == "", row["area"], row["uid"]))
    areas = []
    for name, group in groupby(ordered, itemgetter("area")):
        rows = list(group)
        online = sum(row["status"] == "online" for row in rows)
        areas.append({"name": name, "devices": rows, "online": online})
    return areas


def _cards(devices: Iterable[Row], tags: Iterable[Row]) -> list[dict[str, Any]]:
    """Join each device that has tags with them."""
    of_device: dict[int, list[Row]] = {}
    for tag in tags:
        of_device.setdefault(tag["dev"], []).append(tag)
    return [
        {"device": device, "tags": of_device[device["id"]]}
        for device in devices
        if device["id"] in of_device
    ]
