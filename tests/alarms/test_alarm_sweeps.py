"""Alarms move as time passes: delays and shelves end, devices and readings fail to come."""

from __future__ import annotations

import datetime as dt

import pytest
from alarm_line import Line, SaveRule, story, the_alarm
from django.db import transaction
from django.utils import timezone

from alarms import sweeps
from alarms.journal import Happening
from alarms.models import Alarm, JournalEntry, Kind, Watch
from alarms.states import State, Trigger
from alarms.transitions import Moves, locked
from devices.models import Device, DeviceState, Latest, Tag

pytestmark = pytest.mark.django_db(transaction=True)


def hour(count: float = 1) -> dt.timedelta:
    return dt.timedelta(hours=count)


def connect(gateway: Device, *, connected: bool = True, since: dt.timedelta | None = None) -> None:
    values = {"connected": connected, "changed_at": timezone.now() - (since or hour())}
    DeviceState.objects.update_or_create(device=gateway, defaults=values)


def answer(device: Device) -> None:
    DeviceState.objects.update_or_create(
        device=device, defaults={"link_event_at": timezone.now() - hour()}
    )


def test_an_on_delay_ends_although_no_reading_comes(line: Line, save: SaveRule, tag: Tag) -> None:
    rule = save(on_delay_s=5)
    line.say(tag, 95.0, ago_s=1)
    assert sweeps.sweep() == 0
    alarm = the_alarm(rule)
    assert (alarm.state, alarm.due_at is not None) == (State.NORMAL, True)
    line.say(tag, 96.0, ago_s=0)
    Alarm.objects.filter(pk=alarm.pk).update(  # as if six seconds had gone by
        memory=the_alarm(rule).memory | {"pending": alarm.memory["pending"] - 6000},
        due_at=timezone.now(),
    )
    assert sweeps.sweep() == 1
    assert the_alarm(rule).state == State.UNACKNOWLEDGED
    assert the_alarm(rule).due_at is None


def test_a_value_that_comes_back_in_time_raises_nothing(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    rule = save(on_delay_s=5)
    line.say(tag, 95.0, ago_s=2)
    line.say(tag, 20.0)
    assert the_alarm(rule).due_at is None
    assert story(the_alarm(rule)) == []


def test_a_shelf_runs_out_and_the_alarm_is_announced_again(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    rule = save()
    line.say(tag, 95.0)
    with transaction.atomic():
        (alarm,) = locked(Alarm.objects.filter(rule=rule))
        alarm.shelved_until = timezone.now() - hour()
        moves = Moves()
        moves.pull(alarm, Trigger.SHELVE, Happening(Trigger.SHELVE, timezone.now(), "olga", "x"))
        moves.write()
    assert sweeps.sweep() == 1
    alarm = the_alarm(rule)
    assert (alarm.shelved, alarm.shelved_until, alarm.state) == (False, None, "unacknowledged")
    last = JournalEntry.objects.order_by("-pk").first()
    assert last is not None
    assert (last.action, last.actor, last.announced) == ("unshelve", "system", True)


def test_a_tag_that_falls_silent_raises_an_alarm_until_it_speaks_again(
    line: Line, save: SaveRule, tag: Tag, gateway: Device
) -> None:
    connect(gateway)
    rule = save(kind=Kind.STALE, limit=30)
    line.say(tag, 20.0)
    sweeps.look_around()
    assert the_alarm(rule).state == State.NORMAL
    Latest.objects.update(received_time=timezone.now() - hour())
    sweeps.look_around()
    assert the_alarm(rule).state == State.UNACKNOWLEDGED
    line.say(tag, 21.0)
    sweeps.look_around()
    assert the_alarm(rule).state == State.RETURNED


def test_what_says_nothing_new_is_not_looked_at(
    line: Line, save: SaveRule, tag: Tag, gateway: Device
) -> None:
    connect(gateway)
    save(kind=Kind.STALE, limit=30)
    line.say(tag, 20.0)
    sweeps.look_around()
    assert sweeps.look_around() == 0


def test_a_device_that_does_not_answer_is_an_alarm(
    save: SaveRule, gateway: Device, device: Device
) -> None:
    connect(gateway)
    answer(device)
    rule = save(kind=Kind.OFFLINE, tag=None, limit=None)
    sweeps.look_around()
    DeviceState.objects.filter(device=device).update(link_down_since=timezone.now())
    sweeps.look_around()
    raised = Alarm.objects.filter(rule=rule, state=State.UNACKNOWLEDGED)
    assert [alarm.device_id for alarm in raised] == [device.pk]


def test_a_lost_gateway_is_one_alarm_and_its_devices_are_held_back(
    line: Line, save: SaveRule, gateway: Device, device: Device, tag: Tag
) -> None:
    connect(gateway)
    answer(device)
    rule = save(kind=Kind.OFFLINE, tag=None, limit=None)
    silent = save(kind=Kind.STALE, limit=30)
    line.say(tag, 20.0)
    sweeps.look_around()
    connect(gateway, connected=False)
    Latest.objects.update(received_time=timezone.now() - hour())
    sweeps.look_around()
    announced = JournalEntry.objects.filter(announced=True)
    assert [entry.device_uid for entry in announced] == ["GW-1"]
    child = Alarm.objects.get(rule=rule, device=device)
    assert (child.suppressed, child.state) == (True, "unacknowledged")
    assert the_alarm(silent).suppressed


def test_when_the_gateway_is_back_its_devices_are_released_after_a_grace(
    line: Line, save: SaveRule, gateway: Device, device: Device, tag: Tag
) -> None:
    connect(gateway, connected=False)
    answer(device)
    rule = save(kind=Kind.OFFLINE, tag=None, limit=None)
    sweeps.look_around()
    connect(gateway, since=dt.timedelta(seconds=1))
    sweeps.look_around()
    child = Alarm.objects.get(rule=rule, device=device)
    assert (child.suppressed, child.state) == (True, "normal")
    connect(gateway)
    sweeps.look_around()
    assert not Alarm.objects.get(rule=rule, device=device).suppressed
    assert [e.device_uid for e in JournalEntry.objects.filter(announced=True)] == ["GW-1"]


def test_a_schedule_suppresses_outside_of_its_hours(line: Line, save: SaveRule, tag: Tag) -> None:
    day = timezone.now().astimezone(dt.timezone(hour(8))).weekday()  # Asia/Shanghai
    elsewhen = {"days": [(day + 3) % 7], "start": "08:00", "end": "09:00"}
    rule = save(schedule=[elsewhen])
    sweeps.look_around()
    line.say(tag, 95.0)
    alarm = the_alarm(rule)
    assert (alarm.suppressed, alarm.state) == (True, "unacknowledged")
    assert not JournalEntry.objects.filter(announced=True).exists()


def test_a_device_that_was_added_later_is_watched_too(
    save: SaveRule, site: object, gateway: Device
) -> None:
    rule = save(kind=Kind.OFFLINE, tag=None, limit=None)
    new = Device.objects.create(uid="NEW-1", name="New", site=gateway.site, via=gateway)
    sweeps.look_around()
    assert Watch.objects.filter(alarm__rule=rule, alarm__device=new).count() == 1


def test_a_wrong_clock_is_an_alarm(save: SaveRule, gateway: Device) -> None:
    connect(gateway)
    DeviceState.objects.update(skew_ms=-7000)
    rule = save(kind=Kind.CLOCK_SKEW, tag=None, limit=5)
    sweeps.look_around()
    assert the_alarm(rule).state == State.UNACKNOWLEDGED
