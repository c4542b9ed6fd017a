"""Phases of detections and events share one stream: every number of it is accounted for."""

from __future__ import annotations

import uuid

import pytest
from detection_frames import detection, now_ms
from django.apps import apps
from django.db import connection
from django.utils.module_loading import import_string

from devices.accounting import account_of
from devices.hello import open_sender
from devices.intake import Entry, Sender
from devices.models import GatewayEvent, Position
from devices.registry import issue_token
from edge import wire
from realtime.flush import Flush

pytestmark = pytest.mark.django_db(transaction=True)


def store(sender: Sender, *frames: wire.Stored) -> None:
    assert Flush([Entry(sender, frame, now_ms()) for frame in frames]).attempt() is not None


def told(sender: Sender) -> None:
    """Store numbers 1 to 7: one event, four phases of one detection, a gap, what nobody knows."""
    event = wire.Event(seq=1, at=now_ms(), kind="camera.state", device="CAM-1", detail="live")
    phases = [detection(2), detection(3, "update"), detection(4, "update"), detection(5, "end")]
    gap = wire.Gap(stream="events", seq_from=6, seq=6, first=1, last=2, readings=0, reason="quota")
    strange = detection(7, camera="NOWHERE", id=uuid.UUID(int=8).hex)
    store(sender, event, *phases, gap, strange)


def test_phases_of_one_detection_account_for_all_their_numbers(sender: Sender) -> None:
    told(sender)
    account = account_of(uid="GW-1")
    events = next(each for each in account.streams if each.stream == "events")
    assert (events.last, events.dropped, account.events) == (7, 1, 5)
    assert account.quarantined == {"unknown_camera": 1}
    assert account.holes == 0


def test_a_phase_that_is_sent_twice_is_counted_once(sender: Sender) -> None:
    told(sender)
    store(sender, detection(5, "end"))
    account = account_of(uid="GW-1")
    assert (account.events, account.holes) == (5, 0)


def test_an_event_or_a_phase_whose_number_was_claimed_but_not_stored_is_a_hole(
    sender: Sender,
) -> None:
    told(sender)
    Position.objects.filter(pk=sender.positions["events"]).update(last=8)
    assert account_of(uid="GW-1").holes == 1
    GatewayEvent.objects.get().delete()
    assert account_of(uid="GW-1").holes == 2


def test_a_phase_that_the_database_refuses_is_in_quarantine_and_not_counted(
    sender: Sender,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("alter table alarms_detection add constraint calm check (zone <> 'refused')")
    try:
        store(sender, detection(1), detection(2, id=uuid.UUID(int=8).hex, zone="refused"))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("alter table alarms_detection drop constraint calm")
    account = account_of(uid="GW-1")
    assert (account.events, account.quarantined, account.holes) == (1, {"database": 1}, 0)


def test_phases_that_came_before_they_were_counted_are_no_holes(sender: Sender) -> None:
    told(sender)
    credential = issue_token(device=GatewayEvent.objects.get().gateway).credential
    newer, _ = open_sender(
        device_id=sender.device_id,
        site_id=sender.site_id,
        credential_id=credential.pk,
        epoch="ffeeddccbbaa9988",
    )
    store(newer, detection(1, "end"))
    Position.objects.update(phases=0)
    assert account_of(uid="GW-1").holes == 5
    import_string("alarms.migrations.0004_phases_before.fill")(apps, None)
    assert account_of(uid="GW-1").holes == 0
