"""What is queued and cancelled when an alarm moves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from notify_plant import Bell, mailbox, make_bell, queued, route, states
from pytest_django import DjangoAssertNumQueries

from alarms.journal import Happening
from alarms.models import (
    Alarm,
    Detection,
    Event,
    Kind,
    Notification,
    NotificationChannel,
    NotificationState,
    Priority,
)
from alarms.notify.wording import render
from alarms.states import Trigger
from alarms.transitions import Moves, locked
from devices.models import Device, Site, Tag

_RATE = "rate(OVEN-1.temperature) > 2"
_BOTH = f"OVEN-1.temperature > 85 and {_RATE}"
pytestmark = pytest.mark.django_db
NIGHT = [{"days": [0, 1, 2, 3, 4, 5, 6], "start": "22:00", "end": "06:00"}]


def mark_sent(event: Event = Event.RAISED) -> None:
    Notification.objects.filter(event=event).update(
        state=NotificationState.SENT, ended_at=timezone.now()
    )


def test_an_announced_alarm_is_queued_for_every_recipient_with_what_is_to_be_told(
    bell: Bell, site: Site
) -> None:
    route(site, mailbox(site, "olga@plant.test", "ivan@plant.test"))
    bell.announce()
    first, second = queued()
    assert [first.recipient, second.recipient] == ["ivan@plant.test", "olga@plant.test"]
    assert first.state == NotificationState.WAITING
    assert first.due_at == bell.alarm.announced_at
    facts = first.facts
    assert facts["rule"] == "Oven too hot"
    assert (facts["value"], facts["limit"], facts["unit"]) == (91.23, 85.0, "°C")
    assert (facts["device"], facts["area"], facts["tag"]) == ("OVEN-1", "Hall 2", "temperature")
    assert facts["url"].endswith(f"/alarms/?site=east&alarm={bell.alarm.pk}")


def test_the_transitions_of_alarms_queue_it(bell: Bell, site: Site, channel: Any) -> None:
    route(site, channel)
    with transaction.atomic():
        moves = Moves()
        (alarm,) = locked(Alarm.objects.filter(pk=bell.alarm.pk))
        happening = Happening(Trigger.RAISE, timezone.now(), value=90.0, limit=85.0)
        assert moves.pull(alarm, Trigger.RAISE, happening) is None
        moves.write()
    (row,) = queued()
    assert row.facts["value"] == 90.0
    assert row.announced_at == Alarm.objects.get(pk=alarm.pk).announced_at


@pytest.mark.parametrize(
    "fields",
    [
        {"min_priority": Priority.CRITICAL},
        {"areas": ["Hall 1", "Hall 2"]},
        {"kinds": [Kind.HIGH, Kind.LOW]},
        {"labels": ["fire"]},  # narrows detections only
    ],
    ids=str,
)
def test_a_route_takes_what_it_asks_for(
    bell: Bell, site: Site, channel: NotificationChannel, fields: dict[str, Any]
) -> None:
    route(site, channel, **fields)
    bell.announce()
    assert len(queued()) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"areas": ["Hall 1"]},
        {"kinds": [Kind.LOW]},
        {"enabled": False},
        {"min_priority": Priority.HIGH},
    ],
    ids=str,
)
def test_a_route_leaves_what_it_does_not_ask_for(
    site: Site, tag: Tag, channel: NotificationChannel, fields: dict[str, Any]
) -> None:
    route(site, channel, **fields)
    make_bell(site, tag, priority=Priority.MEDIUM).announce()
    assert not queued()


def test_a_route_of_another_site_or_of_a_disabled_channel_takes_nothing(
    bell: Bell, site: Site
) -> None:
    west = Site.objects.create(slug="west", name="West works")
    route(west, mailbox(west))
    route(site, mailbox(site, enabled=False))
    bell.announce()
    assert not queued()


@pytest.mark.parametrize(("labels", "taken"), [(["fire"], 1), (["smoke"], 0), ([], 1)])
def test_a_route_is_narrowed_down_by_the_class_of_the_detection(
    site: Site,
    tag: Tag,
    device: Device,
    channel: NotificationChannel,
    labels: list[str],
    taken: int,
) -> None:
    route(site, channel, labels=labels)
    bell = make_bell(site, tag, kind=Kind.DETECTION, limit=None, label="fire")
    bell.announce()
    assert len(queued()) == taken
    assert Detection.objects.count() == 0


def test_an_escalation_is_due_when_the_time_for_an_acknowledgement_is_over(
    bell: Bell, site: Site, channel: NotificationChannel
) -> None:
    route(site, channel)
    route(site, channel, delay_s=900)
    bell.announce()
    first, second = queued()
    assert second.due_at - first.due_at == dt.timedelta(seconds=900)


def test_a_schedule_counts_at_the_time_when_the_message_is_due(
    bell: Bell, site: Site, channel: NotificationChannel
) -> None:
    route(site, channel, schedule=NIGHT)
    route(site, channel, schedule=NIGHT, delay_s=6 * 3600)
    now = timezone.now()
    noon = now.replace(hour=10, minute=0)  # 18:00 at the plant, so that it is midnight later
    bell.announce(ago_s=(now - noon).total_seconds())
    (row,) = queued()
    assert row.due_at - bell.alarm.announced_at == dt.timedelta(hours=6)


def test_a_route_that_repeats_begins_with_its_schedule(
    bell: Bell, site: Site, channel: NotificationChannel
) -> None:
    route(site, channel, schedule=NIGHT, repeat_s=3600)
    now = timezone.now()
    noon = now.replace(hour=10, minute=0)
    bell.announce(ago_s=(now - noon).total_seconds())
    (row,) = queued()
    assert row.due_at - bell.alarm.announced_at == dt.timedelta(hours=4)


@pytest.mark.parametrize("move", ["acknowledge", "clear", "shelve"])
def test_what_waits_is_cancelled_when_nobody_is_to_be_told_any_more(
    bell: Bell, site: Site, channel: NotificationChannel, move: str
) -> None:
    route(site, channel, also_cleared=True, also_acknowledged=True)
    route(site, channel, delay_s=600)
    bell.announce()
    getattr(bell, move)()
    rows = queued()
    assert {row.state for row in rows} == {NotificationState.CANCELLED}
    assert {row.why for row in rows} == {move}
    assert len(states()) == 2  # who was not told of the alarm is not told of its end


def test_a_comment_cancels_nothing(bell: Bell, site: Site, channel: NotificationChannel) -> None:
    route(site, channel)
    bell.announce()
    bell.comment()
    assert states() == [("raised", "waiting")]


def test_what_is_being_sent_is_marked_so_that_it_is_not_tried_again(
    bell: Bell, site: Site, channel: NotificationChannel
) -> None:
    route(site, channel)
    bell.announce()
    Notification.objects.update(state=NotificationState.SENDING, claimed_until=timezone.now())
    bell.acknowledge()
    (row,) = queued()
    assert (row.state, row.why) == (NotificationState.SENDING, "acknowledge")


def test_those_who_were_told_are_told_who_acknowledged_and_that_it_is_over(
    bell: Bell, site: Site, channel: NotificationChannel
) -> None:
    route(site, channel, also_acknowledged=True, also_cleared=True)
    route(site, mailbox(site, "boss@plant.test"))
    bell.announce()
    mark_sent()
    bell.acknowledge("olga", "fan is blocked")
    bell.clear()
    (acked,), (cleared,) = queued(Event.ACKNOWLEDGED), queued(Event.CLEARED)
    assert acked.recipient == cleared.recipient == "olga@plant.test"
    assert (acked.facts["acked_by"], acked.facts["comment"]) == ("olga", "fan is blocked")
    assert cleared.facts["returned_at"]


def test_an_alarm_that_is_announced_anew_is_told_anew(
    bell: Bell, site: Site, channel: NotificationChannel
) -> None:
    route(site, channel)
    bell.announce(ago_s=60)
    mark_sent()
    bell.shelve()
    bell.announce(action="unshelve")
    first, second = queued()
    assert first.occurrence == second.occurrence
    assert (first.state, second.state) == (NotificationState.SENT, NotificationState.WAITING)


def test_a_raise_replaces_what_still_waits_of_the_one_before(
    bell: Bell, site: Site, channel: NotificationChannel
) -> None:
    route(site, channel)
    bell.announce(ago_s=60)
    bell.announce()
    assert [row.why for row in queued()] == ["announced_anew", ""]


def test_the_same_is_never_queued_twice(
    bell: Bell, site: Site, channel: NotificationChannel
) -> None:
    route(site, channel)
    bell.announce()
    (row,) = queued()
    row.pk = None
    row.id = Notification().id
    with pytest.raises(IntegrityError, match="one_notification_per_step"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize("fields", [{"state": "failed"}, {"state": "waiting", "why": ""}])
def test_the_database_refuses_an_end_without_a_reason_and_what_is_neither_open_nor_ended(
    bell: Bell, site: Site, channel: NotificationChannel, fields: dict[str, str]
) -> None:
    route(site, channel)
    bell.announce()
    with pytest.raises(IntegrityError), transaction.atomic():
        Notification.objects.update(ended_at=timezone.now(), **fields)


def test_without_routes_a_raise_costs_one_query_and_so_does_its_end(
    bell: Bell, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):  # the alarm, its entry, the routes
        bell.announce()
    with django_assert_num_queries(3):  # the alarm, its entry, what is open
        bell.acknowledge()
    with django_assert_num_queries(2):
        bell.comment()


@pytest.mark.parametrize(
    ("rule", "value", "unit"),
    [
        ({"kind": Kind.RATE, "limit": 2.0}, 3.5, "°C/min"),
        ({"kind": Kind.EXPRESSION, "expression": "OVEN-1.temperature > 85"}, 91.0, "°C"),
        ({"kind": Kind.EXPRESSION, "expression": _RATE, "limit": 2.0}, 3.0, "°C/min"),
        ({"kind": Kind.EXPRESSION, "expression": _BOTH, "limit": 2.0}, 3.0, "°C/min"),
        ({"kind": Kind.EXPRESSION, "expression": _BOTH, "limit": None}, 3.0, ""),
        ({"kind": Kind.EXPRESSION, "expression": "OVEN-2.gone > 1"}, 2.0, ""),
    ],
    ids=["rate", "compared", "compared-rate", "by-limit", "several", "gone"],
)
def test_value_and_limit_have_the_unit_of_what_was_compared(
    site: Site, tag: Tag, rule: dict[str, Any], value: float, unit: str
) -> None:
    bell = make_bell(site, tag, **rule)
    route(site, mailbox(site))
    bell.announce(value=value)
    (row,) = queued()
    assert row.facts["unit"] == unit
    assert f"{value:.1f} {unit}".strip() in render(row, mailbox(site)).subject
