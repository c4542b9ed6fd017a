from __future__ import annotations

import math
from itertools import product

import pytest
from expression_plant import AT, compiled, memory, truth
from hypothesis import given
from hypothesis import strategies as st

from alarms.conditions.engine import feed
from alarms.conditions.means import mean_over
from alarms.conditions.model import NO_BAND, Change, Judgement, Memory, Sample, Spec
from alarms.expressions.condition import ExpressionCondition
from alarms.expressions.evaluation import Moment, judge

TRUTHS = (True, False, None)


def flags(**truths: bool | None) -> Memory:
    """Return a memory in which cameras see fire (a: cam-2, b: cam-3), do not, or nobody knows."""
    operands = {"a": "seen:4:fire", "b": "seen:5:fire", "c": "seen:5:smoke"}
    known = {operands[name]: truth for name, truth in truths.items() if truth is not None}
    return memory(*(operand if truth else f"!{operand}" for operand, truth in known.items()))


A, B, C = "fire(cam-2)", "fire(cam-3)", "smoke(cam-3)"


@pytest.mark.parametrize(("a", "b"), list(product(TRUTHS, repeat=2)))
def test_and_is_the_least_and_or_the_greatest_with_unknown_in_between(
    a: bool | None, b: bool | None
) -> None:
    rank = {False: 0, None: 1, True: 2}
    remembered = flags(a=a, b=b)
    assert truth(f"{A} and {B}", remembered) is min(a, b, key=rank.__getitem__)
    assert truth(f"{A} or {B}", remembered) is max(a, b, key=rank.__getitem__)


@pytest.mark.parametrize("a", TRUTHS)
def test_the_opposite_of_unknown_is_unknown(a: bool | None) -> None:
    assert truth(f"not {A}", flags(a=a)) is (None if a is None else not a)
    assert truth(f"not not {A}", flags(a=a)) is a


LAWS = [
    (f"not ({A} and {B})", f"not {A} or not {B}"),
    (f"not ({A} or {B})", f"not {A} and not {B}"),
    (f"{A} and ({B} or {C})", f"{A} and {B} or {A} and {C}"),
    (f"{A} or {B} and {C}", f"({A} or {B}) and ({A} or {C})"),
    (f"{A} and {B}", f"{B} and {A}"),
    (f"({A} or {B}) or {C}", f"{A} or ({B} or {C})"),
    (f"{A} and ({A} or {B})", A),
]


@pytest.mark.parametrize(("one", "other"), LAWS, ids=range(len(LAWS)))
def test_the_laws_of_three_valued_logic_hold(one: str, other: str) -> None:
    for a, b, c in product(TRUTHS, repeat=3):
        remembered = flags(a=a, b=b, c=c)
        assert truth(one, remembered) is truth(other, remembered)


_numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.tuples(_numbers, _numbers, _numbers), st.sampled_from("+-*/"))
def test_numbers_are_calculated_or_unknown_and_never_infinite(
    values: tuple[float | None, ...], sign: str
) -> None:
    named = zip(("t5", "t6", "t3"), values, strict=True)
    known = {name: value for name, value in named if value is not None}
    statement = compiled(f"(a.x {sign} b.y) * conveyor-1.running > 1").statement
    judgement = judge(statement, Moment(memory(**known), AT))
    assert judgement.value is None or math.isfinite(judgement.value)
    assert (judgement.truth is None) == (judgement.value is None)
    if None in values:
        assert judgement.truth is None


def test_a_division_by_zero_is_unknown() -> None:
    assert truth("a.x / b.y > 1", memory(t5=1, t6=0)) is None


@pytest.mark.parametrize(
    ("sign", "truths"),
    [
        ("=", (False, True, False)), ("!=", (True, False, True)), ("<", (True, False, False)),
        ("<=", (True, True, False)), (">", (False, False, True)), (">=", (False, True, True)),
    ],
)  # fmt: skip
def test_each_sign_compares_as_it_says(sign: str, truths: tuple[bool, ...]) -> None:
    found = tuple(truth(f"a.x {sign} 2", memory(t5=value)) for value in (1, 2, 3))
    assert found == truths


def test_a_setpoint_with_an_offset_is_followed() -> None:
    text = "oven-1.temperature > oven-1.setpoint + 5"
    assert truth(text, memory(t1=106, t2=100)) is True
    assert truth(text, memory(t1=105, t2=100)) is False
    assert truth(text, memory(t1=106)) is None


def test_signs_and_absolute_values_are_those_of_arithmetic() -> None:
    assert truth("abs(a.x - b.y) >= 3 bar", memory(t5=1, t6=4)) is True
    assert truth("-a.x - 2 * b.y / 4 = -3", memory(t5=1, t6=4)) is True


