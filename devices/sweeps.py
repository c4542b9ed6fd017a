"""Services that find out what nobody reports: dead processes, quiet devices, lost authority."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from devices.models import Connection, Credential, DeviceState
from devices.states import database_now, end_connections, lock_states, set_offline
from devices.tokens import why_refused

_LOCK = 0x5E47_0002  # advisory lock: one process at a time sweeps


def find_lost(*, silent_s: float) -> list[tuple[UUID, int]]:
    """Return (session, device id) of open connections that nobody has marked for so long."""
    limit = Now() - timedelta(seconds=silent_s)
    lost = Connection.objects.filter(closed_at=None, last_seen_at__lt=limit)
    return list(lost.values_list("session", "device_id"))


@transaction.atomic
def sweep_lost(lost: Sequence[tuple[UUID, int]], *, silent_s: float) -> list[int]:
    """End connections whose process died, unless another process is just doing it.

    Args:
        lost: what ``find_lost`` returned, less what is known to be alive after all.
        silent_s: as for ``find_lost``; checked again under the lock.

    Returns:
        The devices that went offline.
    """
    if not _take_lock():
        return []
    states = lock_states([device_id for _, device_id in lost])
    now = database_now()
    sessions = [session for session, _ in lost]
    silent = Connection.objects.filter(
        session__in=sessions, closed_at=None, last_seen_at__lt=now - timedelta(seconds=silent_s)
    )
    ended = set(silent.values_list("session", flat=True))
    end_connections(ended, code=1006, reason="web process lost")
    # the session stays: if its process only stood still, its next mark brings the device back
    gone = [pk for pk, state in states.items() if state.connected and state.session in ended]
    set_offline(gone)
    return gone


# Too long is what the caller says, or the longest silence that is normal for one of the tags.
_QUIET = """
select s.device_id from devices_devicestate s
where s.connected and s.session is null and s.last_seen_at < now() - interval '1 second'
    * greatest(%s, (select max(t.silence_ms + 3 * t.scan_ms) / 1000.0
                    from devices_tag t where t.device_id = s.device_id))
order by s.device_id for update of s"""


@transaction.atomic
def sweep_quiet(*, silent_s: float) -> list[int]:
    """Set devices offline that keep no connection and have not posted for too long.

    Returns:
        The devices that went offline.
    """
    if not _take_lock():
        return []
    with connection.cursor() as cursor:
        cursor.execute(_QUIET, [silent_s])
        quiet = [int(device_id) for (device_id,) in cursor.fetchall()]
    set_offline(quiet)
    return quiet


def find_ended(sessions: Collection[tuple[UUID, int, int]]) -> dict[UUID, str]:
    """Return those of the open sessions that must be closed, with the reason.

    Args:
        sessions: (session, device id, credential id) of connections whose rows are committed.

    Returns:
        Session -> revoked, expired, disabled or superseded.
    """
    credentials = Credential.objects.select_related("device").in_bulk(
        {credential_id for _, _, credential_id in sessions}
    )
    states = DeviceState.objects.in_bulk({device_id for _, device_id, _ in sessions})
    now = database_now()
    ended: dict[UUID, str] = {}
    for session, device_id, credential_id in sessions:
        credential = credentials.get(credential_id)
        reason = why_refused(credential, now) if credential is not None else "revoked"
        if not reason and (device_id not in states or states[device_id].session != session):
            reason = "superseded"
        if reason:
            ended[session] = reason
    return ended


def _take_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])
