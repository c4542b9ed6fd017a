"""What each kind of condition takes for abnormal."""

from __future__ import annotations

import pytest
from condition_strategies import SETPOINT, VALUE, thresholds, values
from hypothesis import given
from hypothesis import strategies as st

from alarms.conditions.engine import bands, feed
from alarms.conditions.limits import Deviation, Limit, Threshold
from alarms.conditions.model import NO_BAND, Condition, Memory, Sample, Spec
from alarms.conditions.rates import Rate
from alarms.conditions.states import BadQuality, Discrete, Signal


def actives(condition: Condition, samples: list[Sample]) -> list[bool]:
    """Whether it is active after each of the samples."""
    memory = Memory()
    found = []
    for sample in samples:
        feed(Spec(condition), memory, [sample])
        found.append(memory.active)
    return found


def of(*numbers: float | None) -> list[Sample]:
    """One sample each second; None is of bad quality."""
    return [
        Sample(1000 * i, VALUE, value, good=value is not None) for i, value in enumerate(numbers)
    ]


# ---------------------------------------------------------------- limits


def test_high_is_active_above_its_limit_and_returns_a_deadband_below_it() -> None:
    high = Limit(VALUE, Threshold(10.0, 2.0))
    assert actives(high, of(10, 10.1, 10, 8.1, 8, 10)) == [False, True, True, True, False, False]


def test_low_is_active_below_its_limit_and_returns_a_deadband_above_it() -> None:
    low = Limit(VALUE, Threshold(10.0, 2.0, falling=True))
    assert actives(low, of(10, 9.9, 11.9, 12, 10)) == [False, True, True, False, False]


def test_without_a_deadband_a_counter_that_is_back_at_its_limit_has_returned() -> None:
    assert actives(Limit(VALUE, Threshold(0.0)), of(0, 1, 0)) == [False, True, False]


def test_a_text_is_no_value_to_compare() -> None:
    high = Limit(VALUE, Threshold(10.0))
    assert actives(high, [*of(11), Sample(5000, VALUE, None)]) == [True, True]


@given(thresholds, st.booleans(), st.booleans(), values)
def test_a_side_holds_exactly_the_values_that_are_judged_so(
    threshold: Threshold, passed: bool, active: bool, value: float
) -> None:
    low, high = threshold.side(passed=passed, active=active)
    within = (low is None or low <= value) and (high is None or value <= high)
    assert within == (threshold.is_passed(value, active=active) == passed)


# ---------------------------------------------------------------- deviation


def test_a_deviation_counts_to_either_side() -> None:
    deviation = Deviation(VALUE, SETPOINT, Threshold(5.0, 1.0))
    samples = [Sample(0, SETPOINT, 50.0), *of(55, 55.1, 54.5, 54, 44.9, 46)]
    assert actives(deviation, samples)[1:] == [False, True, True, False, True, False]


def test_a_setpoint_that_moves_away_is_a_deviation_too() -> None:
    deviation = Deviation(VALUE, SETPOINT, Threshold(5.0))
    samples = [*of(50), Sample(1000, SETPOINT, 50.0), Sample(2000, SETPOINT, 60.0)]
    assert actives(deviation, samples) == [False, False, True]


@pytest.mark.parametrize("missing", [[], [Sample(0, SETPOINT, 0.0, good=False)]])
def test_without_a_good_setpoint_nobody_can_say(missing: list[Sample]) -> None:
    assert not any(actives(Deviation(VALUE, SETPOINT, Threshold(5.0)), [*missing, *of(50, 99)]))


# ---------------------------------------------------------------- rate


def test_a_rate_is_in_units_per_minute_from_the_oldest_point_in_the_window() -> None:
    memory, rate = Memory(), Rate(VALUE, Threshold(60.0), 4000)
    feed(Spec(rate), memory, of(0, 0, 0, 0, 2, 4, 6, 9))  # window: from the fourth second on
    assert rate.look(memory, 7000).value == (9 - 0) / 4 * 60


def test_a_rate_is_unknown_until_half_of_the_window_is_covered() -> None:
    rate = Rate(VALUE, Threshold(60.0), 4000)
    assert actives(rate, of(0, 50, 100)) == [False, False, True]


def test_a_value_that_stood_still_has_a_rate_when_it_moves() -> None:
    memory, rate = Memory(), Rate(VALUE, Threshold(60.0), 4000)
    feed(Spec(rate), memory, [*of(0, 1, 2), Sample(60_000, VALUE, 6.0)])
    assert rate.look(memory, 60_000).value == (6 - 2) / 4 * 60


def test_a_rate_is_unknown_again_after_a_bad_reading() -> None:
    memory, rate = Memory(), Rate(VALUE, Threshold(60.0), 4000)
    bad = Sample(30_000, VALUE, None, good=False)
    feed(Spec(rate), memory, [*of(0, 1, 2), bad, Sample(60_000, VALUE, 500.0)])
    assert rate.look(memory, 60_000).truth is None


def test_a_negative_limit_is_of_falling() -> None:
    falling = Rate(VALUE, Threshold(-60.0, 30.0, falling=True), 2000)
    assert actives(falling, of(9, 8.5, 7, 6, 5.2, 5)) == [*3 * [False], True, True, False]
    assert actives(falling, of(9, 7, 5, 5, 5)) == [False, True, True, True, False]


# ---------------------------------------------------------------- states and quality


def test_a_discrete_tag_is_abnormal_in_the_listed_states() -> None:
    discrete = Discrete(VALUE, (2.0, 5.0))
    assert actives(discrete, of(1, 2, 5, None, 3)) == [False, True, True, True, False]


def test_the_band_of_a_discrete_tag_reaches_to_the_nearest_abnormal_states() -> None:
    memory, spec = Memory(), Spec(Discrete(VALUE, (2.0, 5.0)))
    feed(spec, memory, of(3))
    low, high = bands(spec, memory)[VALUE]
    assert low is not None
    assert high is not None
    assert 2 < low < 2.001
    assert 4.999 < high < 5
    feed(spec, memory, of(0, 0)[1:])
    assert bands(spec, memory)[VALUE][0] is None


def test_bad_quality_is_what_it_says_and_never_unknown() -> None:
    bad = BadQuality(VALUE)
    assert actives(bad, [*of(1, None, 1), Sample(9000, VALUE, None)]) == [False, True, False, False]
    assert bad.look(Memory(), 0).truth is False


def test_every_good_value_is_quiet_while_the_quality_is_good() -> None:
    memory, spec = Memory(), Spec(BadQuality(VALUE))
    feed(spec, memory, of(1))
    assert bands(spec, memory)[VALUE] == (None, None)
    feed(spec, memory, of(1, None)[1:])
    assert bands(spec, memory)[VALUE] == NO_BAND


def test_a_signal_lasts_while_it_is_above_zero() -> None:
    assert actives(Signal(VALUE), of(0, 1, None, 0)) == [False, True, True, False]
