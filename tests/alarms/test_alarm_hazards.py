"""Detections raise and end alarms, alone and joined with readings."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from alarm_line import Line, SaveRule, story, the_alarm
from detection_frames import detection, now_ms
from django.utils import timezone

from alarms import sweeps
from alarms.models import Alarm, Detection, JournalEntry, Kind, Rule
from alarms.states import State
from devices.models import Camera, Device, Site, Tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def camera(site: Site, gateway: Device) -> Device:
    device = Device.objects.create(uid="CAM-1", name="Furnace", site=site, via=gateway)
    Camera.objects.create(device=device)
    return device


@pytest.fixture
def fire(save: SaveRule, camera: Device) -> Rule:
    return save(kind=Kind.DETECTION, name="Fire", tag=None, limit=None, label="fire", priority=1)


def test_an_alarm_lasts_as_long_as_the_detection(line: Line, fire: Rule, camera: Device) -> None:
    line.send(detection(1))
    alarm = the_alarm(fire)
    assert (alarm.state, alarm.value, alarm.limit) == ("unacknowledged", 0.8, 0.5)
    assert alarm.detection_id == Detection.objects.get().pk
    line.send(detection(2, "end", at=now_ms() + 10, why="over"))
    assert the_alarm(fire).state == State.RETURNED


def test_a_second_detection_keeps_the_alarm_when_the_first_ends(
    line: Line, fire: Rule, camera: Device
) -> None:
    line.send(detection(1), detection(2, id=uuid.UUID(int=8).hex))
    line.send(detection(3, "end", at=now_ms() + 10, why="over"))
    assert the_alarm(fire).state == State.UNACKNOWLEDGED
    assert story(the_alarm(fire)) == ["raise"]


@pytest.mark.parametrize(
    "fields",
    [{"label": "smoke"}, {"min_score": 0.85}, {"zone": "gate"}],
    ids=["class", "confidence", "zone"],
)
def test_what_does_not_fit_the_rule_raises_nothing(
    line: Line, save: SaveRule, camera: Device, fields: dict[str, object]
) -> None:
    rule = save(**{"kind": Kind.DETECTION, "tag": None, "limit": None, "label": "fire"} | fields)
    line.send(detection(1))
    assert the_alarm(rule).state == State.NORMAL


def test_what_is_heard_of_an_hour_late_is_written_down_only(
    line: Line, fire: Rule, camera: Device
) -> None:
    then = now_ms() - 3_600_000
    line.send(detection(1, since=then, at=then + 1000))
    line.send(detection(2, "end", since=then, at=then + 5000, why="over"))
    assert story(the_alarm(fire)) == ["past raise", "past clear"]
    assert the_alarm(fire).state == State.NORMAL


def test_an_on_delay_asks_for_a_dwell(line: Line, save: SaveRule, camera: Device) -> None:
    rule = save(kind=Kind.DETECTION, tag=None, limit=None, label="fire", on_delay_s=30)
    line.send(detection(1))
    assert the_alarm(rule).state == State.NORMAL
    assert the_alarm(rule).due_at is not None
    Alarm.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    memory = the_alarm(rule).memory
    Alarm.objects.update(memory=memory | {"pending": memory["pending"] - 60_000})
    assert sweeps.sweep() == 1
    alarm = the_alarm(rule)
    assert (alarm.state, alarm.value) == (State.UNACKNOWLEDGED, 0.8)
    assert alarm.detection_id == Detection.objects.get().pk


def test_a_camera_and_a_tag_are_joined_in_an_expression(
    line: Line, save: SaveRule, camera: Device, tag: Tag
) -> None:
    text = "fire(CAM-1) and OVEN-1.temperature > 80"
    rule = save(kind=Kind.EXPRESSION, tag=None, limit=None, expression=text)
    line.say(tag, 90.0)
    assert the_alarm(rule).state == State.NORMAL
    line.send(detection(1))
    assert the_alarm(rule).state == State.UNACKNOWLEDGED
    line.say(tag, 60.0)
    assert the_alarm(rule).state == State.RETURNED


def test_an_expression_hears_of_devices_that_are_gone(
    line: Line, save: SaveRule, gateway: Device
) -> None:
    rule = save(kind=Kind.EXPRESSION, tag=None, limit=None, expression="not online(GW-1)")
    sweeps.look_around()
    assert the_alarm(rule).state == State.UNACKNOWLEDGED
    assert sweeps.look_around() == 0


def test_an_expression_whose_tag_was_deleted_stops_no_reading(
    line: Line, save: SaveRule, tag: Tag, device: Device
) -> None:
    other = Tag.objects.create(device=device, name="other")
    text = "OVEN-1.temperature > 80 and OVEN-1.other > 1"
    rule = save(kind=Kind.EXPRESSION, tag=None, limit=None, expression=text)
    other.delete()
    rule.refresh_from_db()
    Rule.objects.filter(pk=rule.pk).update(version=rule.version + 1)
    line.say(tag, 90.0)
    assert the_alarm(rule).state == State.NORMAL
    assert not JournalEntry.objects.exists()
