"""Summing up while others store, sum up, or are killed: nothing is missed, nobody waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from devices import rollups
from devices.intake import Sender
from devices.models import Tag
from tests.services.rollup_plant import (
    H,
    Reading,
    assert_same,
    begin_at,
    chart,
    chart_of_readings,
    count,
    highest,
    make_plant,
    moment,
    store,
    store_open,
)

pytestmark = pytest.mark.django_db(transaction=True)

MIN = 60_000


@pytest.fixture(autouse=True)
def state_of_others(transactional_db: None) -> Iterator[None]:
    """Leave the state as it was: there are no models whose tables would be emptied."""
    with connection.cursor() as cursor:
        cursor.execute("select marked_to from devices_rollupstate")
        (marked_to,) = cursor.fetchone()
    yield
    begin_at(int((marked_to - moment(0)) / dt.timedelta(milliseconds=1)))


@pytest.fixture
def plant() -> tuple[Sender, Tag]:
    begin_at(0)
    sender, (tag, _) = make_plant()
    return sender, tag


def every_second(first: int, after: int, value: float = 1.0) -> list[Reading]:
    return [Reading(t, value) for t in range(first, after, 1000)]


def in_thread(work: Any) -> Any:
    """Run in a thread whose connection ends with it."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    return run


def test_what_a_transaction_stores_while_its_time_is_closed_is_not_missed(
    plant: tuple[Sender, Tag],
) -> None:
    sender, tag = plant
    stored, go_on = Event(), Event()

    def store_slowly() -> None:
        with transaction.atomic():
            store_open(sender, [Reading(5 * MIN, 99.0)])
            stored.set()
            assert go_on.wait(30)

    store(sender, every_second(0, 14 * MIN))
    with ThreadPoolExecutor() as threads:
        storing = threads.submit(in_thread(store_slowly))
        assert stored.wait(30)
        assert rollups.roll_up(moment(H)) == 0  # not while somebody may not know of it
        go_on.set()
        storing.result()

    assert highest(chart(tag, 0, 15 * MIN)) == 99.0
    assert rollups.roll_up(moment(H)) == 1
    assert highest(chart(tag, 0, 15 * MIN)) == 99.0


def test_ingest_does_not_wait_for_who_sums_up_the_same(plant: tuple[Sender, Tag]) -> None:
    sender, tag = plant
    store(sender, every_second(0, 15 * MIN))
    rollups.roll_up(moment(H))
    store(sender, [Reading(1, 5.0)])
    rollups.roll_up(moment(H), budget_s=0)  # the mark is settled

    with transaction.atomic():
        assert rollups.roll_up(moment(H)) == 1
        with ThreadPoolExecutor() as threads:
            late = [Reading(2, 99.0)]
            threads.submit(in_thread(lambda: store(sender, late))).result(timeout=30)

    assert count("rollupmark") == 1
    assert_same(chart(tag, 0, 15 * MIN), chart_of_readings(tag, 0, 15 * MIN))
    assert rollups.roll_up(moment(H)) == 1
    assert highest(chart(tag, 0, 15 * MIN)) == 99.0


def test_killed_in_the_middle_it_is_done_again(plant: tuple[Sender, Tag]) -> None:
    """The trigger ends its own backend when the sums are made and the marks are not yet gone."""
    sender, tag = plant
    store(sender, every_second(0, 40 * MIN))
    with connection.cursor() as cursor:
        cursor.execute(
            "create function cut() returns trigger language plpgsql as"
            " $$ begin perform pg_terminate_backend(pg_backend_pid()); return old; end $$"
        )
        cursor.execute(
            "create trigger cut before delete on devices_rollupmark"
            " for each row execute function cut()"
        )
    try:
        with pytest.raises(OperationalError):
            rollups.roll_up(moment(H))
        connection.close()
        assert (count("quarter"), count("rollupmark")) == (0, 3)
        assert_same(chart(tag, 0, 40 * MIN), chart_of_readings(tag, 0, 40 * MIN))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop function cut cascade")

    assert rollups.roll_up(moment(H)) == 3
    assert_same(chart(tag, 0, 40 * MIN), chart_of_readings(tag, 0, 40 * MIN))


def test_several_workers_and_late_readings_at_once_end_in_the_same_sums(
    plant: tuple[Sender, Tag],
) -> None:
    sender, tag = plant
    store(sender, every_second(0, 6 * H))

    def work() -> int:
        return sum(rollups.roll_up(moment(6 * H)) for _ in range(8))

    def send() -> None:
        for t in range(0, 5 * H, 7 * MIN):
            store(sender, [Reading(t + 1, float(t))])

    with ThreadPoolExecutor() as threads:
        for done in [threads.submit(in_thread(one)) for one in (work, work, work, send)]:
            done.result(timeout=60)
    rollups.roll_up(moment(6 * H))

    assert count("rollupmark") == 0
    for from_ms, to_ms, points in [(0, 6 * H, 10), (H, H + 50 * MIN, 20), (2 * MIN, 5 * H, 30)]:
        wanted = chart_of_readings(tag, from_ms, to_ms, points)
        assert_same(chart(tag, from_ms, to_ms, points), wanted)
