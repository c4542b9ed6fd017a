"""How old the figures are that a gateway told of itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from devices.connections import Mark, Opening, note_marks, open_connection
from devices.models import Device, DeviceState, Site
from devices.registry import issue_token

pytestmark = pytest.mark.django_db


def test_what_a_gateway_counted_is_as_old_as_its_heartbeat_and_not_as_its_last_frame() -> None:
    site = Site.objects.create(slug="s", name="S")
    gateway = Device.objects.create(uid="GW-9", name="Gateway", site=site)
    pk = issue_token(device=gateway).credential.pk
    first, second = uuid4(), uuid4()
    open_connection(Opening(first, pk, gateway.pk, "192.0.2.9", "agent", 0))
    note_marks([Mark(first, gateway.pk, 1.0, 0, 40.0, 17, None, 4096, 3)])
    told = DeviceState.objects.get(device=gateway)
    assert told.beat_at is not None
    assert told.last_seen_at is not None
    assert timedelta(seconds=38) < told.last_seen_at - told.beat_at < timedelta(seconds=42)
    open_connection(Opening(second, pk, gateway.pk, "192.0.2.9", "agent", 0))
    note_marks([Mark(second, gateway.pk, 0.0, 0)])  # it has not counted anything yet
    kept = DeviceState.objects.get(device=gateway)
    assert (kept.waiting, kept.spool_bytes, kept.read_errors) == (17, 4096, 3)
    assert kept.beat_at == told.beat_at
