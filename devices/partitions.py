"""Tables in daily partitions, or TimescaleDB hypertables where the extension exists.

Both look the same to everyone above this file. There is no default partition: a day gets its
partition before the first reading of that day is copied, and readings outside the kept range
never come this far.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True, slots=True)
class Daily:
    """A table that is kept in days (UTC)."""

    name: str
    columns: str  # as in ``create table``
    time: str  # the column whose day it is
    index: str  # statement
    lock: int  # advisory: one process at a time makes or drops its partitions


READINGS: Final = Daily(
    name="devices_reading",
    columns="""
    source_time   timestamptz not null,
    received_time timestamptz not null,
    value         float8,
    tag_id        int4 not null,
    quality       int2 not null,
    raw           text""",
    time="source_time",
    index="create index devices_reading_by_tag on devices_reading (tag_id, source_time)",
    lock=0x5E47_0001,
)


def create_table(cursor: CursorWrapper, table: Daily = READINGS) -> None:
    """Create a table with its index."""
    create = f"create table {table.name} ({table.columns})"
    cursor.execute("select 1 from pg_available_extensions where name = 'timescaledb'")
    if cursor.fetchone():
        cursor.execute("create extension if not exists timescaledb")
        cursor.execute(create)
        cursor.execute(
            f"select create_hypertable(%s, by_range('{table.time}', interval '1 day'),"
            " create_default_indexes => false)",
            [table.name],
        )
    else:
        cursor.execute(f"{create} partition by range ({table.time})")
    cursor.execute(table.index)


def ensure_days(cursor: CursorWrapper, days: Iterable[dt.date], table: Daily = READINGS) -> None:
    """Make the partitions of these days (UTC) that do not exist yet.

    Attaching locks out neither readers nor writers, which creating one in place would.
    """
    if _is_hypertable(cursor, table):
        return  # makes its chunks by itself
    cursor.execute("select pg_advisory_xact_lock(%s)", [table.lock])
    known = _partitions(cursor, table)
    for day in sorted(set(days) - known):
        name = _name(table, day)
        cursor.execute(f"create table {name} (like {table.name} including all)")
        cursor.execute(
            f"alter table {table.name} attach partition {name} for values from (%s) to (%s)",
            [_midnight(day), _midnight(day + dt.timedelta(days=1))],
        )


def drop_before(cursor: CursorWrapper, day: dt.date, table: Daily = READINGS) -> int:
    """Drop the partitions of all days before ``day`` and return how many there were."""
    if _is_hypertable(cursor, table):
        cursor.execute("select count(*) from drop_chunks(%s, %s)", [table.name, _midnight(day)])
        return int(cursor.fetchone()[0])
    cursor.execute("select pg_advisory_xact_lock(%s)", [table.lock])
    old = [known for known in _partitions(cursor, table) if known < day]
    for known in old:
        cursor.execute(f"drop table {_name(table, known)}")
    return len(old)


def days_stored(cursor: CursorWrapper, table: Daily = READINGS) -> set[dt.date]:
    """Return the days (UTC) that may have rows."""
    if not _is_hypertable(cursor, table):
        return _partitions(cursor, table)
    cursor.execute(
        "select (range_start at time zone 'UTC')::date from timescaledb_information.chunks"
        " where hypertable_name = %s",
        [table.name],
    )
    return {day for (day,) in cursor.fetchall()}


def _is_hypertable(cursor: CursorWrapper, table: Daily) -> bool:
    cursor.execute("select relkind from pg_class where oid = %s::regclass", [table.name])
    return bool(cursor.fetchone()[0] == "r")


def _partitions(cursor: CursorWrapper, table: Daily) -> set[dt.date]:
    cursor.execute(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
        " where i.inhparent = %s::regclass",
        [table.name],
    )
    suffixes = (name.removeprefix(f"{table.name}_") for (name,) in cursor.fetchall())
    return {dt.date.fromisoformat(suffix) for suffix in suffixes}


def _name(table: Daily, day: dt.date) -> str:
    return f"{table.name}_{day:%Y%m%d}"


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
