"""The waiting room of one token, without a socket."""

from __future__ import annotations

import pytest

from realtime.arrivals import BURST, Arrivals, Crowded


def arrive(arrivals: Arrivals, count: int, now: float = 0.0) -> list[float]:
    return [arrivals.arrive("Bearer a", now) for _ in range(count)]


def test_a_gateway_that_restarts_some_times_never_waits() -> None:
    assert arrive(Arrivals(0.5), BURST) == [0] * BURST


def test_each_further_one_waits_longer() -> None:
    arrivals = Arrivals(0.5)
    arrive(arrivals, BURST)
    assert arrive(arrivals, BURST) == [2, 4, 6, 8, 10]


def test_who_is_refused_makes_nobody_wait_longer() -> None:
    arrivals = Arrivals(0.5)
    arrive(arrivals, 2 * BURST)
    for _ in range(100):
        with pytest.raises(Crowded) as told:
            arrivals.arrive("Bearer a", 0.0)
        assert told.value.retry_after_s == 12
    assert arrive(arrivals, 1, now=10.0) == [2]


def test_time_gives_the_connections_back() -> None:
    arrivals = Arrivals(0.5)
    arrive(arrivals, BURST)
    assert arrive(arrivals, BURST, now=2.0 * BURST) == [0] * BURST


def test_another_token_does_not_wait() -> None:
    arrivals = Arrivals(0.5)
    arrive(arrivals, BURST)
    assert arrivals.arrive("Bearer b", 0.0) == 0
