"""What became of a transaction whose answer was lost with its connection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import DataError, OperationalError, connection

from devices.intake import Entry
from edge import wire

_FOUND = """
select exists (
    select 1 from unnest(%s::int4[], %s::timestamptz[]) sent (tag_id, source_time)
    join devices_reading r using (tag_id, source_time)
    where r.xmin = %s::text::xid8::xid
)"""


def has_stored(transaction: str, entries: Sequence[Entry]) -> bool:
    """Say whether a transaction has stored those of its entries that carry no number.

    The others need no answer: they go through the fence again. And PostgreSQL's word alone is no
    answer: after a crash it may give the number of a transaction that was under way to the next
    one, and call it committed when that one is. So one of the readings must be there, written under
    that number. A batch without one is stored again, at the price of doubled quarantine rows.

    Args:
        transaction: its ``pg_current_xact_id``.
        entries: all that it was to store.

    Raises:
        OperationalError: it is still under way.
    """
    unnumbered = [entry for entry in entries if not entry.sender.positions]
    if not unnumbered:
        return False
    status = _status(transaction)
    if status == "in progress":
        raise OperationalError("the server has not yet noticed that the connection is lost")
    if status != "committed":
        return False
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, [*_readings(unnumbered), transaction])
        return bool(cursor.fetchone()[0])


def _status(transaction: str) -> str | None:
    with connection.cursor() as cursor:
        try:
            cursor.execute("select pg_xact_status(%s::text::xid8)", [transaction])
        except DataError:  # "is in the future": after a crash nobody has got that number yet
            return None
        status: str | None = cursor.fetchone()[0]
        return status


def _readings(entries: Sequence[Entry]) -> tuple[list[int], list[dt.datetime]]:
    """Tag id and source time of every reading."""
    tags: list[int] = []
    times: list[dt.datetime] = []
    for entry in entries:
        frame = entry.frame
        if isinstance(frame, wire.Data):
            tags += map(entry.sender.tags.__getitem__, frame.tag)
            times += (
                dt.datetime.fromtimestamp((frame.t0 + offset) / 1000, dt.UTC) for offset in frame.dt
            )
    return tags, times
