"""How alarms are dealt with: what stands, how soon it is acknowledged, how much is shelved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from alarms.metrics import policy
from alarms.metrics.policy import Verdict
from alarms.metrics.span import ANSWERS, LOAD, Span, ask

# ---------------------------------------------------------------- now

_ACTIVE: Final = """
a.site_id = %(site)s and a.state in ('unacknowledged', 'acknowledged')
    and not (a.shelved or a.suppressed or a.out_of_service)"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Alarms that are active now and not held back."""

    counts: dict[int, int]  # by priority, 1 to 4

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def verdict(self) -> Verdict | None:
        """What it says."""
        return policy.STANDING.judge(self.total)


_STANDING: Final = f"""
select r.priority, count(*) from alarms_alarm a join alarms_rule r on r.id = a.rule_id
where {_ACTIVE} group by 1
"""  # noqa: S608


def standing(site_id: int, span: Span) -> Standing:
    """Return what is active now: fewer than 10 alarms, not more than 30 (EEMUA 191)."""
    found = dict(ask(_STANDING, site_id, span))
    return Standing({priority: found.get(priority, 0) for priority in (1, 2, 3, 4)})


@dataclass(frozen=True, slots=True)
class StaleAlarm:
    """An alarm that has been active for very long."""

    alarm_id: int
    rule_id: int
    rule: str
    priority: int
    device: str  # UID; empty: of the site
    tag: str
    since: datetime  # source time


@dataclass(frozen=True, slots=True)
class Stale:
    """All that are active for longer than a day and not held back, the oldest first."""

    alarms: list[StaleAlarm]

    @property
    def verdict(self) -> Verdict | None:
        """What it says."""
        return policy.STALE.judge(len(self.alarms))


_STALE: Final = f"""
select a.id, r.id, r.name, r.priority, coalesce(d.uid, ''), coalesce(t.name, ''), a.raised_at
from alarms_alarm a join alarms_rule r on r.id = a.rule_id
left join devices_device d on d.id = a.device_id left join devices_tag t on t.id = a.tag_id
where {_ACTIVE} and a.raised_at < %(before)s order by a.raised_at, a.id
"""  # noqa: S608


def stale(site_id: int, span: Span) -> Stale:
    """Return what has been active for more than 24 h: fewer than 5, each with a plan (ISA-18.2)."""
    before = span.end - timedelta(seconds=policy.STALE_S)
    return Stale([StaleAlarm(*row) for row in ask(_STALE, site_id, span, before=before)])


# ---------------------------------------------------------------- acknowledging


@dataclass(frozen=True, slots=True)
class Response:
    """How soon alarms of one priority were acknowledged."""

    priority: int
    count: int  # raises that were acknowledged
    median_s: float
    p90_s: float  # nine of ten were sooner


_RESPONSES: Final = f"""
with told as (
    select alarm_id, occurrence, priority, at from alarms_journalentry where {LOAD}
), answered as (
    select alarm_id, occurrence, at from alarms_journalentry where {ANSWERS}
), waits as (
    select priority, extract(epoch from answered.at - told.at)::float8 as s
    from told join answered using (alarm_id, occurrence)
)
select priority, count(*), percentile_cont(0.5) within group (order by s),
    percentile_cont(0.9) within group (order by s)
from waits group by 1 order by 1
"""  # noqa: S608


def responses(site_id: int, span: Span) -> list[Response]:
    """Return the time from raise to acknowledgement by priority: a trend, without a target.

    Raises that were never acknowledged, or only when the alarm was raised again, do not count.
    """
    return [Response(*row) for row in ask(_RESPONSES, site_id, span)]


# ---------------------------------------------------------------- shelving


@dataclass(frozen=True, slots=True)
class Shelving:
    """How much operators put aside: a trend, without a target."""

    count: int  # how often somebody shelved an alarm in the span
    alarms: int  # how many alarms were shelved at some time of it
    hours: float  # together, of the span


# Shelving what is shelved makes it longer: each stretch ends with the next entry of the alarm.
_SHELVING: Final = """
with said as (
    select alarm_id, at, action,
        lead(at, 1, %(end)s) over (partition by alarm_id order by at) as until
    from alarms_journalentry
    where site_id = %(site)s and at < %(end)s and action in ('shelve', 'unshelve')
)
select count(*) filter (where at >= %(start)s), count(distinct alarm_id),
    coalesce(sum(extract(epoch from until - greatest(at, %(start)s))), 0)::float8 / 3600
from said where action = 'shelve' and until > %(start)s
"""


def shelving(site_id: int, span: Span) -> Shelving:
    """Return how often and how long alarms were shelved (ISA-18.2 asks for it to be watched)."""
    ((count, alarms, hours),) = ask(_SHELVING, site_id, span)
    return Shelving(count, alarms, hours)
