"""Charts from sums say what charts from readings say, whatever came when."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django.fixtures import Settings

from devices import rollups, sums
from devices.coverage import Coverage
from devices.intake import Sender
from devices.models import Tag
from devices.retention import drop_old_rows, keep_partitions
from devices.trends import Window, step_for
from tests.services.rollup_plant import (
    BAD,
    GOOD,
    START,
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
)

MIN = 60_000
SPAN = 4 * H  # of time in which something happens


# ---------------------------------------------------------------- any order of things


@st.composite
def bursts(draw: st.DrawFn) -> list[Reading]:
    """Readings of both tags at a steady pace, some of them bad, from anywhere in time."""
    start = draw(st.integers(0, SPAN - 1))
    pace = draw(st.sampled_from([500, 1000, 7001, 61_000, 15 * MIN]))
    values = draw(st.lists(st.floats(-1e300, 1e300) | st.floats(-9, 9), min_size=1, max_size=4))
    qualities = draw(st.lists(st.sampled_from([GOOD, GOOD, 64, BAD]), min_size=1, max_size=5))
    readings = []
    for i in range(draw(st.integers(1, 60))):
        quality = qualities[i % len(qualities)]
        value = values[i % len(values)] if quality >= 64 else None
        readings.append(Reading(min(start + i * pace, SPAN), value, quality, i % 3 // 2))
    return readings


HAPPENINGS = st.lists(bursts() | st.integers(0, SPAN), min_size=1, max_size=8)
WINDOWS = st.sampled_from([10 * MIN, 20 * MIN, 50 * MIN, 2 * H + 30 * MIN, SPAN, 9 * H])


class AgainstTheReadings(TestCase):  # type: ignore[misc]  # hypothesis' class is untyped
    """Readings come early, late and bad; in between the worker has its turn, or has it not."""

    @given(
        began=st.integers(0, SPAN),
        happenings=HAPPENINGS,
        starts=st.lists(st.integers(-H, SPAN), min_size=3, max_size=3),
        length=WINDOWS,
    )
    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    def test_a_chart_from_sums_is_that_of_the_readings(
        self,
        began: int,
        happenings: list[list[Reading] | int],
        starts: list[int],
        length: int,
    ) -> None:
        sender, tags = make_plant()
        begin_at(began)

        for happening in happenings:
            if isinstance(happening, int):
                rollups.roll_up(moment(happening))
            else:
                store(sender, happening)
            for tag, start in zip([*tags, tags[0]], starts, strict=True):
                found = chart(tag, start, start + length, 4)
                assert_same(found, chart_of_readings(tag, start, start + length, 4))


# ---------------------------------------------------------------- one by one


@pytest.fixture
def plant(db: None) -> tuple[Sender, list[Tag]]:
    """Upgraded at START."""
    begin_at(0)
    return make_plant()


@pytest.fixture
def sender(plant: tuple[Sender, list[Tag]]) -> Sender:
    return plant[0]


@pytest.fixture
def tag(plant: tuple[Sender, list[Tag]]) -> Tag:
    return plant[1][0]


def every_second(first: int, after: int, value: float = 1.0) -> list[Reading]:
    return [Reading(t, value) for t in range(first, after, 1000)]


def test_current_readings_leave_no_mark(sender: Sender) -> None:
    store(sender, every_second(0, MIN))

    assert count("rollupmark") == 0


def test_a_quarter_hour_is_summed_up_when_it_is_over(sender: Sender, tag: Tag) -> None:
    store(sender, every_second(0, 20 * MIN))

    assert rollups.roll_up(moment(15 * MIN + 59_000)) == 0
    assert rollups.roll_up(moment(16 * MIN)) == 1
    assert (count("minute"), count("quarter"), count("rollupmark")) == (15, 1, 0)


def test_doing_it_again_changes_nothing(sender: Sender, tag: Tag) -> None:
    store(sender, every_second(0, 20 * MIN))
    rollups.roll_up(moment(H))

    assert rollups.roll_up(moment(H)) == 0
    with transaction.atomic(), connection.cursor() as cursor:
        sums.sum_up(cursor, [tag.pk], [moment(0)])

    assert (count("minute"), count("quarter")) == (20, 2)
    assert_same(chart(tag, 0, 20 * MIN), chart_of_readings(tag, 0, 20 * MIN))


def test_a_late_reading_is_in_the_chart_before_and_after_it_is_summed_up(
    sender: Sender, tag: Tag
) -> None:
    store(sender, every_second(0, 30 * MIN))
    rollups.roll_up(moment(H))

    store(sender, [Reading(5 * MIN + 500, 99.0)])

    assert count("rollupmark") == 1
    assert highest(chart(tag, 0, 30 * MIN)) == 99.0
    assert rollups.roll_up(moment(H)) == 1
    assert count("rollupmark") == 0
    assert highest(chart(tag, 0, 30 * MIN)) == 99.0


def test_late_readings_of_a_quarter_hour_share_a_mark(sender: Sender) -> None:
    rollups.roll_up(moment(2 * H))

    for at in range(0, 30 * MIN, 5 * MIN):
        store(sender, every_second(at, at + MIN))

    assert count("rollupmark") == 2


def test_what_was_stored_before_an_upgrade_is_summed_up_newest_first(
    sender: Sender, tag: Tag
) -> None:
    store(sender, [Reading(t) for t in range(0, 6 * H, MIN)])
    begin_at(6 * H)

    assert rollups.roll_up(moment(6 * H), budget_s=0) == 0
    assert rollups.roll_up(moment(6 * H)) == 24

    assert count("quarter") == 24
    assert_same(chart(tag, 0, 6 * H), chart_of_readings(tag, 0, 6 * H))


def test_sums_stay_when_readings_are_dropped(sender: Sender, tag: Tag, settings: Settings) -> None:
    settings.READINGS_KEEP_DAYS = 10
    store(sender, [*every_second(0, H), *every_second(2 * H, 3 * H, 5.0)])
    wanted = chart(tag, 0, 3 * H, 12)
    assert wanted["step_ms"] == 15 * MIN

    keep_partitions(moment(0) + dt.timedelta(days=30))

    assert (count("reading"), count("minute"), count("quarter")) == (0, 0, 8)
    assert_same(chart(tag, 0, 3 * H, 12), wanted)
    assert_same(chart(tag, 0, 3 * H, 2000), wanted)  # finer ones there are no more


def test_what_is_final_is_not_summed_up_again(sender: Sender, tag: Tag, settings: Settings) -> None:
    settings.READINGS_KEEP_DAYS = 10
    store(sender, every_second(0, H))
    keep_partitions(moment(0) + dt.timedelta(days=30))
    wanted = chart(tag, 0, H, 4)

    store(sender, [Reading(5 * MIN, 99.0)])  # somebody keeps readings longer now
    rollups.roll_up(moment(24 * H))

    assert_same(chart(tag, 0, H, 4), wanted)


def test_sums_of_a_deleted_tag_are_deleted(sender: Sender, tag: Tag) -> None:
    store(sender, [*every_second(0, 10_000), Reading(0, tag=1)])
    rollups.roll_up(moment(H))

    tag.delete()
    deleted = drop_old_rows(moment(H))

    assert deleted["sums"] == 1
    assert count("quarter") == 1


def test_sums_older_than_five_years_are_deleted(sender: Sender) -> None:
    store(sender, [Reading(0), Reading(24 * H)])
    rollups.roll_up(moment(25 * H))

    assert drop_old_rows(moment(2 * H) + sums.KEEP)["sums"] == 1


# ---------------------------------------------------------------- what is taken from where


@given(
    window=st.tuples(st.integers(0, 10 * H), st.integers(1, 10 * H)),
    summed=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    marked=st.sets(st.integers(0, 80)),
)
def test_a_window_is_parted_without_overlap_or_hole(
    window: tuple[int, int], summed: tuple[int, int], marked: set[int]
) -> None:
    quarter = sums.QUARTER_MS
    from_ms, to_ms = window[0], window[0] + window[1]
    first, after = summed[0] * quarter, (summed[0] + summed[1]) * quarter
    coverage = Coverage(first, after, 0, {7: [at * quarter for at in sorted(marked)]})

    spans = coverage.spans(7, from_ms, to_ms)

    assert (spans[0].from_ms, spans[-1].to_ms) == (from_ms, to_ms)
    assert all(one.to_ms == following.from_ms for one, following in pairwise(spans))
    for span in spans:
        assert span.from_ms < span.to_ms
        if span.is_summed:
            assert first <= span.from_ms < span.to_ms <= after
            assert (span.from_ms % quarter, span.to_ms % quarter) == (0, 0)
            assert not marked & set(range(span.from_ms // quarter, span.to_ms // quarter))


def test_thirty_days_take_steps_that_are_summed_up() -> None:
    month = Window(START, START + 30 * 24 * H)

    assert [step_for(month, points) for points in (720, 2000)] == [H, 30 * MIN]
