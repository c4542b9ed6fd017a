"""What the services on connections share: locking, the clock, and telling the pages.

Every time is taken from the database's clock: the web processes may run on several machines.
Rows are locked in one order (states by device, then connections, then topics), so that services
that change many devices at once cannot block each other for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Now

from devices.feed import refresh_devices
from devices.models import Connection, Device, DeviceState


def announce_state(device_ids: Iterable[int]) -> None:
    """Announce these devices and those reached via them, where their rows have changed."""
    ids = set(device_ids)
    shown = Device.objects.filter(Q(pk__in=ids) | Q(via_id__in=ids)).order_by("site_id")
    for site_id in shown.values_list("site_id", flat=True).distinct():
        refresh_devices(site_id=site_id, device_ids=ids)


def lock_states(device_ids: Collection[int]) -> dict[int, DeviceState]:
    """Lock the states of these devices; those that never were connected have none."""
    states = DeviceState.objects.select_for_update().order_by("device_id")
    return {state.device_id: state for state in states.filter(device_id__in=device_ids)}


def lock_or_create_states(device_ids: Collection[int]) -> dict[int, DeviceState]:
    """Lock the states of these devices, made if need be."""
    DeviceState.objects.bulk_create(
        (DeviceState(device_id=device_id) for device_id in sorted(device_ids)),
        ignore_conflicts=True,
    )
    return lock_states(device_ids)


def set_offline(device_ids: Collection[int]) -> None:
    """Note that these devices are not connected any more, and announce it."""
    if device_ids:
        DeviceState.objects.filter(pk__in=device_ids).update(connected=False, changed_at=Now())
        announce_state(device_ids)


def end_connections(
    sessions: Collection[UUID], *, code: int, reason: str, at: datetime | None = None
) -> None:
    """Note when and why connections ended, unless that is already known.

    Args:
        sessions: the connections.
        code: websocket close code.
        reason: short, for people.
        at: when; None: nobody can say, so it counts until it was last heard.
    """
    Connection.objects.filter(session__in=sessions, closed_at=None).update(
        closed_at=at or F("last_seen_at"), close_code=code, reason=reason[:64]
    )


def database_now() -> datetime:
    """Return the time at which the transaction began."""
    with connection.cursor() as cursor:
        cursor.execute("select now()")
        now: datetime = cursor.fetchone()[0]
    return now


def notify(channel: str, payload: str) -> None:
    """Tell all web processes, with the commit."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, %s)", [channel, payload])
