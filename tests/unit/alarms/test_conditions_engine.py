"""Judging does not depend on how samples are cut into batches, nor on who watches the clock."""

from __future__ import annotations

import msgspec
from condition_strategies import (
    SETPOINT,
    VALUE,
    bounded,
    moved,
    sample_lists,
    samples_at,
    specs,
    specs_of,
)
from hypothesis import given
from hypothesis import strategies as st

from alarms.conditions.engine import MAX_POINTS, bands, due, expire, feed, is_quiet
from alarms.conditions.limits import Limit, Threshold
from alarms.conditions.model import Change, Delays, Memory, Sample, Spec
from alarms.conditions.rates import Rate

HIGH = Limit(VALUE, Threshold(10.0, 2.0))


def high(*pairs: tuple[int, float | None]) -> list[Sample]:
    """Samples of (time, value); None is of bad quality."""
    return [Sample(at, VALUE, value, good=value is not None) for at, value in pairs]


def judged(spec: Spec, samples: list[Sample]) -> list[tuple[int, bool]]:
    return [(change.at, change.active) for change in feed(spec, Memory(), samples)]


# ---------------------------------------------------------------- delays


def test_without_delays_a_change_is_of_the_sample_that_made_it() -> None:
    changes = feed(Spec(HIGH), Memory(), high((1, 9), (2, 11), (3, 9), (4, 8)))
    assert changes == [Change(2, True, 11.0, 10.0), Change(4, False, 8.0, 10.0)]


def test_an_on_delay_that_ended_between_samples_is_dated_when_it_ended() -> None:
    spec = Spec(HIGH, Delays(on_ms=10))
    assert judged(spec, high((100, 11), (200, 0))) == [(110, True), (200, False)]


def test_an_on_delay_that_ends_with_the_sample_that_returns_has_ended() -> None:
    spec = Spec(HIGH, Delays(on_ms=10))
    assert judged(spec, high((100, 11), (110, 0))) == [(110, True), (110, False)]


def test_an_on_delay_begins_anew_after_an_interruption() -> None:
    spec = Spec(HIGH, Delays(on_ms=10))
    assert judged(spec, high((100, 11), (105, 9), (106, 11), (115, 11), (116, 11))) == [(116, True)]


def test_an_off_delay_bridges_a_short_return() -> None:
    spec = Spec(HIGH, Delays(off_ms=10))
    samples = high((100, 11), (105, 0), (114, 11), (120, 0), (135, 0))
    assert judged(spec, samples) == [(100, True), (130, False)]


def test_bad_quality_abandons_a_running_delay() -> None:
    spec = Spec(HIGH, Delays(on_ms=10))
    assert judged(spec, high((100, 11), (105, None), (106, 11), (112, 11))) == []


def test_bad_quality_leaves_an_active_condition_active() -> None:
    assert judged(Spec(HIGH), high((100, 11), (105, None), (200, None))) == [(100, True)]


def test_a_change_after_a_delay_says_what_began_it() -> None:
    spec, memory = Spec(HIGH, Delays(on_ms=10)), Memory()
    feed(spec, memory, high((100, 11), (105, 99)))
    assert due(spec, memory) == 110
    assert expire(spec, memory, 109) == []
    assert expire(spec, memory, 500) == [Change(110, True, 11.0, 10.0)]
    assert due(spec, memory) is None


def test_time_never_goes_back_behind_a_delay_that_ended_by_the_clock() -> None:
    spec, memory = Spec(HIGH, Delays(on_ms=10)), Memory()
    feed(spec, memory, high((100, 11)))
    expire(spec, memory, 110)
    assert feed(spec, memory, high((105, 0))) == [Change(110, False, 0.0, 10.0)]


# ---------------------------------------------------------------- what is not judged


def test_a_sample_older_than_the_newest_of_its_operand_is_ignored() -> None:
    memory = Memory()
    feed(Spec(HIGH), memory, high((100, 5)))
    before = msgspec.to_builtins(memory)
    assert feed(Spec(HIGH), memory, high((99, 11))) == []
    assert msgspec.to_builtins(memory) == before


def test_samples_of_other_operands_leave_no_trace() -> None:
    memory = Memory()
    feed(Spec(HIGH), memory, [Sample(100, SETPOINT, 11.0)])
    assert memory == Memory()


def test_of_two_samples_at_one_time_the_second_counts() -> None:
    assert judged(Spec(HIGH, Delays(on_ms=1)), high((1, 11), (1, 0), (9, 0))) == []


