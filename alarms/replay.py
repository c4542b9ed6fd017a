"""What was stored, as the samples that judging takes: numpy columns, a day at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from alarms.conditions.model import Memory, Sample
from alarms.models import Detection
from devices.models import Tag
from devices.stored import Series, newest_before, series_of
from devices.trends import Window

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples of all operands of a rule in order of time, one array each of length n.

    ``at`` int64 Unix milliseconds; ``which`` int16 index into ``operands``; ``value`` float64 with
    NaN for "no value"; ``good`` bool.
    """

    operands: tuple[str, ...]
    at: NDArray[np.int64]
    which: NDArray[np.int16]
    value: NDArray[np.float64]
    good: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)

    def samples(self, start: int, stop: int) -> Iterator[Sample]:
        """Return some of them as judging takes them."""
        columns = (c[start:stop].tolist() for c in (self.at, self.which, self.value, self.good))
        for at, which, value, good in zip(*columns, strict=True):
            yield Sample(at, self.operands[which], None if value != value else value, good)


Reader = Callable[[Window], Series]  # called with one window after the other


class Replay:
    """Everything that was stored of some operands in a time."""

    def __init__(self, operands: frozenset[str], window: Window) -> None:
        self._operands = tuple(sorted(operands))
        self._window = window

    @property
    def unknown(self) -> tuple[str, ...]:
        """The operands of which nothing is stored, as of a device's connection."""
        return tuple(name for name in self._operands if name.partition(":")[0] not in _READERS)

    def memory(self) -> Memory:
        """Return a memory that knows how the tags were when the time began: judged by nobody."""
        memory = Memory()
        for name in self._operands:
            kind, _, rest = name.partition(":")
            if kind == "tag" and (newest := newest_before(int(rest), self._window.from_ms)):
                memory.held[name] = newest
        return memory

    def chunks(self) -> Iterator[Chunk]:
        """Read the samples, at most a day at a time. At equal times in order of the operands."""
        readers = [
            (i, _READERS[kind](rest, self._window))
            for i, (kind, _, rest) in enumerate(name.partition(":") for name in self._operands)
            if kind in _READERS
        ]
        starts = range(self._window.from_ms, self._window.to_ms, _DAY_MS)
        for start, end in pairwise((*starts, self._window.to_ms)):
            parts = [(i, read(Window(start, end))) for i, read in readers]
            yield self._merge(parts)

    def _merge(self, parts: list[tuple[int, Series]]) -> Chunk:
        which = [np.full(len(series.at), i, np.int16) for i, series in parts]
        columns = [
            np.concatenate([np.empty(0, kind), *arrays])
            for kind, arrays in (
                (np.int64, [series.at for _, series in parts]),
                (np.int16, which),
                (np.float64, [series.value for _, series in parts]),
                (np.bool_, [series.good for _, series in parts]),
            )
        ]
        if len(parts) > 1:
            order = np.argsort(columns[0], kind="stable")
            columns = [column[order] for column in columns]
        return Chunk(self._operands, *columns)


# ---------------------------------------------------------------- operands


def _read_tag(rest: str, whole: Window) -> Reader:
    """Readings of a tag: "12"."""
    tag_id = int(rest)
    return lambda window: series_of(tag_id, window)


def _read_stale(rest: str, whole: Window) -> Reader:
    """A tag that says nothing: 1.0 from where its newest reading is stale, 0.0 at the next one."""
    tag = Tag.objects.get(pk=int(rest))
    newest = newest_before(tag.pk, whole.from_ms)
    last = newest[0] if newest else None

    def read(window: Window) -> Series:
        nonlocal last
        at = series_of(tag.pk, window).at
        times = at if last is None else np.concatenate([np.array([last], np.int64), at])
        last = int(times[-1]) if len(times) else None
        began = times + tag.stale_ms
        lasts = np.append(times[1:], window.to_ms) > began
        # a silence that began before this window was told of by an earlier one, if there was one
        is_first = window.from_ms == whole.from_ms
        told = began[lasts & (is_first | (began >= window.from_ms))]
        edges = [(max(t, whole.from_ms), 1.0) for t in told.tolist()]
        edges += [(t, 0.0) for t in at.tolist()]
        return _series(edges)

    return read


def _read_seen(rest: str, whole: Window) -> Reader:
    """A class of detections at a camera: "7:fire"."""
    camera, _, label = rest.partition(":")
    edges = _edges_of(_intervals(int(camera), label, whole), whole)
    return lambda window: _series([e for e in edges if window.from_ms <= e[0] < window.to_ms])


def _intervals(camera_id: int, label: str, whole: Window) -> list[tuple[int, int]]:
    """Return from when to when each detection lasted; what has not ended lasts beyond the end."""
    since, until = (dt.datetime.fromtimestamp(ms / 1000, dt.UTC) for ms in _ends(whole))
    rows = Detection.objects.filter(camera_id=camera_id, label=label, since__lt=until)
    rows = rows.filter(Q(ended_at__gt=since) | Q(ended_at=None))
    rows = rows.order_by("since").only("since", "at", "ended_at", "state")
    return [(_ms(row.since), _end_of(row, whole)) for row in rows.iterator()]


def _end_of(row: Detection, whole: Window) -> int:
    if row.state == Detection.State.ACTIVE:
        return whole.to_ms
    return _ms(row.at if row.ended_at is None else row.ended_at)  # None: its gateway forgot it


def _edges_of(intervals: list[tuple[int, int]], whole: Window) -> list[tuple[int, float]]:
    """Return when at least one of them began to last, and when none did any more."""
    changes = sorted(
        [(max(since, whole.from_ms), 1) for since, _ in intervals]
        + [(max(until, whole.from_ms), -1) for _, until in intervals],
        key=lambda change: (change[0], -change[1]),
    )
    edges, lasting = [(whole.from_ms, 0.0)], 0
    for at, step in changes:
        lasting += step
        if (lasting > 0) != (edges[-1][1] > 0):
            edges.append((at, float(lasting > 0)))
    return edges


def _series(edges: list[tuple[int, float]]) -> Series:
    edges.sort()
    at, value = np.array([e[0] for e in edges], np.int64), np.array([e[1] for e in edges])
    return Series(at, value.astype(np.float64), np.ones(len(edges), np.bool_))


def _ends(window: Window) -> tuple[int, int]:
    return window.from_ms, window.to_ms


def _ms(at: dt.datetime) -> int:
    return round(at.timestamp() * 1000)


_READERS: Final[dict[str, Callable[[str, Window], Reader]]] = {
    "tag": _read_tag,
    "stale": _read_stale,
    "seen": _read_seen,
}
