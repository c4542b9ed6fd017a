"""The precision of cameras, its interval, and the threshold that is proposed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.precision import LEAST, WANTED, Z_95, Marked, advise, wilson

shares = st.integers(0, 400).flatmap(
    lambda trials: st.tuples(st.integers(0, trials), st.just(trials))
)
marks = st.lists(
    st.builds(
        Marked,
        percent=st.integers(500, 999).map(lambda mille: mille / 10),
        is_true=st.booleans(),
        count=st.integers(1, 9),
    ),
    max_size=40,
)


@given(shares)
def test_the_interval_contains_the_share_and_stays_between_0_and_1(known: tuple[int, int]) -> None:
    successes, trials = known
    interval = wilson(successes, trials)
    assert 0 <= interval.low <= interval.high <= 1
    if trials:
        assert interval.low <= successes / trials <= interval.high


@given(shares)
def test_the_ends_of_the_interval_solve_the_equation_that_defines_it(
    known: tuple[int, int],
) -> None:
    """|p - share| = z √(p (1 - p) / n) at both ends: Wilson 1927."""
    successes, trials = known
    if trials == 0:
        return
    interval = wilson(successes, trials)
    for end in (interval.low, interval.high):
        distance = abs(end - successes / trials)
        spread = Z_95 * math.sqrt(end * (1 - end) / trials)
        assert distance == pytest.approx(spread, abs=1e-7)


@given(shares)
def test_what_holds_of_successes_holds_of_failures_mirrored(known: tuple[int, int]) -> None:
    successes, trials = known
    one, other = wilson(successes, trials), wilson(trials - successes, trials)
    assert one.low == pytest.approx(1 - other.high, abs=1e-12)


@given(st.integers(0, 60), st.integers(1, 60))
def test_more_marks_of_the_same_share_are_known_more_surely(successes: int, failures: int) -> None:
    few = wilson(successes, successes + failures)
    many = wilson(10 * successes, 10 * (successes + failures))
    assert many.high - many.low < few.high - few.low


def test_the_interval_is_the_published_one() -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 857-872, table I: 81 of 263, and 0 of 20."""
    interval = wilson(81, 263)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)
    none = wilson(0, 20)
    assert (none.low, round(none.high, 4)) == (0.0, 0.1611)


@pytest.mark.parametrize(("successes", "trials"), [(-1, 3), (4, 3), (1, 0)])
def test_more_successes_than_trials_are_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        wilson(successes, trials)


@given(marks)
def test_a_threshold_loses_and_spares_exactly_what_it_does_not_report(rows: list[Marked]) -> None:
    advice = advise(rows, 50)
    true = sum(row.count for row in rows if row.is_true)
    total = sum(row.count for row in rows)
    assert (advice.now.lost, advice.now.spared, advice.now.marked) == (0, 0, total)
    for choice in advice.choices:
        assert choice.true + choice.lost == true
        assert choice.false + choice.spared == total - true


@given(marks)
def test_a_higher_threshold_never_loses_less(rows: list[Marked]) -> None:
    lost = [choice.lost for choice in advise(rows, 50).choices]
    assert lost == sorted(lost)


@given(marks)
def test_what_is_proposed_is_the_lowest_that_is_surely_precise_enough(rows: list[Marked]) -> None:
    advice = advise(rows, 50)
    good = [
        choice
        for choice in advice.choices
        if choice.marked >= LEAST and choice.interval.low >= WANTED
    ]
    assert advice.proposed == (good[0] if good else None)
    assert advice.is_enough == (advice.now.marked >= LEAST)


def test_from_too_few_marks_nothing_is_proposed() -> None:
    few = [Marked(90, is_true=True, count=LEAST - 1)]
    assert advise(few, 50, wanted=0.5).proposed is None
    enough = advise([Marked(90, is_true=True, count=LEAST)], 50, wanted=0.5)
    assert enough.proposed is enough.now


def test_false_alarms_of_low_confidence_ask_for_a_higher_threshold() -> None:
    rows = [Marked(57.2, is_true=False, count=30), Marked(58, is_true=True, count=2)]
    advice = advise([*rows, Marked(85, is_true=True, count=60)], 52.5)
    assert advice.proposed is not None
    proposed = advice.proposed
    assert (proposed.percent, proposed.lost, proposed.spared) == (60, 2, 30)
    assert [choice.percent for choice in advice.choices][:3] == [52.5, 55, 60]
