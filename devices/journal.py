"""Reads of what happened to a device: its connections and what its gateway told."""

from __future__ import annotations

from django.db.models import Q

from devices.models import Connection, Device, GatewayEvent

MOST_ROWS = 20


def connections_of(*, device: Device) -> list[Connection]:
    """Newest connections of a device, or of the gateway that speaks for it."""
    carrier = device.via or device
    return list(Connection.objects.filter(device=carrier)[:MOST_ROWS])


def events_of(*, device: Device) -> list[GatewayEvent]:
    """Newest events about a device, and those that it told itself if it is a gateway."""
    about = GatewayEvent.objects.filter(Q(device=device) | Q(gateway=device))
    return list(about.select_related("device")[:MOST_ROWS])
