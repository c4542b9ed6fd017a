"""How much the operators are told: rate, floods, and of which priority."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from alarms.metrics import policy
from alarms.metrics.policy import Verdict
from alarms.metrics.span import BIN, LOAD, Span, ask

# ---------------------------------------------------------------- rate


@dataclass(frozen=True, slots=True)
class Rate:
    """Raises in ten minutes."""

    counts: list[int]  # in each ten minutes of the span; the last ones may still run
    average: float
    peak: int
    busy: int  # how many of the ten minutes had more than `policy.BUSY_FROM`

    @property
    def total(self) -> int:
        """All raises of the span."""
        return sum(self.counts)

    @property
    def busy_share(self) -> float:
        """How many of the ten minutes were busy, 0 to 1."""
        return self.busy / len(self.counts)

    @property
    def verdict(self) -> Verdict | None:
        """What the average says."""
        return policy.RATE.judge(self.average)

    @property
    def peak_verdict(self) -> Verdict | None:
        """What the worst ten minutes say."""
        return policy.PEAK.judge(self.peak)

    @property
    def busy_verdict(self) -> Verdict | None:
        """What the share of busy ten minutes says."""
        return policy.BUSY.judge(self.busy_share)


_RATE: Final = f"""
with told as (
    select date_bin(%(bin)s, at, %(start)s) as bin, count(*) as n
    from alarms_journalentry where {LOAD} group by bin
), bins as (
    select bin, coalesce(n, 0) as n
    from generate_series(%(start)s::timestamptz, %(end)s - interval '1 microsecond', %(bin)s) as bin
    left join told using (bin)
)
select array_agg(n order by bin), sum(n), max(n), count(*) filter (where n > %(busy)s) from bins
"""  # noqa: S608 - constants only


def rate(site_id: int, span: Span) -> Rate:
    """Return how many alarms operators are told of in ten minutes.

    Average at most 1 is manageable, more than 2 overdemanding; at most 10 in any ten minutes, and
    more than that in less than 1 % of them (EEMUA 191 and ISA-18.2, per operator console).
    """
    ((counts, total, peak, busy),) = ask(_RATE, site_id, span, bin=BIN, busy=policy.BUSY_FROM)
    return Rate([int(n) for n in counts], int(total) / span.bins, int(peak), int(busy))


# ---------------------------------------------------------------- floods


@dataclass(frozen=True, slots=True)
class Flood:
    """A time in which more is told than anybody can follow."""

    start: datetime  # of the raise that was too many
    end: datetime | None  # None: it lasts
    count: int  # raises, with those of the ten minutes that began it


@dataclass(frozen=True, slots=True)
class Floods:
    """All of a span, the newest first."""

    floods: list[Flood]
    share: float  # of the time, 0 to 1

    @property
    def verdict(self) -> Verdict | None:
        """What the time spent in floods says: the same as busy ten minutes."""
        return policy.BUSY.judge(self.share)


# Counted in the ten minutes before every moment: a raise is too many when the ninth before it is
# younger, and comes after a lull when the fifth before it is older. Only these turns are looked at
# more closely. The raise that never was, ten minutes after the span, ends what lasts until then.
_FLOODS: Final = f"""
with told as (
    select at from alarms_journalentry where {LOAD}
    union all select %(end)s + %(bin)s
), counted as (
    select at, row_number() over told as place, lag(at, %(ends)s) over told as fifth,
        lag(at, %(from)s - 1) over told as ninth,
        lag(at, 1) over told - lag(at, %(from)s) over told < %(bin)s as was_too_many
    from told window told as (order by at)
), turns as (
    select at, place, fifth, at - ninth < %(bin)s as too_many,
        count(*) filter (where at - fifth > %(bin)s)
            over (order by place rows between unbounded preceding and 1 preceding) as part
    from counted
    where at - fifth > %(bin)s or (at - ninth < %(bin)s and was_too_many is not true)
)
select min(at) filter (where too_many), max(fifth) filter (where not too_many) + %(bin)s,
    max(place) filter (where not too_many) - min(place) filter (where too_many) - 1 + %(from)s
from turns group by part having bool_or(too_many) order by 1 desc
"""  # noqa: S608


def floods(site_id: int, span: Span) -> Floods:
    """Return when operators were told too much.

    A flood begins with the tenth alarm in ten minutes and ends when fewer than five came in ten
    minutes (EEMUA 191, ISA-18.2); less than 1 % of the time is to be one. One that lasts as the
    span begins is seen with the tenth raise of the span.
    """
    rows = ask(
        _FLOODS, site_id, span, bin=BIN, **{"from": policy.FLOOD_FROM, "ends": policy.FLOOD_ENDS}
    )
    found = [Flood(at, end if end < span.end else None, count) for at, end, count in rows]
    lasted = sum(((flood.end or span.end) - flood.start for flood in found), timedelta())
    return Floods(found, lasted / span.length)


# ---------------------------------------------------------------- priorities


@dataclass(frozen=True, slots=True)
class Mix:
    """How the load is spread over the priorities."""

    counts: dict[int, int]  # raises by priority, 1 to 4

    @property
    def total(self) -> int:
        """All raises."""
        return sum(self.counts.values())

    @property
    def shares(self) -> dict[int, float | None]:
        """Share of each priority, 0 to 1; None: there was no alarm."""
        total = self.total
        return {k: n / total if total else None for k, n in self.counts.items()}

    @property
    def verdict(self) -> Verdict | None:
        """What it says: where much is urgent, nothing is."""
        critical, high = self.shares[1], self.shares[2]
        return policy.worst([policy.CRITICAL_SHARE.judge(critical), policy.HIGH_SHARE.judge(high)])


_MIX: Final = f"select priority, count(*) from alarms_journalentry where {LOAD} group by 1"  # noqa: S608


def mix(site_id: int, span: Span) -> Mix:
    """Return the load by priority: 5 % critical, 15 % high, 80 % lower (EEMUA 191, ISA-18.2)."""
    found = dict(ask(_MIX, site_id, span))
    return Mix({priority: found.get(priority, 0) for priority in (1, 2, 3, 4)})
