"""Every reading accounted for: what became of the frames of a gateway, by number.

The statements are also those with which the fault tests judge a run, so what a page shows is what
the tests prove. They need nothing of Django but its connection.

A number in a stream is stored, dropped (a gap record says so), or has never come. The fence lets no
number be skipped; ``holes`` counts what would contradict that: numbers that two gap records name,
gap records beyond the last number, and numbers of events that left neither an event nor a phase
of a detection.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from django.db import connection

# Each takes the UID of the gateway. What came over HTTP has no stream: those epochs begin with h.
POSITIONS: Final = (
    "select p.epoch, p.stream, p.last, p.updated_at"
    " from devices_position p join devices_device g on g.id = p.device_id"
    " where g.uid = %s and p.epoch not like 'h%%'"
)
GAPS: Final = (
    "select r.epoch, r.stream, r.seq_from, r.seq_to, r.readings, r.reason"
    " from devices_gap r join devices_device g on g.id = r.device_id where g.uid = %s"
)
QUARANTINED: Final = (
    "select q.stream, q.seq, q.i, q.code"
    " from devices_quarantined q join devices_device g on g.id = q.device_id where g.uid = %s"
)
# Frames that were stored in the streams of events. Events that we noted ourselves have no number;
# of the phases that a detection was joined from only their number is left.
EVENTS: Final = (
    "select (select count(*) from devices_gatewayevent e where e.gateway_id = g.id and not e.own)"
    " + (select coalesce(sum(p.phases), 0)::bigint from devices_position p"
    " where p.device_id = g.id) from devices_device g where g.uid = %s"
)
_QUARANTINED_BY_CODE: Final = (
    "select q.code, count(*), count(*) filter (where q.stream = 'events' and q.i = -1)"
    " from devices_quarantined q join devices_device g on g.id = q.device_id"
    " where g.uid = %s group by q.code order by count(*) desc, q.code"
)


class GapRecord(NamedTuple):
    """Numbers that a gateway dropped."""

    epoch: str
    stream: str
    seq_from: int
    seq_to: int
    readings: int
    reason: str


@dataclass(slots=True)
class StreamAccount:
    """One stream of one spool."""

    epoch: str
    stream: str
    last: int  # number of the last stored frame
    at: dt.datetime  # when it came
    dropped: int = 0  # numbers in gap records
    readings_dropped: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # of gap records -> readings
    holes: int = 0  # numbers that nothing accounts for

    @property
    def stored(self) -> int:
        """Frames that were stored (a reading of them may be in quarantine)."""
        return self.last - self.dropped


@dataclass(slots=True)
class Account:
    """All that is known of the frames of one gateway."""

    streams: list[StreamAccount]  # the spool that was heard last comes first
    quarantined: dict[str, int]  # code -> readings
    events: int  # stored, and phases of detections

    @property
    def holes(self) -> int:
        """Numbers that nothing accounts for, in all streams: 0 unless something is broken."""
        return sum(stream.holes for stream in self.streams)


def account_of(*, uid: str) -> Account:
    """Account for everything that a gateway has sent. Events older than is kept count as holes."""
    gaps: dict[tuple[str, str], list[GapRecord]] = defaultdict(list)
    for row in _read(GAPS, uid):
        gap = GapRecord(*row)
        gaps[gap.epoch, gap.stream].append(gap)
    streams = [_judge(StreamAccount(*row), gaps) for row in _read(POSITIONS, uid)]
    quarantined = _read(_QUARANTINED_BY_CODE, uid)
    account = Account(
        sorted(streams, key=lambda each: each.at, reverse=True),
        {code: count for code, count, _ in quarantined},
        int(_read(EVENTS, uid)[0][0]),
    )
    _judge_events(account, refused=sum(events for _, _, events in quarantined))
    return account


def _judge(account: StreamAccount, gaps: dict[tuple[str, str], list[GapRecord]]) -> StreamAccount:
    end = 0  # of what the records so far name
    for gap in sorted(gaps[account.epoch, account.stream], key=lambda gap: gap.seq_from):
        account.dropped += gap.seq_to - gap.seq_from + 1
        account.readings_dropped += gap.readings
        account.reasons[gap.reason] += gap.readings
        account.holes += max(0, min(end, gap.seq_to) - gap.seq_from + 1)
        end = max(end, gap.seq_to)
    account.holes += max(0, end - account.last)
    return account


def _judge_events(account: Account, *, refused: int) -> None:
    """Compare the numbers of events with what is there of them, or was refused whole."""
    streams = [each for each in account.streams if each.stream == "events"]
    missing = sum(each.stored for each in streams) - refused - account.events
    if streams:
        streams[0].holes += abs(missing)


def _read(statement: str, uid: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [uid])
        return list(cursor.fetchall())


# ---------------------------------------------------------------- availability


class Span(NamedTuple):
    """A connection, as far as it falls into the time that is looked at."""

    begin: dt.datetime
    end: dt.datetime


_SPANS: Final = (
    "select greatest(opened_at, %s), least(coalesce(closed_at, last_seen_at), %s)"
    " from devices_connection where device_id = %s and opened_at < %s"
    " and coalesce(closed_at, last_seen_at) > %s order by opened_at"
)


def spans_of(*, device_id: int, since: dt.datetime, until: dt.datetime) -> list[Span]:
    """Return when a device was connected, joined where connections overlap.

    An open connection counts until it was last heard.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, [since, until, device_id, until, since])
        return join_spans(Span(*row) for row in cursor.fetchall())


def join_spans(spans: Iterable[Span]) -> list[Span]:
    """Join overlapping spans, which come in the order of their beginnings."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.begin <= joined[-1].end:
            joined[-1] = Span(joined[-1].begin, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def availability(spans: Iterable[Span], since: dt.datetime, until: dt.datetime) -> float:
    """Return the share of a time in which there was a connection, 0 to 1."""
    connected = sum(
        (max(dt.timedelta(0), min(span.end, until) - max(span.begin, since)) for span in spans),
        dt.timedelta(0),
    )
    return connected / (until - since)
