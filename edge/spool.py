"""The disk outbox: from the moment ``append`` returns, a power cut loses nothing.

One SQLite file, used by one thread. Its id is the *epoch*; inside an epoch every stream counts its
frames from 1, and a number is never used for anything else. When the quota is reached the oldest
frames go, and a gap record takes the numbers of those that went.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import structs

from edge.ends import Ends
from edge.gather import Happening, Sighting
from edge.report import Reading
from edge.seal import chunks, seal
from edge.spool_file import PAGE_BYTES, SpoolFile
from edge.spool_rows import Reason, Row, Rows, data_row
from edge.truth import TruthLog
from edge.truth import line as truth_line
from edge.wire import (
    DataStream,
    Detection,
    Event,
    Stream,
    decode_detection,
    encode,
    encode_stored,
)

logger = logging.getLogger(__name__)

DROP_ORDER: Final[tuple[Stream, ...]] = ("history", "live", "events")
_SPARE_PAGES: Final = 24  # always left free: dropping and forgetting need room to work in


class Outgoing(NamedTuple):
    """A frame as it goes out."""

    stream: Stream
    seq: int
    readings: int
    message: str | bytes  # for the websocket, text or binary


class Status(NamedTuple):
    """What a heartbeat says of the spool."""

    waiting: int  # frames
    oldest_ms: int | None  # source time of the oldest of them
    bytes: int


class Spool:
    """Belongs to the thread that opens it. ``close`` when done."""

    def __init__(self, path: Path, quota_bytes: int, truth_log: Path | None = None) -> None:
        """Open a spool, or create it. A damaged one is set aside and a new one begun.

        Raises:
            SpoolLocked: another process runs on it.
            SpoolUnavailable: the disk is full or fails.
        """
        self._file = SpoolFile(path, quota_bytes)
        self._truth: TruthLog | None = None
        self._rows = Rows(self._file)
        self.epoch = self._file.write(lambda: self._rows.begin(secrets.token_hex(8)))
        self._numbers = self._rows.tags()
        self._handed: dict[Stream, int] = {}  # newest number that was given out to be sent
        if truth_log:
            self._truth = TruthLog(truth_log)

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged predecessor went."""
        return self._file.set_aside

    def close(self) -> None:
        """Close the file and let another process have it."""
        self._file.close()
        if self._truth:
            self._truth.close()

    # ------------------------------------------------------------ writing

    def append(
        self,
        readings: Sequence[Reading],
        happenings: Sequence[Happening | Sighting] = (),
        *,
        stream: DataStream = "live",
        acked: Mapping[Stream, int] | None = None,
    ) -> dict[Stream, int]:
        """Seal readings and events into frames, in one transaction.

        Args:
            readings: any number; more than fit one frame become several.
            happenings: each becomes a frame of the events stream.
            stream: where the readings go; it never changes afterwards.
            acked: numbers to forget in the same transaction, see ``forget``.

        Returns:
            The newest number of each stream that got a frame.

        Raises:
            SpoolUnavailable: nothing was written and nothing was lost; try again later.
        """
        sealed: list[tuple[Row, Sequence[Reading]]] = []

        def write() -> None:
            self._rows.forget(acked or {})
            sealed[:] = [(self._event_row(happening), ()) for happening in happenings]
            sealed.extend((self._data_row(stream, chunk), chunk) for chunk in chunks(readings))
            self._insert([row for row, _ in sealed])

        self._file.write(write)
        if self._truth:
            lines = [truth_line(self.epoch, row.stream, row.seq, of) for row, of in sealed]
            self._truth.write(lines)
        return {row.stream: row.seq for row, _ in sealed}

    def forget(self, acked: Mapping[Stream, int]) -> None:
        """Delete all frames up to and including a number in each stream: the cloud has them."""
        if acked:
            self._file.write(lambda: self._rows.forget(acked))

    def refuse(self, stream: Stream, seq: int) -> None:
        """Replace a frame that the cloud will not take by a gap record."""

        def write() -> None:
            row = self._rows.ending_at(stream, seq)
            if row and row.reason is None:
                self._drop(row, "refused")

        self._file.write(write)

    def skip_to(self, stream: Stream, last: int) -> None:
        """Go on after a number that this spool never gave, because the cloud knows it.

        That happens when an old copy of the spool was put back. The frames that wait here carry
        numbers which the cloud takes for others, so one gap record after them takes their place.
        """

        def write() -> None:
            waiting = self._rows.summary(stream)
            self._rows.delete_all(stream)
            self._rows.skip_numbers(stream, last)
            if waiting:
                seq = self._rows.take_number(stream)
                self._rows.insert(Row(stream, seq, seq, *waiting, reason="operator"))

        self._file.write(write)

    def number_tags(self, tags: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Give numbers to (device uid, tag name) pairs; return all numbers of this epoch."""
        new = [tag for tag in tags if tag not in self._numbers]
        if new:  # on a full disk a gateway can still start with the tags that it had
            self._file.write(lambda: [self._rows.number_of(*tag) for tag in new])
            self._numbers = self._rows.tags()
        return dict(self._numbers)

    # ------------------------------------------------------------ reading

    def read(self, stream: Stream, after: int, frames: int) -> list[Outgoing]:
        """Read the next frames of a stream, in order; one with a broken body becomes a gap."""
        out = []
        for row in self._file.read(lambda: self._rows.after(stream, after, frames)):
            sound = row
            if not row.is_sound():
                logger.error("frame %s %d of the spool is corrupt", stream, row.seq)
                sound = row._replace(reason="corrupt")
                self._file.write(lambda broken=row: self._drop(broken, "corrupt"))  # type: ignore[misc]
            readings = row.readings if sound.reason is None else 0
            out.append(Outgoing(stream, row.seq, readings, sound.message()))
            self._handed[stream] = max(row.seq, self._handed.get(stream, 0))
        return out

    def ends(self) -> dict[Stream, Ends]:
        """Where each stream stands."""
        return self._file.read(self._rows.ends)

    def status(self) -> Status:
        """What waits for the cloud. Also takes the reserve again when the disk has room."""
        self._file.take_ballast()
        return self._file.read(
            lambda: Status(
                self._rows.waiting(), self._rows.oldest_ms(), self._rows.used_pages() * PAGE_BYTES
            )
        )

    # ------------------------------------------------------------ rows

    def _event_row(self, happening: Happening | Sighting) -> Row:
        seq = self._rows.take_number("events")
        frame: Event | Detection
        if isinstance(happening, Sighting):
            frame = structs.replace(happening.detection, seq=seq)
        else:
            frame = Event(seq, happening.at_ms, happening.kind, happening.device, happening.detail)
        return data_row("events", seq, 0, (frame.at, frame.at), encode_stored(frame))

    def _data_row(self, stream: DataStream, chunk: Sequence[Reading]) -> Row:
        seq = self._rows.take_number(stream)
        text = encode(seal(stream, seq, chunk, self._number_of))
        times = [reading.source_ms for reading in chunk]
        return data_row(stream, seq, len(chunk), (min(times), max(times)), text)

    def _number_of(self, reading: Reading) -> int:
        known = self._numbers.get((reading.device, reading.tag))
        return known or self._rows.number_of(reading.device, reading.tag)

    def _insert(self, rows: Sequence[Row]) -> None:
        for row in rows:
            pages = len(row.body or b"") // PAGE_BYTES + 2
            if self._make_room(pages + _SPARE_PAGES):
                self._rows.insert(row)
            else:  # a quota of less than one frame: even then every number is accounted for
                self._rows.insert(row._replace(reason="quota", crc=None, body=None))

    # ------------------------------------------------------------ dropping

    def _make_room(self, pages: int) -> bool:
        """Drop the oldest frames until so many pages are free; False if the quota is too small."""
        while self._free_pages() < pages:
            if self._lighten():
                continue
            oldest = (self._rows.oldest_data(stream) for stream in DROP_ORDER)
            victim = next((row for row in oldest if row), None)
            if victim is None:
                return self._free_pages() >= pages - _SPARE_PAGES
            self._drop(victim, "quota")
        return True

    def _lighten(self) -> bool:
        """Take the picture out of the oldest event, if events take more than half of the quota.

        They are dropped last, and readings must not all go for the sake of pictures. What happened
        is kept.
        """
        half = self._rows.pragma("max_page_count") * PAGE_BYTES // 2
        row = self._rows.oldest_picture("events")
        if row is None or self._rows.bytes_of("events") <= half:
            return False
        if not row.is_sound():
            self._drop(row, "corrupt")
            return True
        bare = structs.replace(decode_detection(row.body or b""), picture=None, jpeg=b"")
        self._rows.delete("events", row.seq)
        times_ms = (row.first_ms, row.last_ms)
        self._rows.insert(data_row("events", row.seq, 0, times_ms, encode_stored(bare)))
        return True

    def _free_pages(self) -> int:
        free = self._rows.pragma("freelist_count")
        if self._file.disk_is_full:  # the file cannot grow to its quota
            return free
        return free + self._rows.pragma("max_page_count") - self._rows.pragma("page_count")

    def _drop(self, row: Row, reason: Reason) -> None:
        """Turn a frame into a gap record, or widen the one before it.

        A record is not widened across what was already given out: the cloud may have one part and
        not the other, and would then count readings as lost that it has.
        """
        before = self._rows.ending_at(row.stream, row.seq - 1)
        is_fresh = row.seq - 1 > self._handed.get(row.stream, 0)
        self._rows.delete(row.stream, row.seq)
        gap = row._replace(reason=reason, crc=None, body=None)
        if before and before.reason == reason and is_fresh:
            self._rows.delete(before.stream, before.seq)
            gap = gap._replace(
                seq_from=before.seq_from,
                readings=before.readings + row.readings,
                first_ms=min(before.first_ms, row.first_ms),
                last_ms=max(before.last_ms, row.last_ms),
            )
        self._rows.insert(gap)
