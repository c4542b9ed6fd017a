"""What the live pages are made of: the rows that their sockets will keep current, grouped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from alarms import listing
from devices.feed import ALARMS
from devices.gateways import report, reports
from devices.models import Device, Site
from devices.selectors import Row, device_rows
from project.phrases import phrases
from project.sightings import positions_of


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
