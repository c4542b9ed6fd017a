"""The readings table: daily partitions, or a TimescaleDB hypertable where the extension exists.

Both look the same to everyone above this file. There is no default partition: a day gets its
partition before the first reading of that day is copied, and readings outside the kept range
never come this far.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.backends.utils import CursorWrapper

TABLE = "devices_reading"
_LOCK = 0x5E47_0001  # advisory lock: one process at a time makes or drops partitions

_CREATE = f"""
create table {TABLE} (
    source_time   timestamptz not null,
    received_time timestamptz not null,
    value         float8,
    tag_id        int4 not null,
    quality       int2 not null,
    raw           text
)"""
_INDEX = f"create index devices_reading_by_tag on {TABLE} (tag_id, source_time)"


def create_table(cursor: CursorWrapper) -> None:
    """Create the readings table with its index."""
    cursor.execute("select 1 from pg_available_extensions where name = 'timescaledb'")
    if cursor.fetchone():
        cursor.execute("create extension if not exists timescaledb")
        cursor.execute(_CREATE)
        cursor.execute(
            "select create_hypertable(%s, by_range('source_time', interval '1 day'),"
            " create_default_indexes => false)",
            [TABLE],
        )
    else:
        cursor.execute(f"{_CREATE} partition by range (source_time)")
    cursor.execute(_INDEX)


def ensure_days(cursor: CursorWrapper, days: Iterable[dt.date]) -> None:
    """Make the partitions of these days (UTC) that do not exist yet.

    Attaching locks out neither readers nor writers, which creating one in place would.
    """
    if _is_hypertable(cursor):
        return  # makes its chunks by itself
    cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    known = _partitions(cursor)
    for day in sorted(set(days) - known):
        name = _name(day)
        cursor.execute(f"create table {name} (like {TABLE} including all)")
        cursor.execute(
            f"alter table {TABLE} attach partition {name} for values from (%s) to (%s)",
            [_midnight(day), _midnight(day + dt.timedelta(days=1))],
        )


def drop_before(cursor: CursorWrapper, day: dt.date) -> int:
    """Drop the partitions of all days before ``day`` and return how many there were."""
    if _is_hypertable(cursor):
        cursor.execute("select count(*) from drop_chunks(%s, %s)", [TABLE, _midnight(day)])
        return int(cursor.fetchone()[0])
    cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    old = [known for known in _partitions(cursor) if known < day]
    for known in old:
        cursor.execute(f"drop table {_name(known)}")
    return len(old)


def _is_hypertable(cursor: CursorWrapper) -> bool:
    cursor.execute("select relkind from pg_class where oid = %s::regclass", [TABLE])
    return bool(cursor.fetchone()[0] == "r")


def _partitions(cursor: CursorWrapper) -> set[dt.date]:
    cursor.execute(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
        " where i.inhparent = %s::regclass",
        [TABLE],
    )
    suffixes = (name.removeprefix(f"{TABLE}_") for (name,) in cursor.fetchall())
    return {dt.date.fromisoformat(suffix) for suffix in suffixes}


def _name(day: dt.date) -> str:
    return f"{TABLE}_{day:%Y%m%d}"


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
