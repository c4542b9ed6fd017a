"""Which alarms are a nuisance: they chatter, are gone at once, or make most of the load."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from alarms.metrics import policy
from alarms.metrics.offdelay import OffDelay, off_delay_for
from alarms.metrics.policy import Verdict
from alarms.metrics.span import LOAD, UNSEEN, Span, ask


@dataclass(frozen=True, slots=True)
class Nuisance:
    """How often which alarm did it."""

    times: dict[int, int]  # by alarm; the worst first

    @property
    def alarms(self) -> int:
        """How many alarms did it at all."""
        return len(self.times)

    @property
    def total(self) -> int:
        """How often it happened."""
        return sum(self.times.values())

    @property
    def verdict(self) -> Verdict | None:
        """What it says: any is one too many."""
        return policy.NUISANCE.judge(self.alarms)


_CHATTERING: Final = f"""
with told as (
    select alarm_id, at - lag(at, %(raises)s - 1) over (partition by alarm_id order by at) as took
    from alarms_journalentry where {LOAD}
)
select alarm_id, count(*) from told where took < %(within)s group by 1 order by 2 desc, 1
"""  # noqa: S608


def chattering(site_id: int, span: Span) -> Nuisance:
    """Return the alarms that were raised three times within a minute, and how many raises were so.

    A raise counts if the second one before it was less than 60 s ago (ISA-18.2, EEMUA 191: there is
    to be no chattering alarm).
    """
    rows = ask(
        _CHATTERING,
        site_id,
        span,
        raises=policy.CHATTER_RAISES,
        within=timedelta(seconds=policy.CHATTER_S),
    )
    return Nuisance(dict(rows))


_FLEETING: Final = f"""
with told as (
    select alarm_id, occurrence, source_time from alarms_journalentry where {LOAD}
), cleared as (
    select alarm_id, occurrence, source_time from alarms_journalentry where {UNSEEN}
)
select alarm_id, count(*) from told join cleared using (alarm_id, occurrence)
where cleared.source_time - told.source_time < %(within)s
group by 1 order by 2 desc, 1
"""  # noqa: S608


def fleeting(site_id: int, span: Span) -> Nuisance:
    """Return the alarms that were gone within 10 s, before anybody acknowledged them (ISA-18.2)."""
    within = timedelta(seconds=policy.FLEETING_S)
    return Nuisance(dict(ask(_FLEETING, site_id, span, within=within)))


# ---------------------------------------------------------------- bad actors

NEWEST: Final = 500  # entries of an alarm that its off-delay is judged by: some 250 intervals


@dataclass(frozen=True, slots=True)
class Actor:
    """One alarm, as its newest journal entry of the span names it, and its part of the load."""

    alarm_id: int
    rule_id: int
    rule: str
    priority: int
    device: str  # UID; empty: of the site
    tag: str
    raises: int
    share: float  # of the load, 0 to 1
    off_delay: OffDelay | None  # what would have helped


@dataclass(frozen=True, slots=True)
class BadActors:
    """The alarms that make most of the load, the worst first."""

    actors: list[Actor]  # the first ten, then those that were asked for besides
    top_share: float | None  # of the load, by the first ten; None: there was no alarm
    alarms: int = 0  # how many different ones were raised

    @property
    def verdict(self) -> Verdict | None:
        """What the share of the ten says; nothing where there are hardly more than ten."""
        if self.alarms < policy.TOP_FROM:
            return None
        return policy.TOP_SHARE.judge(self.top_share)


# How long each alarm was normal between a return and the next raise comes out of its newest
# entries, in the order in which they were written.
_ACTORS: Final = f"""
with counted as (
    select alarm_id, count(*) as raises from alarms_journalentry where {LOAD} group by 1
), ranked as (
    select *, sum(raises) over () as total, count(*) over () as alarms,
        row_number() over (order by raises desc, alarm_id) as place
    from counted
)
select alarm_id, rule_id, rule_name, priority, device_uid, tag_name, raises,
    (raises / total)::float8,
    array(
        select extract(epoch from next - source_time)::float8
        from (
            select action, source_time, lead(action) over said as follows,
                lead(source_time) over said as next
            from (
                select id, at, action, source_time from alarms_journalentry
                where alarm_id = ranked.alarm_id and site_id = %(site)s
                    and at >= %(start)s and at < %(end)s
                    and action in ('raise', 'clear') and not historical
                order by at desc, id desc limit %(newest)s
            ) newest window said as (order by at, id)
        ) pairs where action = 'clear' and follows = 'raise'
    ), alarms
from ranked cross join lateral (
    select rule_id, rule_name, priority, device_uid, tag_name from alarms_journalentry named
    where named.alarm_id = ranked.alarm_id and site_id = %(site)s and at < %(end)s
    order by at desc, id desc limit 1
) named
where place <= %(top)s or alarm_id = any(%(besides)s)
order by place
"""  # noqa: S608


def bad_actors(site_id: int, span: Span, besides: Iterable[int] = ()) -> BadActors:
    """Return the ten alarms that were raised most, and what they are of all raises.

    Ten alarms are to make 1 to 5 % of the load (ISA-18.2); more than 20 % means that a few repairs
    would help much.

    Args:
        site_id: of which site.
        span: over which time.
        besides: alarms to be told of too, if they were raised at all.
    """
    rows = ask(_ACTORS, site_id, span, top=policy.TOP, newest=NEWEST, besides=sorted(set(besides)))
    actors = [_actor(row) for row in rows]  # in the order of their places
    if not rows:
        return BadActors(actors, None)
    return BadActors(actors, sum(a.share for a in actors[: policy.TOP]), alarms=rows[0][-1])


def _actor(row: tuple[Any, ...]) -> Actor:
    alarm_id, rule_id, rule, priority, device, tag, raises, share, gaps, _alarms = row
    off_delay = off_delay_for(gaps)
    return Actor(alarm_id, rule_id, rule, priority, device, tag, raises, share, off_delay)
