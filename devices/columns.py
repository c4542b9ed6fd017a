"""From frames to columns: the readings of one transaction, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from devices.copying import Columns
from devices.intake import Entry, Sender
from edge import wire


@dataclass
class Gathered:
    """The readings of several data frames, and those of them that were set aside."""

    entries: list[Entry]  # data frames only
    columns: Columns
    ends: NDArray[np.intp]  # entry e owns rows ends[e-1]..ends[e]
    kept: NDArray[np.bool_]
    rejected: list[tuple[Entry, wire.Rejected]] = field(default_factory=list)

    def reject(self, mask: NDArray[np.bool_], code: str) -> None:
        """Set the marked readings aside with this reason, unless they are already."""
        for row in np.flatnonzero(mask & self.kept).tolist():
            self.rejected.append(self._as_rejected(row, code))
        self.kept &= ~mask

    @cached_property
    def good(self) -> Columns:
        """The readings to store, sorted by tag and source time (cheaper for the index)."""
        rows = np.flatnonzero(self.kept)
        order = np.lexsort((self.columns.source[rows], self.columns.tag[rows]))
        return self.columns.take(rows[order])

    def stored_by_sender(self) -> Counter[Sender]:
        """Number of stored readings of each sender."""
        counts: Counter[Sender] = Counter()
        owner = self._owner(np.flatnonzero(self.kept))
        for index, count in zip(*np.unique(owner, return_counts=True), strict=True):
            counts[self.entries[index].sender] += int(count)
        return counts

    def site_of_tag(self) -> dict[int, int]:
        """The site of every tag in these columns: that of its sender."""
        sites: dict[int, int] = {}
        start = 0
        for entry, end in zip(self.entries, self.ends.tolist(), strict=True):
            tags = self.columns.tag[start:end].tolist()
            sites.update(dict.fromkeys(tags, entry.sender.site_id))
            start = end
        return sites

    def _owner(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.searchsorted(self.ends, rows, side="right")

    def _as_rejected(self, row: int, code: str) -> tuple[Entry, wire.Rejected]:
        index = int(self._owner(np.array([row]))[0])
        entry = self.entries[index]
        frame = entry.frame
        assert isinstance(frame, wire.Data)  # noqa: S101 - gather takes nothing else
        i = row - (int(self.ends[index - 1]) if index else 0)
        sent = (
            f"t={frame.t0 + frame.dt[i]} tag={frame.tag[i]} v={frame.v[i]}"
            f" q={frame.q[i] if frame.q else int(wire.Quality.GOOD)}"
        )
        if frame.raw and i in frame.raw:
            sent += f" raw={frame.raw[i]}"
        place = frame.index[i] if isinstance(frame, wire.Salvaged) else i
        return entry, wire.Rejected(place, code, sent[: wire.MAX_TEXT])


def gather(entries: Sequence[Entry]) -> Gathered:
    """Lay the readings of these data frames side by side; salvaged ones bring their rejects."""
    flat = _Flat()
    for entry in entries:
        flat.add(entry)
    columns = flat.columns()
    gathered = Gathered(
        list(entries),
        columns,
        np.cumsum(np.array(flat.counts, np.intp)),
        np.ones(len(columns), np.bool_),
    )
    for entry in entries:
        if isinstance(entry.frame, wire.Salvaged):
            gathered.rejected.extend((entry, bad) for bad in entry.frame.rejected)
    return gathered


class _Flat:
    """Plain lists first: one conversion per column and transaction is what makes it cheap."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        self.t0: list[int] = []
        self.received: list[int] = []
        self.dt: list[int] = []
        self.tag: list[int] = []
        self.value: list[float | None] = []
        self.quality: list[tuple[int, list[int]]] = []  # (first row, codes)
        self.raw: dict[int, str] = {}

    def add(self, entry: Entry) -> None:
        frame = entry.frame
        assert isinstance(frame, wire.Data)  # noqa: S101 - the caller filtered
        start = len(self.value)
        self.counts.append(len(frame.v))
        self.t0.append(frame.t0)
        self.received.append(entry.received_ms)
        self.dt.extend(frame.dt)
        self.tag.extend(map(entry.sender.tags.__getitem__, frame.tag))
        self.value.extend(frame.v)
        if frame.q:
            self.quality.append((start, frame.q))
        if frame.raw:
            self.raw.update((start + i, text) for i, text in frame.raw.items())

    def columns(self) -> Columns:
        quality = np.full(len(self.value), int(wire.Quality.GOOD), np.int16)
        for start, codes in self.quality:
            quality[start : start + len(codes)] = codes
        return Columns(
            source=np.repeat(np.array(self.t0, np.int64), self.counts)
            + np.array(self.dt, np.int64),
            received=np.repeat(np.array(self.received, np.int64), self.counts),
            value=np.array(self.value, np.float64),
            tag=np.array(self.tag, np.int32),
            quality=quality,
            raw=self.raw,
        )
