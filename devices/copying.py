"""Readings as PostgreSQL binary COPY, packed by numpy without a Python object per row. Pure.

Source of the format: PostgreSQL documentation, COPY, "Binary Format".
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

COLUMNS: Final = "source_time, received_time, value, tag_id, quality, raw"
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER: Final = struct.pack(">h", -1)
_EPOCH_MS: Final = 946_684_800_000  # 2000-01-01, PostgreSQL's zero, in Unix milliseconds

_TIMES = [("n", ">i2"), ("l0", ">i4"), ("source", ">i8"), ("l1", ">i4"), ("received", ">i8")]
_REST = [("l3", ">i4"), ("tag", ">i4"), ("l4", ">i4"), ("quality", ">i2"), ("l5", ">i4")]
_WITH_VALUE = np.dtype([*_TIMES, ("l2", ">i4"), ("value", ">f8"), *_REST])
_WITHOUT_VALUE = np.dtype([*_TIMES, ("l2", ">i4"), *_REST])


@dataclass(slots=True)
class Columns:
    """Readings, one array each of length n.

    ``source`` and ``received`` int64 Unix milliseconds, ``value`` float64 with NaN for "no value",
    ``tag`` int32 tag ids, ``quality`` int16; ``raw`` maps a row to its exact text.
    """

    source: NDArray[np.int64]
    received: NDArray[np.int64]
    value: NDArray[np.float64]
    tag: NDArray[np.int32]
    quality: NDArray[np.int16]
    raw: dict[int, str]

    def __len__(self) -> int:
        return len(self.tag)

    def take(self, rows: NDArray[np.intp]) -> Columns:
        """Return the given rows, in that order."""
        raw = self.raw and {
            new: self.raw[old] for new, old in enumerate(rows.tolist()) if old in self.raw
        }
        return Columns(
            self.source[rows],
            self.received[rows],
            self.value[rows],
            self.tag[rows],
            self.quality[rows],
            raw,
        )

    def newest(self) -> Columns:
        """Return the newest reading of each tag; the rows must be sorted by tag and source time."""
        is_last = np.append(self.tag[1:] != self.tag[:-1], np.ones(min(len(self), 1), np.bool_))
        return self.take(np.flatnonzero(is_last))

    def where(self, keep: Sequence[bool]) -> Columns:
        """Return the rows for which ``keep`` is true."""
        return self.take(np.flatnonzero(np.array(keep, np.bool_)))

    def rows(self) -> list[list[Any]]:
        """Return [tag, source, value or None, quality, received, text or None] for each row."""
        values = [None if value != value else value for value in self.value.tolist()]
        return [
            [tag, source, value, quality, received, self.raw.get(i) if self.raw else None]
            for i, (tag, source, value, quality, received) in enumerate(
                zip(
                    self.tag.tolist(),
                    self.source.tolist(),
                    values,
                    self.quality.tolist(),
                    self.received.tolist(),
                    strict=True,
                )
            )
        ]


def pack(columns: Columns) -> bytes:
    """Encode the rows for ``copy TABLE (COLUMNS) from stdin (format binary)``."""
    if columns.raw:
        return _HEADER + _pack_with_text(columns) + _TRAILER
    valued = ~np.isnan(columns.value)
    if valued.all():
        return _HEADER + _fill(_WITH_VALUE, columns).tobytes() + _TRAILER
    return (
        _HEADER
        + _fill(_WITH_VALUE, columns.take(np.flatnonzero(valued))).tobytes()
        + _fill(_WITHOUT_VALUE, columns.take(np.flatnonzero(~valued))).tobytes()
        + _TRAILER
    )


def _fill(dtype: np.dtype[np.void], columns: Columns) -> NDArray[np.void]:
    rows = np.empty(len(columns), dtype)
    rows["n"] = 6
    rows["l0"] = rows["l1"] = 8
    rows["l3"], rows["l4"], rows["l5"] = 4, 2, -1
    rows["source"] = (columns.source - _EPOCH_MS) * 1000
    rows["received"] = (columns.received - _EPOCH_MS) * 1000
    rows["tag"] = columns.tag
    rows["quality"] = columns.quality
    if dtype is _WITH_VALUE:
        rows["l2"], rows["value"] = 8, columns.value
    else:
        rows["l2"] = -1
    return rows


def _pack_with_text(columns: Columns) -> bytes:
    """Rows that carry text have no fixed width, so they are cut and joined one by one."""
    plain = np.setdiff1d(np.arange(len(columns)), np.fromiter(columns.raw, np.intp))
    head = pack(columns.take(plain))[len(_HEADER) : -len(_TRAILER)]
    parts = [head]
    for row, text in columns.raw.items():
        dtype = _WITHOUT_VALUE if np.isnan(columns.value[row]) else _WITH_VALUE
        fixed = _fill(dtype, columns.take(np.array([row]))).tobytes()
        data = text.encode()
        parts.append(fixed[:-4] + struct.pack(">i", len(data)) + data)
    return b"".join(parts)
