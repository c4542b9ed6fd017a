from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from edge.pacing import Backoff, Breaker, Bucket, Grid

PERIOD = st.floats(0.01, 3600)
START = st.floats(0, 1e6)


@given(START, PERIOD, st.floats(0, 1e5))
def test_the_next_moment_is_on_the_grid_and_at_most_a_period_away(
    start: float, period: float, later: float
) -> None:
    now = start + later
    moment = Grid(start, period).next_after(now)
    assert now < moment <= now + period * 1.001
    steps = (moment - start) / period
    assert math.isclose(steps, round(steps), abs_tol=1e-4)


def test_a_scan_that_takes_too_long_skips_moments_instead_of_bunching_them() -> None:
    grid = Grid(100.0, 1.0)
    assert grid.next_after(99.0) == 100.0
    assert grid.next_after(100.0) == 101.0
    assert grid.next_after(103.4) == 104.0


def test_ten_thousand_scans_do_not_drift() -> None:
    grid, now = Grid(0.0, 0.1), 0.0
    for _ in range(10_000):
        now = grid.next_after(now + 0.03)
    assert math.isclose(now, 1000.0, abs_tol=1e-6)


def test_a_breaker_lets_one_probe_through_after_each_pause_and_doubles_the_pause() -> None:
    breaker = Breaker(2.0, 30.0)
    assert breaker.is_closed
    now, pauses = 0.0, []
    for _ in range(6):
        assert breaker.allows(now)
        breaker.failed(now)
        assert not breaker.is_closed
        pause = next(s for s in range(1, 60) if breaker.allows(now + s))
        pauses.append(pause)
        now += pause
    assert pauses == [2, 4, 8, 16, 30, 30]


def test_a_probe_that_succeeds_closes_the_breaker() -> None:
    breaker = Breaker()
    breaker.failed(0.0)
    assert not breaker.allows(1.0)
    breaker.succeeded()
    assert breaker.is_closed
    assert breaker.allows(1.0)


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0.1, 30)), max_size=50))
def test_a_bucket_never_gives_more_than_its_rate_and_one_burst(
    uses: list[tuple[float, float]],
) -> None:
    rate, size, now, taken = 10.0, 20.0, 0.0, 0.0
    bucket = Bucket(rate, size, now)
    for pause, tokens in uses:
        now += max(pause, bucket.wait_s(now))
        assert bucket.wait_s(now) <= 1e-3
        assert taken <= rate * now + size + 1e-6  # what was used before this use
        bucket.take(tokens, now)
        taken += tokens


def test_the_pauses_between_attempts_are_drawn_from_a_bound_that_doubles() -> None:
    backoff = Backoff(0.5, 30.0, draw=lambda low, high: low + high)
    assert [backoff.next_s() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.next_s(60.0) == 60.0
    backoff.reset()
    assert backoff.next_s() == 0.5


def test_the_jitter_goes_down_to_no_pause_at_all() -> None:
    drawn: list[tuple[float, float]] = []
    Backoff(0.5, 30.0, draw=lambda low, high: drawn.append((low, high)) or 0.0).next_s()
    assert drawn == [(0.0, 0.5)]
