"""When a connection ended whose web process cannot say so: no later than it was last heard."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from devices.accounting import availability, spans_of
from devices.connections import Mark, Opening, close_connection, note_marks, open_connection
from devices.models import Connection, Device
from devices.registry import issue_token
from devices.sweeps import find_lost, sweep_lost

pytestmark = pytest.mark.django_db
SILENT_S = 30.0


def connect(device: Device) -> UUID:
    session = uuid4()
    credential_id = issue_token(device=device).credential.pk
    open_connection(Opening(session, credential_id, device.pk, "192.0.2.7", "sentinel-edge", 12))
    return session


def last_heard(session: UUID, ago_s: float) -> datetime:
    """Let a connection be an hour old and so long without a mark."""
    moment = timezone.now() - timedelta(seconds=ago_s)
    opened_at = moment - timedelta(hours=1)
    Connection.objects.filter(pk=session).update(opened_at=opened_at, last_seen_at=moment)
    return moment


def test_the_outage_between_a_killed_process_and_the_next_connection_is_one(device: Device) -> None:
    killed = connect(device)
    killed_at = last_heard(killed, ago_s=20)
    connect(device)
    row = Connection.objects.get(pk=killed)
    assert (row.closed_at, row.close_code, row.reason) == (killed_at, 4409, "superseded")
    begin, end = killed_at - timedelta(seconds=20), killed_at + timedelta(seconds=20)
    spans = spans_of(device_id=device.pk, since=begin, until=timezone.now())
    assert availability(spans, begin, end) == pytest.approx(0.5, abs=0.01)


def test_a_process_that_is_there_says_when_a_superseded_connection_was_last_heard(
    device: Device,
) -> None:
    older = connect(device)
    marked_at = last_heard(older, ago_s=20)
    connect(device)
    close_connection(session=older, device_id=device.pk, code=4409, reason="superseded", age_s=5)
    row = Connection.objects.get(pk=older)
    assert row.closed_at == row.last_seen_at
    assert timedelta(seconds=14) < row.last_seen_at - marked_at < timedelta(seconds=16)
    assert (row.close_code, row.reason) == (4409, "superseded")


def test_a_connection_that_is_swept_away_ended_when_it_was_last_heard(device: Device) -> None:
    session = connect(device)
    heard_at = last_heard(session, ago_s=SILENT_S + 10)
    assert sweep_lost(find_lost(silent_s=SILENT_S), silent_s=SILENT_S) == [device.pk]
    assert Connection.objects.get().closed_at == heard_at


def test_a_process_that_only_stood_still_leaves_no_outage(device: Device) -> None:
    session = connect(device)
    last_heard(session, ago_s=SILENT_S + 10)
    sweep_lost(find_lost(silent_s=SILENT_S), silent_s=SILENT_S)
    assert note_marks([Mark(session, device.pk, 0.0, skew_ms=5)]) == []
    assert Connection.objects.get().closed_at is None
