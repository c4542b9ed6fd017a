"""Stored readings of a window, in the order of their times, however many there are.

Long format: one row a reading. Tags report by exception, each at its own moments, so a table with a
column for each tag would be mostly holes, or full of values that nobody measured. There is a row
for what was stored and no other: where a tag was silent, rows are missing, and a bad reading has
its quality and no value.

Nothing holds a transaction open, which a slow download would do for minutes: each tag is read page
by page along its index, and the pages of all tags are merged. What is in memory is one page of each
tag. A page never ends between two readings of one moment, so none is read twice or left out.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from devices.models import Site, Tag
from devices.trends import Window
from edge.wire import Quality, is_bad

PAGE: Final = 2000  # readings of one tag that are read at once
COLUMNS: Final = (
    *("time", "epoch_ms", "device", "tag", "label"),
    *("value", "text", "unit", "quality", "received"),
)
_COUNTED_AT_ONCE: Final = timedelta(days=7)
_QUALITIES: Final = {int(quality): quality.name for quality in Quality}

_WHERE = """
    from devices_reading
    where tag_id = %(tag)s and source_time >= %(from)s and source_time < %(to)s"""

_COUNT = f"select count(*) from (select 1 {_WHERE} limit %(limit)s) few"  # noqa: S608 - constants only

# Of a new day there are no statistics: the planner takes it for empty, and would read all that is
# left of the window and sort it, once for each page.
_BY_INDEX: Final = "set local enable_bitmapscan = off; set local enable_sort = off"

_PAGE = f"""
select * from (
    select source_time, %(place)s::int, received_time, value, quality, raw {_WHERE}
    order by source_time fetch first %(page)s rows with ties
) page order by 1, received_time"""  # noqa: S608

# source time, place of the tag, received time, value, quality, text
_Stored = tuple[datetime, int, datetime, float | None, int, str | None]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which readings: tags of one site, with their devices, and a window."""

    site: Site
    tags: Sequence[Tag]
    window: Window


@dataclass(frozen=True, slots=True)
class Row:
    """One reading. Times are in the time zone of the plant."""

    time: datetime
    tag: Tag
    value: float | None  # in the tag's unit; None: none, or it is a text
    text: str | None  # exactly as it was sent, of what is no number or one of too many digits
    quality: str  # name of an `edge.wire.Quality`
    received: datetime

    @property
    def epoch_ms(self) -> int:
        """The time as milliseconds since 1970: the same everywhere and never twice."""
        return round(self.time.timestamp() * 1000)


def rows_of(selection: Selection, page: int = PAGE) -> Iterator[Row]:
    """Yield the readings by time, those of one moment in the order of the tags.

    Args:
        selection: what to read.
        page: readings of one tag that are read at once.
    """
    zone = ZoneInfo(selection.site.time_zone)
    stored = (
        _stored(tag, place, selection.window, page) for place, tag in enumerate(selection.tags)
    )
    for at, place, received, value, quality, text in heapq.merge(*stored):
        yield Row(
            time=at.astimezone(zone),
            tag=selection.tags[place],
            value=value,
            text=text,
            quality=_name_of(quality),
            received=received.astimezone(zone),
        )


def count(selection: Selection, at_most: int, on_step: Callable[[], object] = lambda: None) -> int:
    """Count the readings, up to one more than ``at_most``.

    Args:
        selection: what to count.
        at_most: then it is enough.
        on_step: called again and again meanwhile, at least once in the time a statement may take.
    """
    found = 0
    for tag in selection.tags:
        for start, end in _weeks(selection.window):
            on_step()
            found += _count(tag, start, end, at_most + 1 - found)
            if found > at_most:
                return found
    return found


def _stored(tag: Tag, place: int, window: Window, page: int) -> Iterator[_Stored]:
    start, end = _time(window.from_ms), _time(window.to_ms)
    while True:
        params: dict[str, Any] = {"tag": tag.pk, "place": place, "page": page}
        params |= {"from": start, "to": end}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_BY_INDEX)
            cursor.execute(_PAGE, params)
            rows: list[_Stored] = cursor.fetchall()
        yield from rows
        if len(rows) < page:
            return
        start = rows[-1][0] + timedelta(microseconds=1)  # the resolution of the column


def _weeks(window: Window) -> Iterator[tuple[datetime, datetime]]:
    """Cut a window into pieces that are counted within the time that a statement may take."""
    start, end = _time(window.from_ms), _time(window.to_ms)
    while start < end:
        until = min(end, start + _COUNTED_AT_ONCE)
        yield start, until
        start = until


def _count(tag: Tag, start: datetime, end: datetime, limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"tag": tag.pk, "from": start, "to": end, "limit": limit})
        found: int = cursor.fetchone()[0]
    return found


def _name_of(quality: int) -> str:
    known = _QUALITIES.get(quality)
    if known is not None:
        return known
    if is_bad(quality):
        return Quality.BAD.name
    return Quality.UNCERTAIN.name if quality < Quality.GOOD else Quality.GOOD.name


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
