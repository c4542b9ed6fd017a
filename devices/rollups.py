"""Sums up readings by the minute and by the quarter hour. The worker's work; see docs/adr/0010.

What there is to do stands in marks: (tag, quarter hour) whose sums are missing or old. A mark is
worked off by forgetting the sums and making them anew from the readings, so that doing it twice, or
late, or after a kill changes nothing. Nothing is ever added to a sum.

Ingest marks readings before ``marked_to`` in the transaction that stores them. Later ones need no
mark: ``marked_to`` is moved on first, then the transactions that saw the older one are waited for,
and only then is the time up to it marked as a whole. The generation, which moves with it, keeps
ingest and the worker off each other's marks: ingest writes the newest one, the worker takes those
that no running transaction can write any more. So neither ever waits for the other.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from devices.partitions import days_stored
from devices.sums import QUARTER, sum_up

LAG: Final = dt.timedelta(seconds=60)  # so long after its end a quarter hour has its live readings
_MOST_MARKED: Final = 20_000  # at once, when there is much to catch up with
_BATCH: Final = 200  # marks in one transaction, of one day
_WAIT_S: Final = 1.0  # for transactions that saw an older state
_LOCK: Final = 0x5E47_0006  # advisory lock: one process at a time sums up, or drops
_DAY: Final = dt.timedelta(days=1)
_EVER: Final = dt.datetime.fromtimestamp(0, dt.UTC)


def roll_up(now: dt.datetime, *, budget_s: float = 5.0) -> int:
    """Sum up what is due, newest first, for about so long. Any number of processes may try.

    Returns:
        Number of quarter hours of a tag that were summed up.
    """
    done = 0
    until = time.monotonic() + budget_s
    settled = _settle(now)
    while time.monotonic() < until:
        count = _work_off(settled)
        if not count and not _mark_more():
            break
        done += count
    return done


def finish(before: dt.datetime) -> None:
    """Sum up all that is older than a day's beginning: its readings are dropped next.

    Ingest takes none of that time any more, so every mark of it has settled.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select rolled_from, rolled_to, dropped_to from devices_rollupstate for update"
        )
        rolled_from, rolled_to, dropped_to = cursor.fetchone()
        for day in sorted(days_stored(cursor)):
            start, end = _midnight(day), _midnight(day + _DAY)
            if dropped_to <= start and end <= before:
                _mark_all(cursor, start, min(end, rolled_from))
                _mark_all(cursor, max(start, rolled_to), end)
    while _work_off(None, before):
        pass


def make_final(cursor: CursorWrapper, before: dt.datetime) -> None:
    """Leave the sums of time whose readings are dropped in this transaction as they are.

    Call it before they are dropped: it holds off whoever sums up until the transaction ends.
    """
    _take_lock(cursor, wait=True)
    if not any(day < before.date() for day in days_stored(cursor)):
        return
    cursor.execute("delete from devices_rollupmark where quarter < %s", [before])
    cursor.execute(
        "update devices_rollupstate set dropped_to = %s where dropped_to < %s", [before, before]
    )


# ---------------------------------------------------------------- generations

_TURN = """
update devices_rollupstate set generation = generation + 1, barrier = null,
    marked_to = greatest(marked_to, date_bin('15 minutes', %(now)s, to_timestamp(0)))
where settled = generation and (exists (select 1 from devices_rollupmark)
    or date_bin('15 minutes', %(now)s, to_timestamp(0)) > marked_to)"""
_TURNING = "select generation from devices_rollupstate where settled < generation"
# One from the future is of another server: a dump was restored.
_RAISE_BARRIER = """
update devices_rollupstate set barrier = pg_snapshot_xmax(pg_current_snapshot())
where generation = %s and settled < generation
    and (barrier is null or barrier > pg_snapshot_xmax(pg_current_snapshot()))"""
_SETTLE = """
update devices_rollupstate s set settled = generation
where generation = %s and settled < generation and not exists (
    select 1 from pg_snapshot_xip(pg_current_snapshot()) running where running < s.barrier)"""


def _settle(now: dt.datetime) -> int:
    """Begin a new generation if that is of use.

    Returns:
        The generation before which no running transaction writes marks.
    """
    with connection.cursor() as cursor:
        _wait_for_older(cursor)  # of a turn that was not completed
        cursor.execute(_TURN, {"now": now - LAG})
        _wait_for_older(cursor)
        cursor.execute("select settled from devices_rollupstate")
        return int(cursor.fetchone()[0])


def _wait_for_older(cursor: CursorWrapper) -> None:
    """Wait a moment until the transactions are over that saw an older generation.

    Each statement is a transaction and names the generation that is known to be committed: its
    snapshot, and so the barrier, must be younger than that.
    """
    cursor.execute(_TURNING)
    generation = cursor.fetchone()
    if generation is None:
        return
    cursor.execute(_RAISE_BARRIER, generation)
    until = time.monotonic() + _WAIT_S
    while True:
        cursor.execute(_SETTLE, generation)
        if cursor.rowcount or time.monotonic() > until:
            return
        time.sleep(0.02)


