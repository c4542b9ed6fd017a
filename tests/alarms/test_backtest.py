"""A back-test says what live judging would have done with the same readings."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from backtest_plant import (
    BAD,
    END_MS,
    GOOD,
    START,
    START_MS,
    UNCERTAIN,
    Row,
    make_rule,
    make_tags,
    run,
    seconds,
    store,
    times,
)
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from alarms.conditions.engine import expire, feed
from alarms.conditions.model import Memory, Sample, tag_operand
from alarms.models import Detection, Kind, Rule
from alarms.specs import IncompleteRule, spec_of
from alarms.tally import Occurrence
from devices.models import Device, Tag

# ---------------------------------------------------------------- replay equals live

KINDS: list[dict[str, Any]] = [
    {"kind": Kind.HIGH, "deadband": 2.0},
    {"kind": Kind.LOW, "deadband": 0.0},
    {"kind": Kind.DEVIATION, "limit": 3.0, "deadband": 1.0},
    {"kind": Kind.RATE, "limit": 30.0, "window_s": 10.0},
    {"kind": Kind.RATE, "limit": -30.0, "deadband": 20.0, "window_s": 10.0},
    {"kind": Kind.DISCRETE, "abnormal": [8, 11]},
    {"kind": Kind.BAD_QUALITY},
]
DELAYS = st.sampled_from([0.0, 0.5, 3.0])


@st.composite
def stored_rows(draw: st.DrawFn) -> list[Row]:
    """Readings around a limit of 10, in both pieces that are read; times are unique."""
    late = st.integers(86_400_000 - 40_000, 86_399_999)
    drawn = draw(st.lists(st.integers(0, 200) | late, max_size=60, unique=True))
    rows: list[Row] = []
    for t in sorted(t * 500 if t <= 200 else t for t in drawn):
        quality = draw(st.sampled_from([GOOD, GOOD, GOOD, UNCERTAIN, BAD]))
        value = draw(st.sampled_from([8.0, 9.0, 10.0, 11.0, 12.5]) | st.floats(5, 15))
        rows.append((t, None if quality == BAD else value, quality))
    return rows


def live(
    rule: Rule, rows: list[tuple[Row, Tag]], chance: random.Random
) -> list[tuple[int, int | None]]:
    """Judge in batches as they might have come, and say from when to when it was active."""
    spec, memory = spec_of(rule, source=f"tag:{rule.tag_id}"), Memory()
    samples = [Sample(START_MS + t, tag_operand(g.pk), v, q >= 64) for (t, v, q), g in rows]
    changes = []
    while samples:
        size = chance.randint(1, len(samples))
        changes += feed(spec, memory, samples[:size])
        samples = samples[size:]
    changes += expire(spec, memory, END_MS)
    begun = [change.at - START_MS for change in changes if change.active]
    ended = [change.at - START_MS for change in changes if not change.active]
    return list(zip(begun, [*ended, None], strict=False))


class ReplayEqualsLive(TestCase):  # type: ignore[misc]  # hypothesis' class is untyped
    """Any readings, any kind of rule, any delays, in whatever batches they were judged live."""

    @given(
        fields=st.sampled_from(KINDS),
        rows=stored_rows(),
        on_delay_s=DELAYS,
        off_delay_s=DELAYS,
        chance=st.randoms(use_true_random=False),
    )
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_a_backtest_finds_what_was_found_live(
        self,
        fields: dict[str, Any],
        rows: list[Row],
        on_delay_s: float,
        off_delay_s: float,
        chance: random.Random,
    ) -> None:
        speed, wanted = make_tags()
        # a setpoint that changes now and then, between two readings
        targets: list[Row] = [(t + 1, 10.0 + t % 3, GOOD) for t, *_ in rows[::5] if t < 86_399_999]
        rule = make_rule(
            speed, setpoint=wanted, on_delay_s=on_delay_s, off_delay_s=off_delay_s, **fields
        )
        store(speed, rows)
        store(wanted, targets)
        both = [(row, speed) for row in rows] + [(row, wanted) for row in targets]
        both.sort(key=lambda pair: (pair[0][0], tag_operand(pair[1].pk)))

        report = run(rule)

        found = live(rule, both, chance)
        assert times(report) == found[:100] + found[100:][-100:]
        assert report.counts.activations == len(found)
        lasted = [(86_400_000 if end is None else end) - begin for begin, end in found]
        assert report.counts.active_ms == sum(lasted)
        assert report.counts.longest_ms == max(lasted, default=0)


# ---------------------------------------------------------------- what it says


@pytest.fixture
def tags(db: None) -> tuple[Tag, Tag]:
    return make_tags()


@pytest.fixture
def tag(tags: tuple[Tag, Tag]) -> Tag:
    """Stale after 13 s."""
    return tags[0]


def test_the_peak_is_furthest_from_normal_also_before_the_delay_ended(tag: Tag) -> None:
    store(tag, seconds(9, 11, 30, 12, 13, 9, 11, 9))

    report = run(make_rule(tag, on_delay_s=2.5))

    assert report.counts.occurrences == (Occurrence(START_MS + 3500, START_MS + 5000, 30.0),)


def test_the_peak_of_a_low_limit_is_the_least_value(tag: Tag) -> None:
    store(tag, seconds(11, 9, 3, 4, 12))

    assert [o.peak for o in run(make_rule(tag, Kind.LOW)).counts.occurrences] == [3.0]


def test_the_window_includes_its_start_and_excludes_its_end(tag: Tag) -> None:
    store(tag, [(-1, 11.0, GOOD), (0, 9.0, GOOD), (999, 9.0, GOOD), (1000, 11.0, GOOD)])

    report = run(make_rule(tag), until=START + timedelta(seconds=1))

    assert (report.samples, report.counts.activations) == (2, 0)


def test_a_delay_that_ends_after_the_last_reading_ends_within_the_window(tag: Tag) -> None:
    store(tag, seconds(9, 11))
    rule = make_rule(tag, on_delay_s=60)

    assert times(run(rule)) == [(61_000, None)]
    assert times(run(rule, until=START + timedelta(seconds=30))) == []


def test_the_future_is_not_told(tag: Tag) -> None:
    forever = datetime.max.replace(tzinfo=UTC)
    report = run(make_rule(tag), since=timezone.now() - timedelta(hours=1), until=forever)

    assert report.until <= timezone.now().timestamp() * 1000


def test_a_setpoint_from_before_the_window_counts(tags: tuple[Tag, Tag]) -> None:
    speed, wanted = tags
    store(wanted, [(-3_600_000, 50.0, GOOD)])
    store(speed, seconds(49, 60, 51))

    rule = make_rule(speed, Kind.DEVIATION, setpoint=wanted, limit=5.0)

    assert times(run(rule)) == [(1000, 2000)]
    assert [o.peak for o in run(rule).counts.occurrences] == [10.0]


def test_a_silent_tag_is_stale_from_when_its_reading_is_too_old(tag: Tag) -> None:
    store(tag, [(0, 1.0, GOOD), (13_000, 1.0, GOOD), (26_001, 1.0, GOOD)])

    assert times(run(make_rule(tag, Kind.STALE))) == [(26_000, 26_001), (39_001, None)]


def test_a_tag_may_be_stale_for_days(tag: Tag) -> None:
    store(tag, [(-86_400_000, 1.0, GOOD), (86_000_000, 1.0, GOOD)])

    report = run(make_rule(tag, Kind.STALE), until=START + timedelta(days=2))

    assert times(report) == [(0, 86_000_000), (86_013_000, None)]


def test_detections_are_read_from_when_to_when_they_lasted(tag: Tag) -> None:
    camera = Device.objects.create(uid="CAM-1", name="Camera", site=tag.device.site)
    for number, (begin, end) in enumerate([(10, 20), (15, 30), (50, 60)]):
        at = [START + timedelta(seconds=n) for n in (begin, end)]
        Detection.objects.create(
            event=uuid.UUID(int=number), camera=camera, camera_uid="CAM-1", site=camera.site,
            label="fire", state="ended", since=at[0], at=at[1], ended_at=at[1], received_at=at[0],
            heard_at=at[1], score=0.9, peak=0.9, threshold=0.5, model="m",
        )  # fmt: skip
    rule = make_rule(tag, Kind.EXPRESSION, tag=None, expression="seen(CAM-1, fire)")

    assert times(run(rule)) == [(10_000, 30_000), (50_000, 60_000)]


@pytest.mark.parametrize(
    ("expression", "values", "peak"),
    [
        ("PUMP-1.speed > 10", (9, 11, 14, 12, 9), 14),
        ("PUMP-1.speed < 10", (11, 9, 4, 6, 11), 4),
        ("10 < PUMP-1.speed", (9, 11, 14, 12, 9), 10),
        ("PUMP-1.speed > 10 and PUMP-1.speed < 13", (9, 11, 12, 14, 12, 9), 12),
        ("PUMP-1.speed != 10", (10, 11, 7, 12, 10), 7),
        ("bad(PUMP-1.speed)", (9, None, None, 9), None),
    ],
    ids=["above", "below", "turned", "both", "unlike", "bad"],
)
def test_of_an_expression_the_furthest_is_what_its_comparison_reached(
    tag: Tag, expression: str, values: tuple[float | None, ...], peak: float | None
) -> None:
    store(tag, seconds(*values))
    rule = make_rule(tag, Kind.EXPRESSION, tag=None, expression=expression)

    assert run(rule).counts.occurrences[0].peak == peak


def test_the_furthest_of_an_expression_is_found_also_after_a_delay(tag: Tag) -> None:
    store(tag, seconds(9, 15, 11, 11, 12, 9, 9, 9))
    text = "PUMP-1.speed > 10"
    rule = make_rule(tag, Kind.EXPRESSION, tag=None, expression=text, on_delay_s=2, off_delay_s=1)

    report = run(rule)

    assert times(report) == [(3000, 6000)]
    assert [each.peak for each in report.counts.occurrences] == [15]


def test_what_nothing_is_stored_of_is_named(tag: Tag) -> None:
    store(tag, seconds(9, 11))
    rule = make_rule(tag, Kind.EXPRESSION, tag=None, expression="not online(PUMP-1)")

    report = run(rule)

    assert report.unknown == (f"online:{tag.device_id}",)
    assert report.counts.activations == 0


@pytest.mark.parametrize(
    "fields",
    [{"limit": None}, {"kind": Kind.DEVIATION}, {"kind": Kind.DISCRETE, "abnormal": ["on"]}],
    ids=["limit", "setpoint", "state"],
)
def test_a_rule_that_lacks_something_is_refused(tag: Tag, fields: dict[str, Any]) -> None:
    with pytest.raises(IncompleteRule):
        run(make_rule(tag, **fields))


def test_a_device_has_no_stored_readings(tag: Tag) -> None:
    with pytest.raises(ValueError, match="stored readings"):
        run(make_rule(tag, Kind.OFFLINE, tag=None, device=tag.device))
