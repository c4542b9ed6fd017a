"""Numbered events over a table of rows: a snapshot and the later events are a later snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from devices import feed
from devices.feed import DEVICES, KEPT_EVENTS, Position, announce, events_since, refresh_devices
from devices.models import Device, Site, Topic, TopicEvent
from devices.selectors import Row
from devices.signals import announced

pytestmark = pytest.mark.django_db

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


@contextmanager
def heard() -> Iterator[list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []

    def hear(*, signal: object, sender: object, **event: Any) -> None:
        events.append(event)

    announced.connect(hear)
    try:
        yield events
    finally:
        announced.disconnect(hear)


def snapshot(site: Site) -> tuple[Position, dict[int, Row]]:
    found = feed.snapshot(site_id=site.pk, topic=DEVICES)
    rows = {row["id"]: row for row in json.loads(found.rows)}
    return Position(found.epoch, found.offset), rows


def test_events_are_numbered_without_holes(site: Site) -> None:
    numbers = [
        announce(site_id=site.pk, topic=DEVICES, payload={"id": i, "x": i}) for i in range(3)
    ]

    assert numbers == [1, 2, 3]
    events = events_since(site_id=site.pk, topic=DEVICES, since=Position("", 0))
    assert events is not None
    assert [event.offset for event in events] == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_many_notice_is_announced_once(site: Site, device: Device) -> None:
    refresh_devices(site_id=site.pk, now=T0)
    Device.objects.filter(pk=device.pk).update(name="New name")
    together = Barrier(4)

    def notice(_: int) -> int:
        try:
            together.wait(20)
            return refresh_devices(site_id=site.pk, now=T0)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(notice, range(4))) == 1


def test_each_site_and_topic_counts_for_itself(site: Site) -> None:
    other = Site.objects.create(slug="west", name="West works")

    assert announce(site_id=site.pk, topic=DEVICES, payload={"id": 1}) == 1
    assert announce(site_id=other.pk, topic=DEVICES, payload={"id": 1}) == 1
    assert announce(site_id=site.pk, topic="other", payload={"id": 1}) == 1


def test_pages_hear_of_an_event_only_when_it_is_committed(
    site: Site, django_capture_on_commit_callbacks: Any
) -> None:
    with heard() as events:
        with django_capture_on_commit_callbacks(execute=True):
            announce(site_id=site.pk, topic=DEVICES, payload={"id": 1})
            assert events == []
        topic = Topic.objects.get()
        assert events == [
            {
                "site_id": site.pk,
                "topic": DEVICES,
                "epoch": topic.epoch,
                "offset": 1,
                "payload": {"id": 1},
            }
        ]


def test_a_change_that_is_rolled_back_takes_its_number_with_it(site: Site) -> None:
    with transaction.atomic():
        announce(site_id=site.pk, topic=DEVICES, payload={"id": 1})
        transaction.set_rollback(True)

    assert announce(site_id=site.pk, topic=DEVICES, payload={"id": 2}) == 1


@pytest.mark.django_db(transaction=True)
def test_events_of_many_writers_are_numbered_without_holes(site: Site) -> None:
    def write(_: int) -> list[int]:
        try:
            return [announce(site_id=site.pk, topic=DEVICES, payload={"id": 1}) for _ in range(10)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for part in pool.map(write, range(4)) for number in part]

    assert sorted(numbers) == list(range(1, 41))
    events = events_since(site_id=site.pk, topic=DEVICES, since=Position("", 0))
    assert events is not None
    assert [event.offset for event in events] == list(range(1, 41))


def test_a_listener_that_fails_does_not_fail_the_change(
    site: Site, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("no")

    announced.connect(fail)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            announce(site_id=site.pk, topic=DEVICES, payload={"id": 1})
    finally:
        announced.disconnect(fail)

    assert "Error calling" in caplog.text


def test_only_the_newest_events_are_kept(site: Site) -> None:
    for i in range(KEPT_EVENTS + 5):
        announce(site_id=site.pk, topic=DEVICES, payload={"id": 1, "x": i})

    assert TopicEvent.objects.count() == KEPT_EVENTS


def test_a_position_that_is_too_old_cannot_be_continued(site: Site) -> None:
    for i in range(KEPT_EVENTS + 5):
        announce(site_id=site.pk, topic=DEVICES, payload={"id": 1, "x": i})
    epoch = Topic.objects.get().epoch

    def since(offset: int) -> list[feed.Event] | None:
        return events_since(site_id=site.pk, topic=DEVICES, since=Position(epoch, offset))

    assert since(4) is None
    events = since(5)
    assert events is not None
    assert [event.offset for event in events] == list(range(6, KEPT_EVENTS + 6))


def test_a_position_of_another_epoch_cannot_be_continued(site: Site) -> None:
    announce(site_id=site.pk, topic=DEVICES, payload={"id": 1})
    known = feed.position(site_id=site.pk, topic=DEVICES)
    assert events_since(site_id=site.pk, topic=DEVICES, since=known) == []

    call_command("renew_topics", stdout=StringIO())

    assert events_since(site_id=site.pk, topic=DEVICES, since=known) is None


def test_a_position_from_the_future_cannot_be_continued(site: Site) -> None:
    announce(site_id=site.pk, topic=DEVICES, payload={"id": 1})
    epoch, offset = feed.position(site_id=site.pk, topic=DEVICES)

    later = Position(epoch, offset + 1)
    assert events_since(site_id=site.pk, topic=DEVICES, since=later) is None


def test_a_topic_without_events_is_empty(site: Site) -> None:
    assert snapshot(site) == (Position("", 0), {})
    assert events_since(site_id=site.pk, topic=DEVICES, since=Position("", 0)) == []


def test_refreshing_announces_what_changed_and_nothing_else(site: Site, device: Device) -> None:
    Device.objects.create(uid="PUMP-1", name="Pump", site=site, via=device)

    assert refresh_devices(site_id=site.pk, now=T0) == 2
    assert refresh_devices(site_id=site.pk, now=T0) == 0
    Device.objects.filter(pk=device.pk).update(name="New name")
    assert refresh_devices(site_id=site.pk, now=T0) == 1


def test_refreshing_one_device_looks_at_those_it_speaks_for_too(site: Site, device: Device) -> None:
    pump = Device.objects.create(uid="PUMP-1", name="Pump", site=site, via=device)
    Device.objects.create(uid="GW-2", name="Another", site=site)

    refresh_devices(site_id=site.pk, device_ids=[device.pk], now=T0)

    assert snapshot(site)[1].keys() == {device.pk, pump.pk}


def test_a_deleted_device_is_announced_as_gone(site: Site, device: Device) -> None:
    refresh_devices(site_id=site.pk, now=T0)
    since = feed.position(site_id=site.pk, topic=DEVICES)
    pk = device.pk
    device.delete()
    refresh_devices(site_id=site.pk, now=T0)

    events = events_since(site_id=site.pk, topic=DEVICES, since=since)

    assert events is not None
    assert [json.loads(event.payload) for event in events] == [{"id": pk, "gone": True}]
    assert snapshot(site)[1] == {}


def test_a_quiet_refresh_writes_nothing(site: Site, device: Device) -> None:
    refresh_devices(site_id=site.pk, now=T0)

    with connection.execute_wrapper(_refuse_writes):
        assert refresh_devices(site_id=site.pk, now=T0) == 0


def _refuse_writes(execute: Any, sql: str, *rest: Any) -> Any:
    assert sql.lstrip().lower().startswith("select"), sql
    return execute(sql, *rest)
