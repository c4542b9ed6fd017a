"""One detection out of the phases that are told of it, in whatever order they come. Pure.

A gateway tells start, updates and end. After a gap some are missing; what was told before a new
spool may be told again. So joining is idempotent and does not look at the order: the newest phase
says how it is, the extremes are kept, and what has ended stays ended.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from edge import wire

LATE: Final = dt.timedelta(seconds=60)  # a phase that came later than this is told of the past
# How often a gateway tells of what lasts, see ``update_every_s`` of edge.wire.cameras.
TOLD_EVERY: Final = dt.timedelta(seconds=10)  # where we configure its cameras
AT_LEAST_EVERY: Final = dt.timedelta(seconds=600)  # whatever stands in a gateway's own file
_MISSED: Final = 3  # phases that must be missing before silence means something


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a detection. Times are UTC."""

    since: dt.datetime
    at: dt.datetime
    ended_at: dt.datetime | None
    ended_why: str  # empty: it has not ended
    score: float
    peak: float
    threshold: float
    reached: float  # the highest median that was told
    zone: str
    track: int
    model: str

    @property
    def state(self) -> str:
        """Return "active" or "ended"."""
        return "active" if self.ended_at is None else "ended"


def facts_of(frame: wire.Detection) -> Facts:
    """Return what one phase tells."""
    at = _time(frame.at)
    return Facts(
        since=_time(frame.since),
        at=at,
        ended_at=at if frame.phase == "end" else None,
        ended_why=frame.why if frame.phase == "end" else "",
        score=frame.score,
        peak=max(frame.peak, frame.score),
        threshold=frame.threshold,
        reached=frame.score,
        zone=frame.zone,
        track=frame.track,
        model=frame.model,
    )


def join(one: Facts, other: Facts) -> Facts:
    """Put together what is known. The order does not matter, nor does it to join twice."""
    newest = max(one, other, key=_age)
    ends = [(f.ended_at, f.ended_why) for f in (one, other) if f.ended_at is not None]
    ended_at, ended_why = max(ends, default=(None, ""))
    return replace(
        newest,
        since=min(one.since, other.since),
        peak=max(one.peak, other.peak),
        reached=max(one.reached, other.reached),
        ended_at=ended_at,
        ended_why=ended_why,
    )


def is_historical(frame: wire.Detection, received: dt.datetime) -> bool:
    """Say whether a phase tells of the past, by its own time: a long dwell makes nothing late."""
    return received - _time(frame.at) > LATE


def patience(*, is_ours: bool) -> dt.timedelta:
    """Say how long an active detection may go untold before nobody can call it active.

    Args:
        is_ours: whether its gateway runs a configuration of ours.
    """
    return _MISSED * (TOLD_EVERY if is_ours else AT_LEAST_EVERY)


def _age(facts: Facts) -> tuple[object, ...]:
    """Order by time; of one time the end is last, and the rest only has to be the same always."""
    rest = (facts.score, facts.threshold, facts.zone, facts.track, facts.model)
    return (facts.at, facts.ended_at == facts.at, *rest)


def _time(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