def test_a_bad_reading_is_bad_and_has_no_value() -> None:
    assert truth("bad(PUMP-1.flow)", memory(bad=(4,))) is True
    assert truth("bad(PUMP-1.flow)", memory(t4=1)) is False
    assert truth("bad(PUMP-1.flow)", memory()) is None
    assert truth("PUMP-1.flow > 1", memory(bad=(4,))) is None


def test_online_is_unknown_until_somebody_said_so() -> None:
    text = "not online(GW-01) or bad(PUMP-1.flow)"
    assert truth(text, memory("!online:6")) is True
    assert truth(text, memory("online:6", t4=1)) is False
    assert truth(text, memory(t4=1)) is None


def past(operand: str, *points: tuple[float, float], good: bool = True) -> Memory:
    """Return a memory of points: how many seconds before AT, and the value."""
    known = [(AT - round(ago_s * 1000), value) for ago_s, value in points]
    newest = (known[-1][0], known[-1][1], good)
    return Memory(at=AT, held={operand: newest}, points={operand: known})


def test_a_rate_is_per_minute() -> None:
    remembered = past("tag:1", (60, 20), (30, 21), (0, 23))
    statement = compiled("rate(oven-1.temperature) > 2 °C/min").statement
    assert judge(statement, Moment(remembered, AT)) == Judgement(True, 3, 2)


def test_a_rate_is_unknown_until_half_of_its_window_is_covered_and_while_the_tag_is_bad() -> None:
    assert truth("rate(oven-1.temperature) > 2", past("tag:1", (29, 20), (0, 30))) is None
    assert truth("rate(oven-1.temperature) > 2", past("tag:1", (30, 20), (0, 30))) is True
    whole = past("tag:1", (60, 20), (0, 30), good=False)
    assert truth("rate(oven-1.temperature) > 2", whole) is None


def test_each_rate_has_a_window_of_its_own() -> None:
    text = "rate(a.x, 30 s) > 5 and rate(a.x, 2 min) < 5"
    assert truth(text, past("tag:5", (120, 0), (30, 0), (0, 4))) is True


def test_a_mean_counts_each_value_for_as_long_as_it_stood() -> None:
    points = [(0, 10.0), (40_000, 40.0)]
    assert mean_over(points, 60_000, 60_000) == pytest.approx(20)
    assert mean_over(points, 100_000, 60_000) == pytest.approx(40)
    assert mean_over(points, 50_000, 40_000) == pytest.approx(17.5)
    assert mean_over(points, 29_999, 60_000) is None
    assert mean_over([], 60_000, 60_000) is None


@given(
    st.lists(st.tuples(st.integers(0, 100_000), st.floats(-1e6, 1e6)), min_size=1).map(sorted),
    st.integers(0, 120_000),
)
def test_a_mean_lies_between_the_least_and_the_greatest_value(
    points: list[tuple[int, float]], at: int
) -> None:
    mean = mean_over(points, at, 60_000)
    values = [value for _, value in points]
    if mean is not None:
        assert min(values) - 1e-3 <= mean <= max(values) + 1e-3


def test_value_and_limit_are_those_of_the_first_comparison_that_is_true() -> None:
    statement = compiled("fire(cam-3) and (a.x > 1 or b.y > 2)").statement
    judgement = judge(statement, Moment(memory("seen:5:fire", t5=0, t6=7), AT))
    assert judgement == Judgement(True, 7, 2)


def test_value_and_limit_are_those_of_the_first_comparison_if_none_is_true() -> None:
    statement = compiled("a.x > 1 or b.y > 2").statement
    assert judge(statement, Moment(memory(t5=0), AT)) == Judgement(None, 0, 1)


def test_without_a_comparison_there_is_neither_value_nor_limit() -> None:
    statement = compiled("fire(cam-3)").statement
    assert judge(statement, Moment(memory("seen:5:fire"), AT)) == Judgement(True, None, None)


def test_an_expression_is_a_condition_that_the_engine_judges() -> None:
    condition = ExpressionCondition(compiled("fire(cam-3) and rate(oven-1.temperature) > 2"))
    remembered = Memory()
    heat = [Sample(AT + s * 1000, "tag:1", 20 + s / 10) for s in range(60)]
    fire = [Sample(AT + 60_000, "seen:5:fire", 1.0), Sample(AT + 70_000, "seen:5:fire", 0.0)]
    changes = feed(Spec(condition), remembered, [*heat, *fire])
    assert changes == [
        Change(AT + 60_000, active=True, value=pytest.approx(5.9), limit=2.0),
        Change(AT + 70_000, active=False, value=pytest.approx(4.9), limit=2.0),
    ]


def test_every_sample_of_an_expression_matters() -> None:
    condition = ExpressionCondition(compiled("mean(a.x, 2 min) > b.y"))
    assert {condition.band(Memory(), each) for each in condition.operands} == {NO_BAND}
    assert condition.operands == {"tag:5", "tag:6"}
    assert condition.windows == {"tag:5": 120_000}
