"""Marks what late readings change: sums over time that stands, see `devices/rollups.py`.

The newest readings, nearly all, are of time that is not summed up yet: they cost one small query
for each transaction and leave no mark.
"""

from __future__ import annotations

import numpy as np
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from devices.copying import Columns
from devices.sums import QUARTER_MS

_STATE = """
select generation, (date_part('epoch', dropped_to) * 1000)::int8,
    (date_part('epoch', marked_to) * 1000)::int8
from devices_rollupstate"""
_MARK = """
insert into devices_rollupmark (quarter, tag_id, generation)
select to_timestamp(quarter), tag, %s from unnest(%s::int4[], %s::int8[]) late(tag, quarter)
on conflict do nothing"""


def mark_late(cursor: CursorWrapper, readings: Columns) -> None:
    """Mark the quarter hours in which these readings are late.

    Call it in the transaction that stores them, after it got its number (by any write), and not
    under REPEATABLE READ: whoever sums up waits for the transactions that saw an older state, and
    knows them by their numbers.

    Args:
        cursor: of that transaction.
        readings: sorted by tag and source time.
    """
    if not len(readings):
        return
    cursor.execute(_STATE)
    generation, dropped_to, marked_to = cursor.fetchone()
    # sums of time whose readings were dropped are final, whoever keeps readings longer since
    late = (readings.source < marked_to) & (readings.source >= dropped_to)
    if not late.any():
        return
    tags, quarters = readings.tag[late], readings.source[late] // QUARTER_MS
    first = np.append(True, (np.diff(tags) != 0) | (np.diff(quarters) != 0))
    seconds = quarters[first] * (QUARTER_MS // 1000)
    cursor.execute(_MARK, [generation, _array(tags[first]), _array(seconds)])


def _array(values: NDArray[np.int64] | NDArray[np.int32]) -> str:
    """Return them as PostgreSQL writes them: a list costs the driver more than the marks do."""
    return "{" + ",".join(map(str, values.tolist())) + "}"