def test_a_memory_survives_being_stored() -> None:
    spec, memory = Spec(Rate(VALUE, Threshold(1.0), 60_000), Delays(on_ms=10)), Memory()
    feed(spec, memory, high((0, 0), (30_000, 5)))
    assert memory.pending == 30_000
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(memory)), Memory) == memory


# ---------------------------------------------------------------- for every kind


@given(specs, sample_lists())
def test_looking_at_the_clock_in_between_changes_nothing(spec: Spec, samples: list[Sample]) -> None:
    memory, watched = Memory(), Memory()
    changes: list[Change] = []
    for sample in samples:
        if (end := due(spec, watched)) is not None and end <= sample.at:
            changes += expire(spec, watched, end)
        changes += feed(spec, watched, [sample])
    end = samples[-1].at if samples else 0  # the last ones may be of another rule's operand
    assert feed(spec, memory, samples) + expire(spec, memory, end) == changes
    assert memory == watched


@given(specs, sample_lists(), st.randoms(use_true_random=False))
def test_batches_of_any_size_give_the_same_changes(
    spec: Spec, samples: list[Sample], random: object
) -> None:
    whole, cut = Memory(), Memory()
    changes: list[Change] = []
    rest = samples
    while rest:
        size = random.randint(0, len(rest))  # type: ignore[attr-defined]
        changes += feed(spec, cut, rest[:size])
        rest = rest[size:]
    assert feed(spec, whole, samples) == changes
    assert whole == cut


@given(specs, sample_lists(max_size=12), st.data())
def test_no_sample_within_its_band_changes_anything(
    spec: Spec, samples: list[Sample], data: st.DataObject
) -> None:
    memory = Memory()
    feed(spec, memory, samples)
    now = samples[-1].at if samples else 0
    sample = data.draw(samples_at(now + data.draw(st.sampled_from([0, 1, 1000, 5000]))))
    band = bands(spec, memory).get(sample.operand)
    if band is None or not is_quiet(band, sample):
        return
    expire(spec, memory, sample.at)  # the clock may, the sample may not
    before = moved(memory), due(spec, memory)
    assert feed(spec, memory, [sample]) == []
    assert (moved(memory), due(spec, memory)) == before


@given(specs_of(bounded), sample_lists())
def test_samples_within_the_band_need_not_be_looked_at(spec: Spec, samples: list[Sample]) -> None:
    complete, sparse = Memory(), Memory()
    changes: list[Change] = []
    samples = [sample for sample in samples if sample.operand == VALUE]
    for sample in samples:
        if not is_quiet(bands(spec, sparse)[VALUE], sample):
            changes += feed(spec, sparse, [sample])
    end = samples[-1].at + 10_000 if samples else 0
    changes += expire(spec, sparse, end)
    assert feed(spec, complete, samples) + expire(spec, complete, end) == changes
    assert moved(complete) == moved(sparse)


@given(specs, sample_lists())
def test_beginnings_and_ends_take_turns_in_order_of_time(spec: Spec, samples: list[Sample]) -> None:
    changes = feed(spec, Memory(), samples)
    assert [change.active for change in changes] == [i % 2 == 0 for i in range(len(changes))]
    assert [change.at for change in changes] == sorted(change.at for change in changes)


@given(st.lists(st.integers(0, 3000), max_size=400), st.integers(1, 60_000))
def test_the_past_is_bounded_and_spans_the_window(gaps: list[int], window_ms: int) -> None:
    spec, memory, at, times = Spec(Rate(VALUE, Threshold(1.0), window_ms)), Memory(), 0, list[int]()
    for gap in gaps:
        at += gap
        times.append(at)
        feed(spec, memory, [Sample(at, VALUE, 1.0)])
        kept = [time for time, _ in memory.points[VALUE]]
        assert len(kept) <= MAX_POINTS
        assert kept == sorted(kept)
        assert kept[-1] == at
        before = [time for time in times if time <= at - window_ms]
        oldest = before[-1] if before else times[0]  # says how it was when the window began
        assert abs(kept[0] - oldest) < window_ms / 30


@given(specs, sample_lists(), st.integers(1, 5000))
def test_a_longer_off_delay_only_joins_occurrences(
    spec: Spec, samples: list[Sample], more_ms: int
) -> None:
    delays = Delays(spec.delays.on_ms, spec.delays.off_ms + more_ms)
    begun = {change.at for change in feed(spec, Memory(), samples) if change.active}
    longer = feed(Spec(spec.condition, delays), Memory(), samples)
    assert {change.at for change in longer if change.active} <= begun
