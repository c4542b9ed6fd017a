"""Stored readings of one tag as numpy columns, without a Python object per row.

For whatever goes through all readings of a long time. Charts have `devices/trends.py`.
Source of the format: PostgreSQL documentation, COPY, "Binary Format".
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from devices.trends import Window
from edge.wire import Quality

_HEADER_BYTES: Final = 19  # without extensions, which PostgreSQL does not write
_TRAILER_BYTES: Final = 2
_EPOCH_MS: Final = 946_684_800_000  # 2000-01-01, PostgreSQL's zero, in Unix milliseconds
_ROW: Final = np.dtype(
    [
        *(("n", ">i2"), ("l0", ">i4"), ("source", ">i8"), ("l1", ">i4"), ("value", ">f8")),
        *(("l2", ">i4"), ("quality", ">i2")),
    ]
)
_SEEN_BACK: Final = timedelta(days=7)  # older readings say nothing of now

_SERIES = """
copy (
    select source_time, coalesce(value, 'NaN'), quality from devices_reading
    where tag_id = %s and source_time >= %s and source_time < %s
    order by source_time, received_time
) to stdout (format binary)"""

_BEFORE = """
select (date_part('epoch', source_time) * 1000)::int8, value, quality >= %s from devices_reading
where tag_id = %s and source_time >= %s and source_time < %s
order by source_time desc, received_time desc limit 1"""


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one tag in order of source time, one array each of length n.

    ``at`` int64 Unix milliseconds, ``value`` float64 with NaN for "no value", ``good`` bool: not of
    bad quality.
    """

    at: NDArray[np.int64]
    value: NDArray[np.float64]
    good: NDArray[np.bool_]


def series_of(tag_id: int, window: Window) -> Series:
    """Return all readings in a window: 32 bytes each on the way, so a day at a time."""
    out = io.BytesIO()
    with connection.cursor() as cursor:
        params = [tag_id, _time(window.from_ms), _time(window.to_ms)]
        statement = cursor.mogrify(_SERIES, params).decode()
        with connection.wrap_database_errors:
            cursor.copy_expert(statement, out, 1 << 20)
    data = out.getbuffer()
    count = (len(data) - _HEADER_BYTES - _TRAILER_BYTES) // _ROW.itemsize
    rows = np.frombuffer(data, _ROW, count, _HEADER_BYTES)
    return Series(
        at=rows["source"].astype(np.int64) // 1000 + _EPOCH_MS,
        value=rows["value"].astype(np.float64),
        good=rows["quality"] >= Quality.UNCERTAIN,
    )


def newest_before(tag_id: int, at_ms: int) -> tuple[int, float | None, bool] | None:
    """Return source time, value and whether it is good of the newest reading before a moment.

    ``None``: there is none in the week before it.
    """
    until = _time(at_ms)
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [int(Quality.UNCERTAIN), tag_id, until - _SEEN_BACK, until])
        row: tuple[int, float | None, bool] | None = cursor.fetchone()
    return row


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
