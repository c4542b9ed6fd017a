"""Two gateways with one credential: the newer connection wins, so they take turns. Noticed here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from devices.audit import record
from devices.events import record_own
from devices.models import Connection, Device, GatewayEvent

SUPERSEDED: Final = "superseded"  # reason of a connection's end
KIND: Final = "gateway.shared_credential"
WINDOW: Final = timedelta(seconds=60)
MOST_TURNS: Final = 3  # within the window; one gateway that lost its network takes one or two
QUIET: Final = timedelta(minutes=10)  # between two notes of the same


def notice_sharing(*, device_id: int, now: datetime) -> None:
    """Note it if the connections of a device take each other's place again and again.

    Call it in the transaction in which one has done so.
    """
    turns = Connection.objects.filter(
        device_id=device_id, reason=SUPERSEDED, closed_at__gt=now - WINDOW
    )
    addresses = list(turns.values_list("remote", flat=True))
    if len(addresses) <= MOST_TURNS:
        return
    told = GatewayEvent.objects.filter(gateway_id=device_id, kind=KIND)
    if told.filter(received_at__gt=now - QUIET).exists():
        return
    detail = (
        f"{len(addresses)} times in {WINDOW.seconds} s, from {', '.join(sorted(set(addresses)))}"
    )
    record_own(gateway_id=device_id, kind=KIND, detail=detail)
    record("shared_credential", Device.objects.get(pk=device_id), None, {"seen": detail})


def sharing_since(*, device: Device, now: datetime) -> GatewayEvent | None:
    """Return the note that two gateways share a credential of this device, if it is recent."""
    told = GatewayEvent.objects.filter(gateway=device, kind=KIND)
    return told.filter(received_at__gt=now - 2 * QUIET).order_by("-received_at").first()
