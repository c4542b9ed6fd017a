"""Every figure is what a slow walk through the journal finds, also for odd and large journals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics_reference import Reference

from alarms.metrics import Range, Span, load, nuisance, response, span_of
from alarms.models import JournalEntry
from alarms.states import Trigger
from bench.alarm_month import DAYS, START, Entry, S, Story, month, store

SITE = 7
MONTH = Span(START, START + timedelta(days=DAYS))


def compare(entries: list[Entry], span: Span) -> None:
    """Check every figure of the journal against the slow walk."""
    slow = Reference(entries, span)
    assert load.rate(SITE, span) == slow.rate()
    found, expected = load.floods(SITE, span), slow.floods()
    assert found.floods == expected.floods
    assert found.share == pytest.approx(expected.share)
    assert load.mix(SITE, span) == slow.mix()
    chattering, fleeting = nuisance.chattering(SITE, span), nuisance.fleeting(SITE, span)
    assert list(chattering.times.items()) == list(slow.chattering().times.items())
    assert list(fleeting.times.items()) == list(slow.fleeting().times.items())
    besides = [*list(chattering.times)[:5], *list(fleeting.times)[:5]]
    worst = nuisance.bad_actors(SITE, span, besides)
    rows, share = slow.bad_actors(besides)
    assert [(a.alarm_id, a.raises, a.off_delay) for a in worst.actors] == rows
    assert worst.top_share == pytest.approx(share)
    assert worst.alarms == len({e.alarm for e in slow.told})
    responses = slow.responses()
    assert [(r.priority, r.count) for r in response.responses(SITE, span)] == [
        (r.priority, r.count) for r in responses
    ]
    for one, other in zip(response.responses(SITE, span), responses, strict=True):
        assert (one.median_s, one.p90_s) == pytest.approx((other.median_s, other.p90_s))
    shelved, known = response.shelving(SITE, span), slow.shelving()
    assert (shelved.count, shelved.alarms) == (known.count, known.alarms)
    assert shelved.hours == pytest.approx(known.hours)


def fill(entries: list[Entry]) -> None:
    """Put entries into the journal, and as many of another site beside them."""
    store(entries, SITE)
    store([e for e in entries[:500] if e.action == "raise"], SITE + 1)
    with connection.cursor() as cursor:  # the slow walk takes longer than a transaction may idle
        cursor.execute("set local idle_in_transaction_session_timeout = 0")


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", list(Range))
def test_every_figure_of_a_month_is_what_a_slow_walk_finds(wanted: Range) -> None:
    entries = month(5000)
    fill(entries)
    compare(entries, MONTH)
    compare(entries, span_of(wanted, START + timedelta(days=24.3)))


@pytest.mark.django_db
def test_a_site_without_alarms_has_figures_too() -> None:
    compare([], MONTH)


GAP = st.sampled_from([0, 1, 3 * S, 9 * S, 10 * S, 20 * S, 60 * S, 599 * S, 600 * S, 4000 * S])
STEP = st.tuples(GAP, st.integers(1, 3), st.sampled_from(list(Trigger)[:6]), st.integers(0, 2 * S))
FLOOD = st.lists(st.tuples(GAP, st.integers(1, 30)), min_size=15, max_size=40)


def journal_of(steps: list[tuple[int, int, Trigger, int]]) -> list[Entry]:
    """Let three alarms do these things one after the other."""
    stories = {n: Story(n, priority=n, latching=n == 2) for n in (1, 2, 3)}
    at, told = 0, []
    for gap, alarm, trigger, late in steps:
        at += gap
        story = stories[alarm]
        seen = len(story.entries)
        story.pull(trigger, at, late)
        told += story.entries[seen:]
    return told


@pytest.mark.django_db
@settings(max_examples=60)
@given(steps=st.lists(STEP, max_size=60), start=st.integers(-1, 1), length=st.integers(1, 9))
def test_odd_journals_have_the_same_figures(
    steps: list[tuple[int, int, Trigger, int]], start: int, length: int
) -> None:
    entries = journal_of(steps)
    began = START + timedelta(minutes=10 * start)
    with transaction.atomic():
        store(entries, SITE)
        compare(entries, Span(began, began + timedelta(minutes=10 * length, seconds=7)))
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=60)
@given(raises=FLOOD)
def test_floods_begin_and_end_on_the_moment(raises: list[tuple[int, int]]) -> None:
    at, entries = 0, []
    for gap, alarm in raises:
        at += gap // 8
        states = ("normal", "unacknowledged")
        place = len(entries)
        entries.append(Entry(at, at, alarm, place, 3, "raise", *states, "", True, False))
    with transaction.atomic():
        store(entries, SITE)
        compare(entries, Span(START, START + timedelta(hours=12)))
        transaction.set_rollback(True)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_million_entries_have_the_same_figures() -> None:
    entries = month(1_000_000)
    fill(entries)
    assert JournalEntry.objects.filter(site_id=SITE).count() == 1_000_000
    compare(entries, MONTH)
    compare(entries, span_of(Range.DAY, START + timedelta(days=20)))
