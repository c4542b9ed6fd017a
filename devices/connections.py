"""Services on who is connected: a connection opens, is heard of, and closes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from devices.models import Connection, Credential, DeviceState
from devices.sharing import SUPERSEDED, notice_sharing
from devices.states import (
    announce_state,
    database_now,
    end_connections,
    lock_or_create_states,
    lock_states,
    notify,
)
from devices.tokens import Refused, why_refused

SUPERSEDED_CHANNEL = "sentinel_superseded"  # payload: id of the session that no longer counts


@dataclass(frozen=True, slots=True)
class Opening:
    """A connection that has just been authenticated."""

    session: UUID
    credential_id: int
    device_id: int
    remote: str
    agent: str
    skew_ms: int | None
    config: int | None = None  # version of its configuration that it runs


@dataclass(frozen=True, slots=True)
class Mark:
    """When an open session was last heard of, and what it then said of itself."""

    session: UUID
    device_id: int
    age_s: float
    skew_ms: int | None
    beat_age_s: float | None = (
        None  # since its last heartbeat; None: none yet, what follows is void
    )
    waiting: int = 0
    oldest_at: datetime | None = None
    spool_bytes: int = 0
    read_errors: int = 0


@transaction.atomic
def open_connection(opening: Opening) -> UUID | None:
    """Make this the connection that counts for its device.

    Returns:
        The session that counted until now, if it was not closed: whoever holds it is told
        (by NOTIFY, with the commit) to close it.

    Raises:
        Refused: the token lost its authority after it was shown.
    """
    _check_credential(opening.credential_id)
    state = lock_or_create_states([opening.device_id])[opening.device_id]
    now = database_now()
    older = state.session
    if older is not None:
        # its process may be gone; if it is there, it says later when it was really last heard
        end_connections([older], code=4409, reason=SUPERSEDED)
        notify(SUPERSEDED_CHANNEL, str(older))
        notice_sharing(device_id=opening.device_id, now=now)
    _create_row(opening, now)
    arrived = not state.connected
    if arrived:
        state.connected, state.changed_at = True, now
    state.session, state.last_seen_at = opening.session, now
    state.agent, state.skew_ms = opening.agent[:128], _as_int4(opening.skew_ms)
    state.config_version = _as_int4(opening.config)
    state.save()
    if arrived:
        announce_state([opening.device_id])
    return older


def _check_credential(credential_id: int) -> None:
    credential = Credential.objects.select_related("device").filter(pk=credential_id).first()
    reason = why_refused(credential, database_now()) if credential else "unauthorized"
    if reason:
        raise Refused(reason)


def _create_row(opening: Opening, now: datetime) -> None:
    Connection.objects.create(
        session=opening.session,
        device_id=opening.device_id,
        remote=opening.remote[:64],
        agent=opening.agent[:128],
        opened_at=now,
        last_seen_at=now,
    )


@transaction.atomic
def close_connection(
    *, session: UUID, device_id: int, code: int, reason: str, age_s: float
) -> None:
    """Note that a connection ended. A session that no longer counts leaves the device as it is.

    Args:
        session: the connection.
        device_id: its device.
        code: websocket close code, of whichever side closed.
        reason: short, for people.
        age_s: seconds since the peer was last heard.
    """
    state = lock_states([device_id]).get(device_id)
    now = database_now()
    heard = now - timedelta(seconds=age_s)
    row = Connection.objects.filter(session=session)
    row.filter(last_seen_at__lt=heard).update(last_seen_at=heard)
    row.filter(closed_at__lt=heard).update(closed_at=heard)  # somebody else ended it too early
    end_connections([session], code=code, reason=reason, at=now)
    if state is None or state.session != session:
        return
    left = state.connected
    if left:
        state.connected, state.changed_at = False, now
    state.session = None  # a late mark must not bring this session back
    state.last_seen_at = max(heard, state.last_seen_at or heard)
    state.save(update_fields=["connected", "session", "changed_at", "last_seen_at"])
    if left:
        announce_state([device_id])


@transaction.atomic
def note_marks(marks: Sequence[Mark]) -> list[UUID]:
    """Write down when the open sessions were last heard, in one statement for all.

    A session that was swept away although it is alive (its process had stood still) counts again.

    Returns:
        The sessions that no longer count for their device and should be closed.
    """
    states = lock_states([mark.device_id for mark in marks])
    current = {device_id: state.session for device_id, state in states.items()}
    valid = [mark for mark in marks if current.get(mark.device_id) == mark.session]
    _write_marks(valid)
    _revive([mark for mark in valid if not states[mark.device_id].connected])
    return [mark.session for mark in marks if current.get(mark.device_id) != mark.session]


def _revive(marks: Sequence[Mark]) -> None:
    if not marks:
        return
    ids = [mark.device_id for mark in marks]
    DeviceState.objects.filter(pk__in=ids).update(connected=True, changed_at=Now())
    Connection.objects.filter(session__in=[mark.session for mark in marks]).update(
        closed_at=None, close_code=None, reason=""
    )
    announce_state(ids)


_MARK = """
with n as (
    select * from unnest(%s::uuid[], %s::int8[], %s::float8[], %s::int4[], %s::float8[],
                         %s::int8[], %s::timestamptz[], %s::int8[], %s::int8[])
    as n(session, device_id, age_s, skew_ms, beat_age_s, waiting, oldest_at, spool_bytes,
         read_errors)
), c as (
    update devices_connection c set last_seen_at = now() - n.age_s * interval '1 second'
    from n where c.session = n.session
), b as (
    update devices_devicestate s set
        last_seen_at = greatest(s.last_seen_at, now() - n.age_s * interval '1 second'),
        skew_ms = n.skew_ms, beat_at = now() - n.beat_age_s * interval '1 second',
        waiting = n.waiting, oldest_at = n.oldest_at,
        spool_bytes = n.spool_bytes, read_errors = n.read_errors
    from n where s.device_id = n.device_id and n.beat_age_s is not null
)
update devices_devicestate s set
    last_seen_at = greatest(s.last_seen_at, now() - n.age_s * interval '1 second'),
    skew_ms = n.skew_ms
from n where s.device_id = n.device_id and n.beat_age_s is null"""


def _write_marks(marks: Sequence[Mark]) -> None:
    if not marks:
        return
    columns = (
        [mark.session for mark in marks],
        [mark.device_id for mark in marks],
        [mark.age_s for mark in marks],
        [_as_int4(mark.skew_ms) for mark in marks],
        [mark.beat_age_s for mark in marks],
        [mark.waiting for mark in marks],
        [mark.oldest_at for mark in marks],
        [mark.spool_bytes for mark in marks],
        [mark.read_errors for mark in marks],
    )
    with connection.cursor() as cursor:
        cursor.execute(_MARK, columns)


@transaction.atomic
def note_posts(ages_s: Mapping[int, float]) -> None:
    """Note that devices were heard through a door that keeps no connection.

    Args:
        ages_s: device id -> seconds since it was last heard.
    """
    states = lock_or_create_states(ages_s)
    now = database_now()
    arrived = [device_id for device_id, state in states.items() if not state.connected]
    for device_id, state in states.items():
        heard = now - timedelta(seconds=ages_s[device_id])
        state.last_seen_at = max(heard, state.last_seen_at or heard)
        if not state.connected:
            state.connected, state.session, state.changed_at = True, None, now
    DeviceState.objects.bulk_update(
        states.values(), ["last_seen_at", "connected", "session", "changed_at"]
    )
    announce_state(arrived)


def _as_int4(value: int | None) -> int | None:
    return None if value is None else max(-(2**31), min(value, 2**31 - 1))
