"""Detections that their gateway has forgotten: ended when it could tell of them and does not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from detection_frames import detection, now_ms
from django.utils import timezone

from alarms import tasks
from alarms.forgotten import end_forgotten
from alarms.models import Detection
from alarms.phases import AT_LEAST_EVERY, TOLD_EVERY, patience
from devices.events import record_event
from devices.feed import GALLERY, snapshot
from devices.intake import Entry, Sender
from devices.models import Device, DeviceState, Site
from devices.registry import delete_device
from edge import wire
from edge.wire.cameras import CameraConfig
from realtime.flush import Flush

pytestmark = pytest.mark.django_db(transaction=True)
LONG = patience(is_ours=True) + timedelta(seconds=5)


@pytest.fixture(autouse=True)
def connected(device: Device) -> None:
    """Have the gateway run our configuration, connected for a day."""
    connect(device, timezone.now() - timedelta(days=1))


def connect(gateway: Device, since: datetime | None) -> None:
    state, _ = DeviceState.objects.get_or_create(device=gateway)
    state.connected, state.changed_at = since is not None, since or timezone.now()
    state.config_version = 1
    state.save()


def tell(sender: Sender, phase: str, seconds_ago: float = 0.0, **changes: Any) -> Detection:
    """Have one phase told and heard so long ago."""
    at = now_ms() - round(seconds_ago * 1000)
    seq = changes.pop("seq", 1)
    frame = detection(seq, phase, at=at, since=at - 1000, **changes)
    Flush([Entry(sender, frame, at)]).attempt()
    return Detection.objects.get()


def say(camera: Device, state: str, seconds_ago: float = 0.0) -> None:
    """Have the gateway tell the state of the camera."""
    at = timezone.now() - timedelta(seconds=seconds_ago)
    ms = round(at.timestamp() * 1000)
    event = wire.Event(seq=1, at=ms, kind="camera.state", device=camera.uid, detail=state)
    record_event(
        gateway_id=camera.via_id or 0,
        site_id=camera.site_id,
        device_id=camera.pk,
        event=event,
        received_at=at,
    )


def end_all() -> int:
    return end_forgotten(timezone.now())


def test_what_a_connected_gateway_tells_of_no_more_has_ended_nobody_knows_when(
    sender: Sender, site: Site
) -> None:
    tell(sender, "start", LONG.total_seconds())

    tasks.end_forgotten()

    row = Detection.objects.get()
    assert (row.state, row.ended_at) == ("ended", None)
    (card,) = json.loads(snapshot(site_id=site.pk, topic=GALLERY).rows)
    assert (card["state"], card["ended"]) == ("ended", None)
    assert end_all() == 0


def test_what_is_told_of_again_and_again_goes_on(sender: Sender) -> None:
    tell(sender, "start", 3600)
    tell(sender, "update", TOLD_EVERY.total_seconds(), seq=2)

    assert end_all() == 0


def test_nothing_ends_while_its_gateway_could_not_tell(sender: Sender, device: Device) -> None:
    tell(sender, "start", 3600)
    connect(device, None)
    assert end_all() == 0

    connect(device, timezone.now() - timedelta(seconds=5))  # it has just begun to catch up
    assert end_all() == 0

    connect(device, timezone.now() - LONG)
    assert end_all() == 1


def test_nothing_ends_while_its_camera_shows_nothing(sender: Sender, camera: Device) -> None:
    tell(sender, "start", 3600)
    say(camera, "lost: no picture in time", 1800)
    assert end_all() == 0

    say(camera, "live", 5)
    assert end_all() == 0

    DeviceState.objects.filter(device=camera).update(link_event_at=timezone.now() - LONG)
    assert end_all() == 1


def test_a_gateway_with_a_file_of_its_own_may_tell_seldom(sender: Sender) -> None:
    DeviceState.objects.update(config_version=None)
    tell(sender, "start", AT_LEAST_EVERY.total_seconds())
    assert end_all() == 0

    Detection.objects.update(heard_at=timezone.now() - patience(is_ours=False))
    assert end_all() == 1


def test_what_a_deleted_gateway_saw_has_ended(sender: Sender, camera: Device) -> None:
    tell(sender, "start")
    gateway = camera.via
    assert gateway is not None
    delete_device(device=camera)
    delete_device(device=gateway)

    assert end_all() == 1


def test_a_gateway_that_tells_of_it_after_all_is_right(sender: Sender) -> None:
    began = tell(sender, "start", LONG.total_seconds())
    assert end_all() == 1

    assert tell(sender, "update", seq=2).state == "active"
    ended = tell(sender, "end", seq=3)
    assert (ended.state, ended.ended_at) == ("ended", ended.at)
    assert ended.since == began.since


def test_the_end_that_waited_in_the_spool_counts(sender: Sender) -> None:
    tell(sender, "start", 3600)
    assert end_all() == 1

    ended = tell(sender, "end", 1800, seq=2)

    assert ended.ended_at == ended.at


def test_we_know_how_often_gateways_tell_of_what_lasts() -> None:
    usual = CameraConfig(uid="CAM-1", source="usb:0", models=["fire-smoke"])

    assert usual.update_every_s == TOLD_EVERY.total_seconds()
    most = CameraConfig.__annotations__["update_every_s"]
    assert f"le={AT_LEAST_EVERY.total_seconds():.0f}" in str(most)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("live", "online"),
        ("frozen", "online"),
        ("lost: no answer", "offline"),
        ("refused", "offline"),
        ("connecting", "new"),
    ],
)
def test_a_camera_without_a_picture_is_offline(camera: Device, said: str, status: str) -> None:
    from devices.selectors import device_row

    say(camera, said)

    assert device_row(camera.pk)["status"] == status
