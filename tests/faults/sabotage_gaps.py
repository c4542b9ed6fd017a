"""A gateway with a bug planted in it: what it drops leaves no gap record.

An empty frame takes the number, so that nobody notices. The spool is as small as in
``small_spool``. Start it as ``python -m tests.faults.sabotage_gaps run --config``.
"""

from __future__ import annotations

import sys

import edge.__main__
import tests.faults.small_spool  # noqa: F401 - makes the spool small
from edge.spool import Spool
from edge.spool_rows import Reason, Row, Rows, data_row
from edge.wire import Data, Stream, encode


def drop_silently(self: Spool, row: Row, reason: Reason) -> None:
    """Put a frame without readings in the place of the one that goes."""
    assert row.stream != "events", "they are empty, so none was chosen"
    self._rows.delete(row.stream, row.seq)
    empty = Data(stream=row.stream, seq=row.seq, t0=row.first_ms, dt=[], tag=[], v=[])
    self._rows.insert(data_row(row.stream, row.seq, 0, (row.first_ms, row.last_ms), encode(empty)))


def oldest_with_readings(self: Rows, stream: Stream) -> Row | None:
    """Find the oldest frame that is worth dropping; the empty ones are not."""
    rows = self.after(stream, 0, 100_000)
    return next((row for row in rows if row.reason is None and row.readings), None)


Spool._drop = drop_silently  # type: ignore[method-assign]
Rows.oldest_data = oldest_with_readings  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.exit(edge.__main__.main())
