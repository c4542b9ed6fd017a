"""What off-delay is proposed for an alarm that chatters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.metrics import OffDelay, off_delay_for
from alarms.metrics.offdelay import STEPS_S


def test_the_shortest_delay_that_removes_nearly_all_is_proposed() -> None:
    intervals = [4.0] * 20 + [7.5] * 71 + [3600.0] * 9
    assert off_delay_for(intervals) == OffDelay(8, removed=91, of=100)


def test_a_return_that_lasts_as_long_as_the_delay_is_a_return() -> None:
    assert off_delay_for([8.0, 8.0, 8.0]) == OffDelay(10, removed=3, of=3)


@pytest.mark.parametrize(
    "intervals", [[], [1.0, 1.0], [600.0] * 50, [1.0] * 4 + [90.0] * 5], ids=str
)
def test_nothing_is_proposed_where_it_would_not_help(intervals: list[float]) -> None:
    assert off_delay_for(intervals) is None


@given(st.lists(st.floats(-5, 200), max_size=50))
def test_a_proposal_removes_what_it_says(intervals: list[float]) -> None:
    proposed = off_delay_for(intervals)
    if proposed is not None:
        assert proposed.seconds in STEPS_S
        assert proposed.removed == sum(s < proposed.seconds for s in intervals)
        assert 0 < proposed.share <= 1
