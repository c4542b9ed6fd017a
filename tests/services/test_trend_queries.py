"""Charts of the past, against a naive reference: no spike lost, no gap bridged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from devices.models import Device, Site, Tag
from devices.partitions import ensure_days
from devices.trends import MAX_WINDOW, Window, step_for, trends

DAY = datetime(2026, 3, 1, tzinfo=UTC)
START = int(DAY.timestamp() * 1000) + 3_600_000
GOOD, BAD = 192, 24


@dataclass(frozen=True)
class Reading:
    """One stored reading; ``t`` counts from START."""

    t: int
    v: float | None = 1.0
    q: int = GOOD


def store(tag: Tag, readings: list[Reading]) -> None:
    with connection.cursor() as cursor:
        ensure_days(cursor, [DAY.date()])
        cursor.executemany(
            "insert into devices_reading (source_time, received_time, value, tag_id, quality)"
            " values (to_timestamp(%s / 1000.0), to_timestamp(%s / 1000.0), %s, %s, %s)",
            [[START + r.t, START + r.t + i, r.v, tag.pk, r.q] for i, r in enumerate(readings)],
        )


def series(
    tag: Tag, *, length_ms: int = 60_000, points: int = 720, now_ms: int = START + 10**9
) -> dict[str, Any]:
    window = Window(START, START + length_ms)
    answer = json.loads(trends(tags=[tag], window=window, points=points, now_ms=now_ms))
    assert answer["now_ms"] == now_ms
    (only,) = answer["series"]
    assert only["k"] == tag.pk
    only["t"] = [t - START for t in only["t"]]
    return dict(only)


# ---------------------------------------------------------------- the reference


def expected_readings(
    readings: list[Reading], stale_ms: int, until: int
) -> tuple[list[int], list[float | None]]:
    points: list[tuple[int, float | None]] = []
    for reading, following in pairwise([*readings, Reading(until)]):
        points.append((reading.t, reading.v if reading.q >= 64 else None))
        if following.t - reading.t > stale_ms:
            points.append((reading.t + stale_ms, None))
    return [t for t, _ in points], [v for _, v in points]


def expected_buckets(
    readings: list[Reading], step: int, stale_ms: int, until: int
) -> list[tuple[int, float | None, float | None, float | None]]:
    points: list[tuple[int, float | None, float | None, float | None]] = []
    buckets = [(n, list(group)) for n, group in groupby(readings, lambda r: (START + r.t) // step)]
    for place, (n, bucket) in enumerate(buckets):
        t = n * step - START
        values = [r.v for r in bucket if r.q >= 64 and r.v is not None]
        mean = sum(values) / len(values) if values else None
        points.append((t, mean, min(values, default=None), max(values, default=None)))
        last = bucket[-1].t
        following = buckets[place + 1] if place + 1 < len(buckets) else None
        if (following[1][0].t if following else until) - last > stale_ms:
            gap = last + stale_ms
            if following:
                gap = min(gap, following[0] * step - START - 1)
            points.append((gap, None, None, None))
    return points


# ---------------------------------------------------------------- against it


VALUES = st.floats(-1e300, 1e300, allow_subnormal=False) | st.floats(-100, 100) | st.just(1.7e308)
QUALITIES = st.sampled_from([GOOD, GOOD, GOOD, 64, 84, BAD, 0])


@st.composite
def stored_readings(draw: st.DrawFn) -> list[Reading]:
    fewest = draw(st.sampled_from([0, 21, 60]))  # so that there are buckets often enough
    times = draw(st.lists(st.integers(0, 59_999), min_size=fewest, max_size=80, unique=True))
    qualities = [draw(QUALITIES) for _ in times]
    return [
        Reading(t, draw(VALUES) if q >= 64 else None, q)
        for t, q in zip(sorted(times), qualities, strict=True)
    ]


class AgainstTheReference(TestCase):  # type: ignore[misc]  # hypothesis' class is untyped
    """Any readings, any patience, any width of a chart."""

    @given(
        readings=stored_readings(),
        silence_ms=st.integers(0, 30_000),
        points=st.sampled_from([10, 20, 50]),
        now=st.integers(-5_000, 90_000),
    )
    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_a_chart_says_what_was_stored(
        self, readings: list[Reading], silence_ms: int, points: int, now: int
    ) -> None:
        tag = make_tag(silence_ms=silence_ms)
        store(tag, readings)
        until = max(0, min(60_000, now))

        found = series(tag, points=points, now_ms=START + now)

        if len(readings) <= 2 * points:
            assert found["step_ms"] == 0
            assert (found["t"], found["v"]) == expected_readings(readings, tag.stale_ms, until)
        else:
            step = step_for(Window(START, START + 60_000), points)
            assert found["step_ms"] == step
            expected = expected_buckets(readings, step, tag.stale_ms, until)
            assert found["t"] == [t for t, *_ in expected]
            assert found["lo"] == [lo for _, _, lo, _ in expected]
            assert found["hi"] == [hi for *_, hi in expected]
            for mean, (_, wanted, lo, hi) in zip(found["v"], expected, strict=True):
                assert (mean is None) == (wanted is None)
                if mean is not None and lo is not None and hi is not None:
                    bound = max(abs(lo), abs(hi))
                    assert bound > 1e299 or mean == pytest.approx(wanted, abs=1e-9 * bound)
        assert found["t"] == sorted(found["t"])


def make_tag(*, silence_ms: int = 10_000, scan_ms: int = 1000) -> Tag:
    site = Site.objects.create(slug="east", name="East works")
    device = Device.objects.create(uid="PUMP-1", name="Pump", site=site)
    return Tag.objects.create(device=device, name="speed", silence_ms=silence_ms, scan_ms=scan_ms)


# ---------------------------------------------------------------- one by one


@pytest.fixture
def tag(db: None) -> Tag:
    """Stale after 13 s."""
    return make_tag()


def test_a_tag_without_readings_has_an_empty_series(tag: Tag) -> None:
    assert series(tag) == {"k": tag.pk, "step_ms": 0, "t": [], "v": []}


def test_the_window_includes_its_start_and_excludes_its_end(tag: Tag) -> None:
    store(tag, [Reading(-1), Reading(0), Reading(9_999), Reading(10_000)])

    assert series(tag, length_ms=10_000)["t"] == [0, 9_999]


def test_a_bad_reading_is_a_null_point(tag: Tag) -> None:
    store(tag, [Reading(0), Reading(1000, None, BAD), Reading(2000)])

    assert series(tag, length_ms=3000)["v"] == [1.0, None, 1.0]


def test_a_silence_longer_than_the_tag_may_keep_is_a_null_point(tag: Tag) -> None:
    store(tag, [Reading(0), Reading(13_000), Reading(26_001)])

    found = series(tag, length_ms=30_000)

    assert found["t"] == [0, 13_000, 26_000, 26_001]
    assert found["v"] == [1.0, 1.0, None, 1.0]


def test_a_silence_until_now_is_a_null_point(tag: Tag) -> None:
    store(tag, [Reading(0)])

    assert series(tag, now_ms=START + 13_000)["v"] == [1.0]
    assert series(tag, now_ms=START + 13_001)["v"] == [1.0, None]


def test_a_spike_survives_thinning_out(tag: Tag) -> None:
    store(tag, [Reading(t, 99.0 if t == 31_000 else 1.0) for t in range(0, 60_000, 500)])

    found = series(tag, points=10)

    assert found["step_ms"] == 10_000
    assert max(found["hi"]) == 99.0
    assert len(found["t"]) == 6


def test_bad_readings_do_not_count_in_a_bucket_with_good_ones(tag: Tag) -> None:
    bad = [Reading(t, None, BAD) for t in range(1, 40)]
    store(tag, [Reading(0, 1.0), *bad, Reading(40, 3.0)])

    found = series(tag, points=10, now_ms=START + 1000)

    assert (found["v"], found["lo"], found["hi"]) == ([2.0], [1.0], [3.0])


def test_a_bucket_of_bad_readings_is_a_null_point(tag: Tag) -> None:
    good = [Reading(t) for t in range(0, 10_000, 250)]
    store(tag, [*good, *(Reading(t, None, BAD) for t in range(10_000, 20_000, 250))])

    assert series(tag, points=10, now_ms=START + 20_000)["v"] == [1.0, None]


def test_series_come_in_the_order_asked_for(tag: Tag) -> None:
    other = Tag.objects.create(device=tag.device, name="torque")
    window = Window(START, START + 1000)

    answer = json.loads(trends(tags=[other, tag], window=window, points=10, now_ms=START))

    assert [one["k"] for one in answer["series"]] == [other.pk, tag.pk]


@given(
    st.integers(1, int(MAX_WINDOW.total_seconds() * 1000)),
    st.integers(10, 4000),
    st.integers(0, 10**12),
)
def test_a_step_is_wide_enough_and_does_not_change_while_the_window_slides(
    length_ms: int, points: int, start: int
) -> None:
    step = step_for(Window(start, start + length_ms), points)

    assert step * points >= length_ms
    assert step == step_for(Window(0, length_ms), points)
