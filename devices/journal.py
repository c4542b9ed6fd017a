"""Reads of what happened to a device: its connections, what its gateway told, who changed it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Q

from devices.models import AuditEntry, Connection, Device, GatewayEvent

MOST_ROWS = 20


def connections_of(*, device: Device) -> list[Connection]:
    """Newest connections of a device, or of the gateway that speaks for it."""
    carrier = device.via or device
    return list(Connection.objects.filter(device=carrier)[:MOST_ROWS])


def events_of(
    *, device: Device, until: datetime | None = None, most: int = MOST_ROWS
) -> list[GatewayEvent]:
    """Newest events about a device, and those that it told itself if it is a gateway.

    Args:
        device: of which.
        until: none that is newer than this.
        most: how many at most.
    """
    about = GatewayEvent.objects.filter(Q(device=device) | Q(gateway=device))
    if until is not None:
        about = about.filter(at__lte=until)
    return list(about.select_related("device").order_by("-at", "-pk")[:most])


def changes_of(
    *,
    device: Device,
    about: Mapping[str, Collection[int]],
    until: datetime | None = None,
    most: int = MOST_ROWS,
) -> list[AuditEntry]:
    """Newest entries of the audit trail about a device and what belongs to it.

    Args:
        device: of which; tags and tokens that are gone are found by its UID.
        about: what else belongs to it: kind -> ids.
        until: none that is newer than this.
        most: how many at most.
    """
    chosen = Q(kind="device", object_id=str(device.pk))
    chosen |= Q(kind="tag", object_name__startswith=f"{device.uid}/")
    chosen |= Q(kind="credential", object_name__startswith=f"{device.uid} ")
    chosen |= Q(kind="camera", object_id=str(device.pk))
    for kind, ids in about.items():
        chosen |= Q(kind=kind, object_id__in=[str(pk) for pk in ids])
    entries = AuditEntry.objects.filter(chosen, site_id=device.site_id)
    if until is not None:
        entries = entries.filter(at__lte=until)
    return list(entries.order_by("-at", "-pk")[:most])
