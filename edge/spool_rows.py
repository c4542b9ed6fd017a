"""The SQL of the spool. No transactions and no policy: see ``edge.spool``."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping
from typing import Literal, NamedTuple

from edge.ends import Ends
from edge.spool_file import SpoolFile
from edge.wire import STREAMS, Gap, Stream, encode

Reason = Literal["quota", "age", "corrupt", "refused", "operator"]


class Row(NamedTuple):
    """A frame in the spool, or the gap record of those that were dropped."""

    stream: Stream
    seq: int
    seq_from: int  # smaller than seq only in a gap record
    readings: int
    first_ms: int
    last_ms: int
    reason: Reason | None = None  # set: a gap record
    crc: int | None = None
    body: bytes | None = None

    def is_sound(self) -> bool:
        """Say whether the body is what was written (a gap record has none)."""
        return self.reason is not None or (
            self.body is not None and zlib.crc32(self.body) == self.crc
        )

    def message(self) -> str | bytes:
        """The frame as it goes out: text, or binary with a picture."""
        if self.reason is None:
            return _unpack(self.body or b"")
        numbers = (self.seq_from, self.seq, self.first_ms, self.last_ms, self.readings)
        return encode(Gap(self.stream, *numbers, self.reason))


def data_row(
    stream: Stream, seq: int, readings: int, times_ms: tuple[int, int], message: str | bytes
) -> Row:
    """Pack the message of a frame into a row."""
    body = _pack(message)
    return Row(stream, seq, seq, readings, *times_ms, crc=zlib.crc32(body), body=body)


def _pack(message: str | bytes) -> bytes:
    """Compress text. A picture is compressed already, so a binary message stays as it is."""
    return message if isinstance(message, bytes) else zlib.compress(message.encode(), 1)


def _unpack(body: bytes) -> str | bytes:
    """A binary message begins with the upper byte of a small length, and zlib never with 0."""
    return body if body[:1] == b"\0" else zlib.decompress(body).decode()


_COLUMNS = ", ".join(Row._fields)
_PLACES = ", ".join("?" * len(Row._fields))


class Rows:
    """Statements on the open database of a file (which may open it anew)."""

    def __init__(self, file: SpoolFile) -> None:
        self._file = file

    @property
    def _db(self) -> sqlite3.Connection:
        return self._file.db

    # ------------------------------------------------------------ streams and tag numbers

    def begin(self, epoch: str) -> str:
        """Return the epoch; an empty database gets this one, and its streams."""
        self._db.execute("INSERT OR IGNORE INTO meta VALUES ('epoch', ?)", (epoch,))
        rows = [(stream,) for stream in STREAMS]
        self._db.executemany("INSERT OR IGNORE INTO stream VALUES (?, 1, 0, 0)", rows)
        query = "SELECT value FROM meta WHERE key = 'epoch'"
        return str(self._db.execute(query).fetchone()[0])

    def ends(self) -> dict[Stream, Ends]:
        """Where each stream stands."""
        rows = self._db.execute("SELECT name, next, forgotten, forgotten_ms FROM stream")
        return {name: Ends(*numbers) for name, *numbers in rows}

    def take_number(self, stream: Stream) -> int:
        """Take the next number of a stream."""
        query = "UPDATE stream SET next = next + 1 WHERE name = ? RETURNING next - 1"
        return int(self._db.execute(query, (stream,)).fetchall()[0][0])

    def skip_numbers(self, stream: Stream, last: int) -> None:
        """Go on after ``last``, and take it that the cloud has everything up to it."""
        update = "UPDATE stream SET next = ?, forgotten = ? WHERE name = ?"
        self._db.execute(update, (last + 1, last, stream))

    def tags(self) -> dict[tuple[str, str], int]:
        """The number of each (device uid, tag name)."""
        rows = self._db.execute("SELECT device, name, n FROM tag")
        return {(device, name): n for device, name, n in rows}

    def number_of(self, device: str, name: str) -> int:
        """The number of a tag; a new tag gets one that was never used before."""
        self._db.execute("INSERT OR IGNORE INTO tag (device, name) VALUES (?, ?)", (device, name))
        query = "SELECT n FROM tag WHERE device = ? AND name = ?"
        return int(self._db.execute(query, (device, name)).fetchone()[0])

    # ------------------------------------------------------------ frames

    def insert(self, row: Row) -> None:
        """Add a frame or a gap record."""
        self._db.execute(f"INSERT INTO frame ({_COLUMNS}) VALUES ({_PLACES})", row)  # noqa: S608

    def delete(self, stream: Stream, seq: int) -> None:
        """Remove one row."""
        self._db.execute("DELETE FROM frame WHERE stream = ? AND seq = ?", (stream, seq))

    def delete_all(self, stream: Stream) -> None:
        """Remove all rows of a stream."""
        self._db.execute("DELETE FROM frame WHERE stream = ?", (stream,))

    def after(self, stream: Stream, seq: int, limit: int) -> list[Row]:
        """The next rows of a stream, in order."""
        query = f"SELECT {_COLUMNS} FROM frame WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
        return [Row(*row) for row in self._db.execute(query, (stream, seq, limit))]

    def ending_at(self, stream: Stream, seq: int) -> Row | None:
        """The row of a number."""
        row = next(iter(self.after(stream, seq - 1, 1)), None)
        return row if row and row.seq == seq else None

    def oldest_data(self, stream: Stream) -> Row | None:
        """The oldest row of a stream that is not a gap record."""
        query = (
            f"SELECT {_COLUMNS} FROM frame WHERE stream = ? AND reason IS NULL"  # noqa: S608
            " ORDER BY seq LIMIT 1"
        )
        row = self._db.execute(query, (stream,)).fetchone()
        return Row(*row) if row else None

    def oldest_picture(self, stream: Stream) -> Row | None:
        """The oldest row of a stream with a binary message."""
        query = (
            f"SELECT {_COLUMNS} FROM frame WHERE stream = ? AND reason IS NULL"  # noqa: S608
            " AND substr(body, 1, 1) = x'00' ORDER BY seq LIMIT 1"
        )
        row = self._db.execute(query, (stream,)).fetchone()
        return Row(*row) if row else None

    def bytes_of(self, stream: Stream) -> int:
        """Size of all frames of a stream."""
        query = "SELECT coalesce(sum(length(body)), 0) FROM frame WHERE stream = ?"
        return int(self._db.execute(query, (stream,)).fetchone()[0])

    def summary(self, stream: Stream) -> tuple[int, int, int] | None:
        """Readings, oldest and newest source time of all rows of a stream, if it has any."""
        query = "SELECT sum(readings), min(first_ms), max(last_ms) FROM frame WHERE stream = ?"
        readings, first_ms, last_ms = self._db.execute(query, (stream,)).fetchone()
        return None if readings is None else (readings, first_ms, last_ms)

    def forget(self, acked: Mapping[Stream, int]) -> None:
        """Remove everything up to a number in each stream."""
        for stream, seq in acked.items():
            newest = "SELECT max(last_ms) FROM frame WHERE stream = ? AND seq <= ?"
            last_ms = self._db.execute(newest, (stream, seq)).fetchone()[0] or 0
            self._db.execute("DELETE FROM frame WHERE stream = ? AND seq <= ?", (stream, seq))
            update = (
                "UPDATE stream SET forgotten = max(forgotten, ?),"
                " forgotten_ms = max(forgotten_ms, ?) WHERE name = ?"
            )
            self._db.execute(update, (seq, last_ms, stream))

    # ------------------------------------------------------------ size

    def pragma(self, name: str) -> int:
        """Read a number from SQLite."""
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def used_pages(self) -> int:
        """Pages with something in them."""
        return self.pragma("page_count") - self.pragma("freelist_count")

    def waiting(self) -> int:
        """How many rows there are."""
        return int(self._db.execute("SELECT count(*) FROM frame").fetchone()[0])

    def oldest_ms(self) -> int | None:
        """Source time of the oldest row."""
        firsts = (self.after(stream, 0, 1) for stream in STREAMS)
        return min((rows[0].first_ms for rows in firsts if rows), default=None)
