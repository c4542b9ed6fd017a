"""What gateways tell about themselves and the devices they speak for."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import Q
from django.utils import timezone

from devices.models import DeviceState, GatewayEvent
from edge import wire
from edge.wire.cameras import CameraState

# Without a picture a camera is not there, whatever is wrong; a bad picture comes from one that is.
_SEES: Final = {
    each.name.lower() for each in (CameraState.LIVE, CameraState.FROZEN, CameraState.DARK)
}
_UNDECIDED: Final = CameraState.CONNECTING.name.lower()


def record_own(*, gateway_id: int, kind: str, detail: str) -> None:
    """Note something about a gateway ourselves, now, among what it tells."""
    now = timezone.now()
    GatewayEvent.objects.create(
        gateway_id=gateway_id,
        device_id=gateway_id,
        kind=kind,
        detail=detail[:1024],
        own=True,
        at=now,
        received_at=now,
    )


def record_event(
    *,
    gateway_id: int,
    site_id: int,
    device_id: int | None,
    event: wire.Event,
    received_at: dt.datetime,
) -> None:
    """Store one event, and when it says that a device answers or not, the state it tells.

    Call inside the caller's transaction. A device that is not the gateway's stays unnamed.
    """
    at = dt.datetime.fromtimestamp(event.at / 1000, dt.UTC)
    GatewayEvent.objects.create(
        gateway_id=gateway_id,
        device_id=device_id,
        kind=event.kind,
        detail=event.detail,
        at=at,
        received_at=received_at,
    )
    if device_id is None:
        return
    down = says_down(event.kind, event.detail)
    if down is None:
        return
    detail = event.detail if event.kind == "device.down" else "NOT_CONNECTED"
    _note_link(device_id, site_id, at, down=down, detail=detail)


def says_down(kind: str, detail: str) -> bool | None:
    """Say whether an event tells that a device does not answer; None: it tells nothing of that."""
    if kind in {"device.down", "device.up"}:
        return kind == "device.down"
    state = detail.partition(":")[0]
    if kind != "camera.state" or state == _UNDECIDED:
        return None
    return state not in _SEES


def _note_link(device_id: int, site_id: int, at: dt.datetime, *, down: bool, detail: str) -> None:
    """Move the link state on, unless something newer was told already (history arrives late)."""
    from devices.feed import announce
    from devices.selectors import device_row

    DeviceState.objects.get_or_create(device_id=device_id)
    moved = (
        DeviceState.objects.filter(device_id=device_id)
        .filter(Q(link_event_at=None) | Q(link_event_at__lte=at))
        .update(
            link_event_at=at,
            link_down_since=at if down else None,
            link_detail=detail[:128] if down else "",
        )
    )
    if moved:
        announce(site_id=site_id, topic="devices", payload=device_row(device_id))
