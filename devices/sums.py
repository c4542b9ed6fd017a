"""Sums of readings by the minute and by the quarter hour: their tables, and how one is made.

The readings stay what counts: sums can be forgotten and made again at any time while the readings
are there, which is all that is ever done to them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from devices.partitions import Daily, days_stored, ensure_days

QUARTER_MS: Final = 900_000
MINUTE_MS: Final = 60_000
QUARTER: Final = dt.timedelta(milliseconds=QUARTER_MS)
KEEP: Final = dt.timedelta(days=5 * 365)  # quarter hours; minutes go with their readings
_DAY: Final = dt.timedelta(days=1)

# ``at`` is the start; ``first_at`` and ``last_at`` are times of readings of whatever quality, of
# which ``readings`` is the number. ``good`` counts those with a value that is not of bad quality,
# and ``total``, ``lo`` and ``hi`` are made of them.
COLUMNS: Final = """
    at          timestamptz not null,
    first_at    timestamptz not null,
    last_at     timestamptz not null,
    total       float8,
    lo          float8,
    hi          float8,
    tag_id      int4 not null,
    readings    int4 not null,
    good        int4 not null"""
MINUTES: Final = Daily(
    name="devices_minute",
    columns=COLUMNS,
    time="at",
    index="create unique index devices_minute_by_tag on devices_minute (tag_id, at)",
    lock=0x5E47_0005,
)
# of ``at`` and ``v``; the total leaves out what no plant measures: float8 sums must not overflow
SUMS: Final = (
    "min(at), max(at), sum(case when abs(v) > 1e300 then sign(v) * 1e300 else v end),"
    " min(v), max(v)"
)

# A partition of today has no statistics yet: never read all of it for a few hundred keys.
_BY_INDEX = "set local enable_hashjoin = off; set local enable_mergejoin = off"
_KEYS = "unnest(%(tags)s::int4[], %(quarters)s::timestamptz[]) k(tag, quarter)"
_NAMES = "at, first_at, last_at, total, lo, hi, tag_id, readings, good"


def _of_key(time: str) -> str:
    return (  # the day is named so that one partition is planned for
        f"tag_id = k.tag and {time} >= k.quarter and {time} < k.quarter + interval '15 minutes'"
        f" and {time} >= %(day)s and {time} < %(end)s"
    )


_FORGET = (
    f"delete from devices_minute using {_KEYS} where {_of_key('at')}",  # noqa: S608 - constants only
    f"delete from devices_quarter using {_KEYS} where tag_id = k.tag and at = k.quarter",  # noqa: S608
)
_SUM_MINUTES = f"""
insert into devices_minute ({_NAMES})
select date_bin('1 minute', r.at, to_timestamp(0)) as minute, {SUMS}, k.tag, count(*), count(v)
from {_KEYS} cross join lateral (
    select source_time as at, case when quality >= 64 then value end as v
    from devices_reading where {_of_key("source_time")} offset 0
) r group by k.tag, minute"""  # noqa: S608
_SUM_QUARTERS = f"""
insert into devices_quarter ({_NAMES})
select k.quarter, min(first_at), max(last_at), sum(total), min(lo), max(hi), k.tag,
    sum(readings), sum(good)
from {_KEYS} join devices_minute on {_of_key("at")} group by k.tag, k.quarter"""  # noqa: S608


def sum_up(cursor: CursorWrapper, tags: Sequence[int], quarters: Sequence[dt.datetime]) -> None:
    """Make the sums of some quarter hours anew, whatever there was before.

    Call it in a transaction, and never twice at once for the same ones.

    Args:
        cursor: of the transaction.
        tags: one for each quarter hour.
        quarters: all of one day (UTC); no pair may be there twice.
    """
    day = quarters[0].astimezone(dt.UTC).replace(hour=0, minute=0)
    if day.date() not in days_stored(cursor, MINUTES):
        ensure_days(cursor, [day.date()], MINUTES)
    params: dict[str, Any] = {"tags": tags, "quarters": quarters, "day": day, "end": day + _DAY}
    cursor.execute(_BY_INDEX)
    for statement in (*_FORGET, _SUM_MINUTES, _SUM_QUARTERS):
        cursor.execute(statement, params)


# A skip from tag to tag: the table is never read as a whole.
_GONE = """
with recursive known as (
    (select tag_id from devices_quarter order by tag_id limit 1)
    union all
    select (select q.tag_id from devices_quarter q where q.tag_id > known.tag_id
            order by q.tag_id limit 1)
    from known where known.tag_id is not null
)
select tag_id from known where tag_id is not null and tag_id not in (select id from devices_tag)"""


def forget_old(now: dt.datetime, *, keep: dt.timedelta) -> int:
    """Delete quarter hours of tags that were deleted, and those that are older than ``keep``.

    Returns:
        Number of deleted rows.
    """
    with connection.cursor() as cursor:
        cursor.execute("delete from devices_quarter where at < %s", [now - keep])
        deleted = int(cursor.rowcount)
        cursor.execute(_GONE)
        for gone in cursor.fetchall():  # one by one: each may have years of them
            cursor.execute("delete from devices_quarter where tag_id = %s", gone)
            deleted += int(cursor.rowcount)
    return deleted
