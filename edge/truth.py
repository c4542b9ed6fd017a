"""A diagnosis aid, off by default: a second record of every frame that the spool committed.

Fault tests compare it with what the cloud stored. One JSON object a line, synced to the disk after
the commit of the spool, so a line never speaks of a frame that is not in the spool (a kill between
the two leaves a frame without a line).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from edge.report import Reading
from edge.wire import Stream


class Line(msgspec.Struct):
    """One sealed frame."""

    epoch: str
    stream: Stream
    seq: int
    count: int
    readings: list[
        tuple[str, str, int, float | None, int]
    ]  # device, tag, source ms, value, quality


class TruthLog:
    """Appends lines to a file that several runs of the gateway may share."""

    def __init__(self, path: Path) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(fd, "a+b")
        size = os.fstat(fd).st_size
        if size and os.pread(fd, 1, size - 1) != b"\n":
            self._file.write(b"\n")  # the last line of a killed run stays alone

    def write(self, lines: Sequence[Line]) -> None:
        """Append lines and sync them."""
        self._file.writelines(msgspec.json.encode(line) + b"\n" for line in lines)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def line(epoch: str, stream: Stream, seq: int, readings: Sequence[Reading]) -> Line:
    """Describe one sealed frame."""
    rows = [(r.device, r.tag, r.source_ms, r.value, int(r.quality)) for r in readings]
    return Line(epoch, stream, seq, len(rows), rows)
