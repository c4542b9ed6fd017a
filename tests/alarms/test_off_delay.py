"""The off-delay that is proposed for a rule that chatters."""

from __future__ import annotations

import pytest
from backtest_plant import END, GOOD, START, Row, make_rule, make_tags, run, store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from alarms.backtest import OFF_DELAYS_S, Proposal, propose_off_delay
from devices.models import Tag


@pytest.fixture
def tag(db: None) -> Tag:
    return make_tags()[0]


def chattering(tag: Tag, *, gaps: list[int]) -> None:
    """Store excursions of half a second, with these times between them, seconds."""
    rows: list[Row] = []
    at = 0
    for gap in gaps:
        rows += [(at, 11.0, GOOD), (at + 500, 9.0, GOOD)]
        at += 500 + 1000 * gap
    store(tag, rows)


def test_the_shortest_off_delay_that_is_enough_is_proposed(tag: Tag) -> None:
    chattering(tag, gaps=[7] * 30)

    assert propose_off_delay(make_rule(tag), since=START, until=END) == Proposal(8, 1.0)


def test_a_rule_that_does_not_chatter_gets_no_proposal(tag: Tag) -> None:
    chattering(tag, gaps=[600] * 10)

    assert propose_off_delay(make_rule(tag), since=START, until=END) is None


def test_a_delay_ends_early_at_a_value_within_the_deadband(tag: Tag) -> None:
    """The case in which the changes alone would say otherwise."""
    store(tag, [row for n in range(40) for row in (
        (n * 10_000, 11.0, GOOD), (n * 10_000 + 2000, 7.0, GOOD), (n * 10_000 + 3000, 9.0, GOOD)
    )])  # fmt: skip

    proposal = propose_off_delay(make_rule(tag, deadband=2.0), since=START, until=END)

    assert proposal == Proposal(2, 1.0)  # although 8 s lie between two activations


class AnyChattering(TestCase):  # type: ignore[misc]
    """The proposal is that of trying all delays one after the other."""

    @given(
        gaps=st.lists(st.sampled_from([1, 3, 6, 9, 14, 25, 40, 300]), min_size=3, max_size=60),
        deadband=st.sampled_from([0.0, 1.0]),
    )
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_halving_finds_what_trying_all_finds(self, gaps: list[int], deadband: float) -> None:
        tag, _ = make_tags()
        chattering(tag, gaps=gaps)
        rule = make_rule(tag, deadband=deadband)
        before = run(rule).counts.chattering
        enough = []
        for delay in OFF_DELAYS_S if before else ():
            delayed = make_rule(tag, deadband=deadband, off_delay_s=delay)
            removed = 1 - run(delayed).counts.chattering / before
            enough += [Proposal(delay, removed)] if removed >= 0.9 else []

        found = propose_off_delay(rule, since=START, until=END)

        assert found == (enough[0] if enough else None)
