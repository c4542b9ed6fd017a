"""Readings to numbered frames. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from edge.report import Reading
from edge.wire import MAX_READINGS, Data, DataStream, Quality

_LONGEST_MS: Final = 2**31 - 1  # the offset column of a frame


def chunks(readings: Sequence[Reading]) -> Iterator[list[Reading]]:
    """Split readings into what fits one frame each, in number and (a clock may jump) in time."""
    chunk: list[Reading] = []
    first = last = 0
    for reading in readings:
        first, last = min(first, reading.source_ms), max(last, reading.source_ms)
        if chunk and (len(chunk) == MAX_READINGS or last - first > _LONGEST_MS):
            yield chunk
            chunk = []
        if not chunk:
            first = last = reading.source_ms
        chunk.append(reading)
    if chunk:
        yield chunk


def seal(
    stream: DataStream, seq: int, readings: Sequence[Reading], number_of: Callable[[Reading], int]
) -> Data:
    """Put readings, at least one, into the columns of a frame."""
    t0 = min(reading.source_ms for reading in readings)
    good = all(reading.quality == Quality.GOOD for reading in readings)
    exact = {i: reading.raw for i, reading in enumerate(readings) if reading.raw is not None}
    return Data(
        stream=stream,
        seq=seq,
        t0=t0,
        dt=[reading.source_ms - t0 for reading in readings],
        tag=[number_of(reading) for reading in readings],
        v=[reading.value for reading in readings],
        q=None if good else [int(reading.quality) for reading in readings],
        raw=exact or None,
    )
