"""``python -m edge spool``: what waits for the cloud, whether the gateway runs or not.

Reads the database beside its owner: SQLite lets one write and many read.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from edge.spool_file import SpoolUnavailable, translated
from edge.wire import STREAMS, Stream


class Waiting(NamedTuple):
    """What waits in one stream."""

    stream: Stream
    next: int  # number of the next frame to be sealed
    acked: int  # frames up to this one are with the cloud
    frames: int
    readings: int
    oldest_ms: int | None
    bytes: int
    gaps: list[Dropped]


class Dropped(NamedTuple):
    """A gap record: frames that went, and why."""

    seq_from: int
    seq: int
    readings: int
    reason: str


class SpoolView(NamedTuple):
    """A whole spool."""

    epoch: str
    bytes: int
    streams: list[Waiting]


def look_at(path: Path) -> SpoolView | None:
    """Look into a spool without touching it; None: there is none.

    Raises:
        SpoolError: it cannot be read.
    """
    if not path.exists():
        return None
    try:
        address = f"{path.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
            db.execute("BEGIN")  # one moment for all that follows
            epoch = db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
            streams = [_waiting(db, stream) for stream in STREAMS]
    except sqlite3.Error as error:
        raise translated(error) from error
    except TypeError as error:  # a row that every spool has is missing: it is being made just now
        raise SpoolUnavailable(f"{path}: is not complete; try again") from error
    return SpoolView(str(epoch[0]), path.stat().st_size, streams)


def _waiting(db: sqlite3.Connection, stream: Stream) -> Waiting:
    next_, acked = db.execute(
        "SELECT next, forgotten FROM stream WHERE name = ?", (stream,)
    ).fetchone()
    frames, readings, oldest_ms, size = db.execute(
        "SELECT count(*), coalesce(sum(readings), 0), min(first_ms), coalesce(sum(length(body)), 0)"
        " FROM frame WHERE stream = ? AND reason IS NULL",
        (stream,),
    ).fetchone()
    gaps = db.execute(
        "SELECT seq_from, seq, readings, reason FROM frame"
        " WHERE stream = ? AND reason IS NOT NULL ORDER BY seq",
        (stream,),
    )
    dropped = [Dropped(*row) for row in gaps]
    return Waiting(stream, next_, acked, frames, readings, oldest_ms, size, dropped)


def describe(view: SpoolView, quota_bytes: int, now_ms: int) -> Iterator[str]:
    """Say it in lines for the terminal."""
    kib, quota_kib = view.bytes // 1024, quota_bytes // 1024
    percent = 100 * view.bytes / quota_bytes
    yield f"epoch {view.epoch}, {kib} KiB of {quota_kib} KiB ({percent:.0f} %)"
    for waiting in view.streams:
        yield _line(waiting, now_ms)
        for gap in waiting.gaps:
            yield (
                f"          gap {gap.seq_from}..{gap.seq}: {gap.readings} readings dropped"
                f" ({gap.reason}); the cloud will be told"
            )


def _line(waiting: Waiting, now_ms: int) -> str:
    line = f"{waiting.stream:8}  {waiting.frames} frames with {waiting.readings} readings wait"
    if waiting.oldest_ms is not None:
        age_s = max(0, now_ms - waiting.oldest_ms) / 1000
        when = datetime.fromtimestamp(waiting.oldest_ms / 1000, UTC)
        line += f", oldest of {when:%Y-%m-%d %H:%M:%S} UTC ({age_s:.0f} s ago)"
    return f"{line}; {waiting.bytes / 1024:.0f} KiB; sent and stored up to {waiting.acked}"


def now_ms() -> int:
    """UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000
