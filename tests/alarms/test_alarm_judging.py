"""Readings move alarms in the transaction that stores them; late ones are written down only."""

from __future__ import annotations

import pytest
from alarm_line import Line, SaveRule, story, the_alarm
from django.contrib.auth.models import User

from alarms.models import Alarm, JournalEntry, Kind, Watch
from alarms.rules import delete_rule, save_rule
from alarms.states import State
from devices.models import Device, Latest, Quarantined, Tag
from edge.wire import Quality

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reading_beyond_the_limit_raises_an_alarm(line: Line, save: SaveRule, tag: Tag) -> None:
    rule = save()
    line.say(tag, 79.0, 81.5)
    alarm = the_alarm(rule)
    assert (alarm.state, alarm.value, alarm.limit) == (State.UNACKNOWLEDGED, 81.5, 80.0)
    entry = JournalEntry.objects.get()
    assert (entry.action, entry.before, entry.after) == ("raise", "normal", "unacknowledged")
    assert (entry.announced, entry.device_uid, entry.tag_name) == (True, "OVEN-1", "temperature")


def test_a_spike_within_one_frame_is_seen(line: Line, save: SaveRule, tag: Tag) -> None:
    rule = save()
    line.say(tag, 20.0, 95.0, 20.0)
    assert story(the_alarm(rule)) == ["raise", "clear"]
    assert the_alarm(rule).state == State.RETURNED


def test_values_within_the_band_touch_no_alarm(line: Line, save: SaveRule, tag: Tag) -> None:
    rule = save()
    line.say(tag, 20.0)
    before = the_alarm(rule).memory
    line.say(tag, 30.0, 79.9)
    assert the_alarm(rule).memory == before


def test_an_alarm_returns_beyond_its_deadband_only(line: Line, save: SaveRule, tag: Tag) -> None:
    rule = save(deadband=5.0)
    line.say(tag, 90.0)
    line.say(tag, 77.0)
    assert the_alarm(rule).state == State.UNACKNOWLEDGED
    line.say(tag, 74.0)
    assert the_alarm(rule).state == State.RETURNED


def test_a_bad_reading_leaves_the_alarm_as_it_is(line: Line, save: SaveRule, tag: Tag) -> None:
    rule = save()
    line.say(tag, 90.0)
    line.say(tag, None, quality=Quality.COMM_FAILURE)
    assert the_alarm(rule).state == State.UNACKNOWLEDGED


def test_bad_quality_is_an_alarm_of_its_own(line: Line, save: SaveRule, tag: Tag) -> None:
    rule = save(kind=Kind.BAD_QUALITY, limit=None)
    line.say(tag, 90.0)
    line.say(tag, None, quality=Quality.COMM_FAILURE)
    line.say(tag, 90.0)
    assert story(the_alarm(rule)) == ["raise", "clear"]


def test_late_readings_are_written_down_and_move_nothing(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    rule = save()
    line.say(tag, 20.0)
    line.say(tag, 95.0, 20.0, ago_s=3600, step_ms=1000, stream="history")
    alarm = the_alarm(rule)
    assert story(alarm) == ["past raise", "past clear"]
    assert (alarm.state, alarm.occurrence, alarm.rev) == (State.NORMAL, 0, 0)
    assert not JournalEntry.objects.filter(announced=True).exists()


def test_a_condition_that_began_before_a_gap_is_not_begun_again_in_it(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    rule = save()
    line.say(tag, 95.0, ago_s=50)
    alarm = the_alarm(rule)
    Alarm.objects.filter(pk=alarm.pk).update(  # it was said an hour ago
        memory=alarm.memory | {"at": alarm.memory["at"] - 7_200_000, "held": {}}
    )
    line.say(tag, 96.0, 20.0, ago_s=3600, step_ms=1000, stream="history")
    assert story(alarm) == ["raise", "past clear"]


def test_a_gateway_with_a_slow_clock_is_not_late(
    line: Line, save: SaveRule, tag: Tag, gateway: Device
) -> None:
    from devices.models import DeviceState

    DeviceState.objects.update_or_create(device=gateway, defaults={"skew_ms": -600_000})
    rule = save()
    line.say(tag, 95.0, ago_s=600)
    assert the_alarm(rule).state == State.UNACKNOWLEDGED


def test_a_limit_counts_from_the_moment_that_it_is_saved(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    line.say(tag, 70.0)
    rule = save()
    assert the_alarm(rule).state == State.NORMAL
    rule.limit = 60.0
    save_rule(rule)
    assert the_alarm(rule).state == State.UNACKNOWLEDGED
    assert the_alarm(rule).rule.version == 2


def test_a_disabled_rule_ends_its_alarm_and_judges_no_more(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    rule = save()
    line.say(tag, 95.0)
    rule.enabled = False
    save_rule(rule, by="erika")
    line.say(tag, 99.0)
    assert the_alarm(rule).state == State.RETURNED
    last = JournalEntry.objects.order_by("-pk").first()
    assert last is not None
    assert (last.actor, last.reason) == ("erika", "disabled")
    assert not Watch.objects.exists()


def test_the_journal_outlives_its_rule(line: Line, save: SaveRule, tag: Tag) -> None:
    rule = save()
    line.say(tag, 95.0)
    delete_rule(rule, by="erika")
    assert not Alarm.objects.exists()
    assert list(JournalEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "raise",
        "clear",
    ]


def test_two_limits_of_one_tag_are_two_alarms(line: Line, save: SaveRule, tag: Tag) -> None:
    high = save()
    higher = save(kind=Kind.HIGH_HIGH, limit=90.0)
    line.say(tag, 85.0)
    assert the_alarm(high).state == State.UNACKNOWLEDGED
    assert the_alarm(higher).state == State.NORMAL
    line.say(tag, 95.0)
    assert the_alarm(higher).state == State.UNACKNOWLEDGED


def test_a_deviation_follows_its_setpoint(
    line: Line, save: SaveRule, tag: Tag, device: Device
) -> None:
    setpoint = Tag.objects.create(device=device, name="setpoint")
    line.numbers[setpoint.pk] = 9
    line.sender.tags[9] = setpoint.pk
    rule = save(kind=Kind.DEVIATION, limit=5.0, setpoint=setpoint)
    line.say(setpoint, 60.0)
    line.say(tag, 63.0)
    assert the_alarm(rule).state == State.NORMAL
    line.say(setpoint, 50.0)
    assert the_alarm(rule).state == State.UNACKNOWLEDGED


def test_an_acknowledged_alarm_that_comes_back_is_announced_again(
    line: Line, save: SaveRule, tag: Tag, operator: User
) -> None:
    rule = save()
    line.say(tag, 95.0, 20.0, 95.0)
    assert the_alarm(rule).occurrence == 2
    assert JournalEntry.objects.filter(announced=True).count() == 2


def test_what_cannot_be_judged_is_stored_all_the_same(
    line: Line, save: SaveRule, tag: Tag, caplog: pytest.LogCaptureFixture
) -> None:
    alarm = the_alarm(save())
    Alarm.objects.filter(pk=alarm.pk).update(memory={"active": "perhaps"})
    line.say(tag, 95.0)
    assert Latest.objects.get(tag=tag).value == 95.0
    assert not Quarantined.objects.exists()
    assert "stored and not judged" in caplog.text
