"""What stands now, over which time figures are made, and what they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alarms.metrics import Range, Span, Threshold, Verdict, policy, response, span_of
from alarms.metrics.load import Mix
from alarms.metrics.nuisance import BadActors
from alarms.models import Alarm, Kind, Rule
from alarms.states import State
from devices.models import Site

NOW = datetime(2026, 11, 3, 10, 17, 31, tzinfo=UTC)
SPAN = Span(NOW - timedelta(days=1), NOW)


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(slug="east", name="East works")


def make_alarm(site: Site, state: State, hours: float = 1, **fields: object) -> Alarm:
    """Make an alarm of a rule of its own, raised so long ago."""
    priority = int(str(fields.pop("priority", 3)))
    rule = Rule.objects.create(site=site, name="Offline", kind=Kind.OFFLINE, priority=priority)
    raised = NOW - timedelta(hours=hours)
    return Alarm.objects.create(
        rule=rule, site=site, source="site", state=state, raised_at=raised, **fields
    )


def test_an_alarm_stands_while_it_is_active_and_nothing_holds_it_back(site: Site) -> None:
    other = Site.objects.create(slug="west", name="West works")
    make_alarm(site, State.UNACKNOWLEDGED, priority=1)
    make_alarm(site, State.ACKNOWLEDGED)
    for state in set(State) - {State.UNACKNOWLEDGED, State.ACKNOWLEDGED}:
        make_alarm(site, state)
    for hold in ("shelved", "suppressed", "out_of_service"):
        make_alarm(site, State.ACKNOWLEDGED, **{hold: True})
    make_alarm(other, State.UNACKNOWLEDGED)

    assert response.standing(site.pk, SPAN).counts == {1: 1, 2: 0, 3: 1, 4: 0}


def test_stale_alarms_are_active_for_more_than_a_day_the_oldest_first(site: Site) -> None:
    made = [make_alarm(site, State.ACKNOWLEDGED, hours) for hours in (23.9, 24.1, 70)]
    make_alarm(site, State.ACKNOWLEDGED, 70, shelved=True)

    stale = response.stale(site.pk, SPAN)
    assert [one.alarm_id for one in stale.alarms] == [made[2].pk, made[1].pk]
    assert (stale.alarms[0].rule, stale.alarms[0].device) == ("Offline", "")
    assert stale.verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("wanted", "bins"), [(Range.DAY, 144), (Range.WEEK, 1008), (Range.MONTH, 4320)]
)
def test_a_span_is_of_whole_ten_minutes_of_which_the_last_one_runs(
    wanted: Range, bins: int
) -> None:
    span = span_of(wanted, NOW)
    assert span.start.minute % 10 == span.start.second == span.start.microsecond == 0
    assert span.end == NOW
    assert bins - 1 < span.bins <= bins


@pytest.mark.parametrize(
    ("threshold", "value", "verdict"),
    [
        (policy.RATE, 1, Verdict.GOOD),
        (policy.RATE, 1.1, Verdict.WARN),
        (policy.RATE, 2.1, Verdict.BAD),
        (policy.PEAK, 10, Verdict.GOOD),
        (policy.PEAK, 11, Verdict.BAD),
        (policy.BUSY, 0.01, Verdict.WARN),
        (policy.STANDING, 9, Verdict.GOOD),
        (policy.STANDING, 10, Verdict.WARN),
        (policy.STANDING, 31, Verdict.BAD),
        (policy.STALE, 500, Verdict.WARN),
        (policy.NUISANCE, 0, Verdict.GOOD),
        (policy.NUISANCE, 1, Verdict.BAD),
        (policy.TOP_SHARE, None, None),
    ],
    ids=str,
)
def test_a_figure_is_judged_by_its_threshold(
    threshold: Threshold, value: float | None, verdict: Verdict | None
) -> None:
    assert threshold.judge(value) is verdict


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((5, 15, 40, 40), Verdict.GOOD),
        ((5, 30, 40, 25), Verdict.WARN),
        ((11, 0, 80, 9), Verdict.BAD),
        ((0, 0, 0, 0), None),
    ],
    ids=str,
)
def test_where_much_is_urgent_the_mix_is_off_target(
    counts: tuple[int, ...], verdict: Verdict | None
) -> None:
    assert Mix(dict(enumerate(counts, 1))).verdict is verdict


@pytest.mark.parametrize(("alarms", "verdict"), [(19, None), (20, Verdict.BAD)])
def test_the_share_of_ten_alarms_says_nothing_where_there_are_hardly_more(
    alarms: int, verdict: Verdict | None
) -> None:
    assert BadActors([], 0.9, alarms).verdict is verdict
