"""The token bucket of a connection."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.limits import Bucket, Pace


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    bucket = Bucket(rate=10, burst=20, now=0.0)
    assert [bucket.take(1, 0.0) for _ in range(20)] == [0.0] * 20
    assert bucket.take(1, 0.0) == 0.1
    assert bucket.take(1, 1.0) == 0.0


def test_debt_deeper_than_a_burst_is_too_much() -> None:
    bucket = Bucket(rate=10, burst=20, now=0.0)
    bucket.take(40, 0.0)
    assert not bucket.exhausted
    bucket.take(1, 0.0)
    assert bucket.exhausted


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 5)), max_size=50))
def test_no_more_than_rate_and_bursts_ever_pass(steps: list[tuple[float, float]]) -> None:
    bucket, now, passed = Bucket(rate=10, burst=20, now=0.0), 0.0, 0.0
    for tokens, pause in steps:
        now += pause
        bucket.take(tokens, now)
        passed += tokens
        assert bucket.exhausted or passed <= 10 * now + 40 + 1e-6


def test_a_key_is_let_through_once_in_a_while_and_costs_the_others_nothing() -> None:
    pace = Pace(1.0)
    assert pace.lets("CAM-1", 10.0)
    assert not pace.lets("CAM-1", 10.9)
    assert pace.lets("CAM-2", 10.9)
    assert pace.lets("CAM-1", 11.0)
