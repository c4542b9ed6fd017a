"""Readings for a spool, and a look at what is in it."""

from __future__ import annotations

from edge.report import Reading
from edge.spool import Spool
from edge.wire import Data, Event, Gap, Quality, Stream, decode_up

MIB = 1024 * 1024
SMALLEST = 64 * 4096


def readings(count: int, start: int = 0) -> list[Reading]:
    """Numbers that do not compress, a second apart."""
    return [
        Reading("D", f"t{i % 7}", (start + i) * 1000, Quality.GOOD, (start + i) * 1.000123456789)
        for i in range(count)
    ]


def frames(spool: Spool, stream: Stream = "live") -> list[Data | Event | Gap]:
    found: list[Data | Event | Gap] = []
    after = 0
    while out := spool.read(stream, after, 16):
        found += [decode_up(frame.message) for frame in out]  # type: ignore[misc]
        after = out[-1].seq
    return found