# ---------------------------------------------------------------- what is to be done

_TAKE = """
with newest as (
    select date_trunc('day', max(quarter), 'UTC') as day from devices_rollupmark
    where (generation < %(settled)s or %(settled)s is null)
        and (quarter < %(before)s or %(before)s is null)
)
select distinct quarter, tag_id from devices_rollupmark, newest
where quarter >= day and (generation < %(settled)s or %(settled)s is null)
    and (quarter < %(before)s or %(before)s is null)
order by quarter desc, tag_id desc limit %(limit)s"""
_MARK_ALL = """
insert into devices_rollupmark (quarter, tag_id, generation)
select q, t.id, 0
from generate_series(%(from)s, %(to)s - interval '1 second', interval '15 minutes') q
cross join devices_tag t cross join lateral (
    select 1 from devices_reading r where r.tag_id = t.id
    and r.source_time >= q and r.source_time < q + interval '15 minutes'
    and r.source_time >= %(from)s and r.source_time < %(to)s limit 1
) any_reading
on conflict do nothing"""


def _mark_more() -> bool:
    """Take some more time in hand, as marks: what has passed since, or else what was before.

    Returns:
        Whether there was any.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if not _take_lock(cursor):
            return False
        cursor.execute(
            "select settled, generation, marked_to, rolled_from, rolled_to, dropped_to"
            " from devices_rollupstate for update"
        )
        settled, generation, marked_to, rolled_from, rolled_to, dropped_to = cursor.fetchone()
        if settled == generation and rolled_to < marked_to:
            until = min(rolled_to + _stride(cursor), marked_to)
            _mark_all(cursor, max(rolled_to, dropped_to), until)
            cursor.execute("update devices_rollupstate set rolled_to = %s", [until])
            return True
        if not settled or rolled_from == _EVER:
            return False
        start, end = _earlier(cursor, rolled_from, dropped_to)
        _mark_all(cursor, start, end)
        cursor.execute("update devices_rollupstate set rolled_from = %s", [start])
        return True


def _earlier(
    cursor: CursorWrapper, before: dt.datetime, dropped_to: dt.datetime
) -> tuple[dt.datetime, dt.datetime]:
    """Return the next stretch of time before; empty, and the first ever, when there is no more."""
    last = (before - QUARTER).date()
    days = [day for day in days_stored(cursor) if dropped_to <= _midnight(day) and day <= last]
    if not days:
        return _EVER, _EVER
    start, end = _midnight(max(days)), min(before, _midnight(max(days) + _DAY))
    return max(start, end - _stride(cursor)), end


def _stride(cursor: CursorWrapper) -> dt.timedelta:
    """Return how much time is marked at once: the more tags there are, the less."""
    cursor.execute("select count(*) from devices_tag")
    tags = int(cursor.fetchone()[0])
    return QUARTER * max(1, _MOST_MARKED // max(1, tags))


def _mark_all(cursor: CursorWrapper, start: dt.datetime, end: dt.datetime) -> None:
    """Mark every quarter hour of every tag in which there are readings."""
    if start < end:
        cursor.execute(_MARK_ALL, {"from": start, "to": end})


# ---------------------------------------------------------------- doing it

_WORKED_OFF = """
delete from devices_rollupmark m using unnest(%(tags)s::int4[], %(quarters)s::timestamptz[]) k(t, q)
where m.tag_id = k.t and m.quarter = k.q and (generation < %(settled)s or %(settled)s is null)"""


def _work_off(settled: int | None, before: dt.datetime | None = None) -> int:
    """Sum up a batch of what is marked, in one transaction, and return how many there were.

    Args:
        settled: take marks of older generations only; None: of all.
        before: take marks of earlier time only, and wait for whoever is summing up.
    """
    which = {"settled": settled, "before": before, "limit": _BATCH}
    with transaction.atomic(), connection.cursor() as cursor:
        if not _take_lock(cursor, wait=before is not None):
            return 0
        cursor.execute(_TAKE, which)  # under the lock: of what is dropped nothing may be taken
        due = cursor.fetchall()
        if due:
            tags, quarters = [tag for _, tag in due], [quarter for quarter, _ in due]
            sum_up(cursor, tags, quarters)
            cursor.execute(_WORKED_OFF, which | {"tags": tags, "quarters": quarters})
        return len(due)


def _take_lock(cursor: CursorWrapper, *, wait: bool = False) -> bool:
    """Say whether this process may go on, alone until its transaction ends."""
    if wait:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        return True
    cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
    return bool(cursor.fetchone()[0])


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
