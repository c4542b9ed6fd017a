"""Which time of a tag is summed up, so that its readings need not be read again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from django.db import connection

from devices.sums import QUARTER_MS

_MOST_HOLES: Final = 20  # each is a part of the query: with more, what lies between is read too


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: its first millisecond, and the first one after it."""

    from_ms: int
    to_ms: int
    is_summed: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is summed up, less the quarter hours whose sums are missing or old. Milliseconds."""

    from_ms: int
    to_ms: int
    dropped_to_ms: int  # of earlier time there are sums by the quarter hour, and nothing else
    marked: dict[int, list[int]] = field(default_factory=dict)  # tag -> starts, rising

    def spans(self, tag_id: int, from_ms: int, to_ms: int) -> list[Span]:
        """Part a window into what is to be taken from sums and what from readings.

        Sums are of whole quarter hours. Those at the ends of the window are taken from readings;
        where these are dropped, whole quarter hours are all there is.
        """
        dropped = self.dropped_to_ms
        start = _down(from_ms) if from_ms < dropped else _up(from_ms)
        end = _up(to_ms) if to_ms <= dropped else _down(to_ms)
        end = min(end, max(self.to_ms, dropped))
        if start >= end:
            return [Span(from_ms, to_ms, is_summed=False)]
        marked = [(at, at + QUARTER_MS) for at in self.marked.get(tag_id, ())]
        holes = _joined([(dropped, self.from_ms), *marked], start, end)
        if len(holes) > _MOST_HOLES:
            holes = [(holes[0][0], holes[-1][1])]
        first, after = min(from_ms, start), max(to_ms, end)
        raw = _joined([(first, start), *holes, (end, after)], first, after)
        spans = []
        for (_, before), (at, until) in pairwise([(first, first), *raw, (after, after)]):
            spans.append(Span(before, at, is_summed=True))
            spans.append(Span(at, until, is_summed=False))
        return [span for span in spans if span.from_ms < span.to_ms]


def coverage_of(tag_ids: list[int], from_ms: int, to_ms: int) -> Coverage:
    """Return what is summed up of some tags in a window.

    Read it before the sums: what is summed up meanwhile is then taken from readings, which is slow
    and right.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COVERAGE, {"tags": tag_ids, "from": _down(from_ms), "to": to_ms})
        rows = cursor.fetchall()
    coverage = Coverage(*rows[0][:3])
    for *_, tag_id, quarter in rows:
        if tag_id is not None:
            coverage.marked.setdefault(tag_id, []).append(quarter)
    return coverage


def _joined(stretches: Iterable[tuple[int, int]], first: int, after: int) -> list[tuple[int, int]]:
    """Clip rising stretches of time to another, and join those that touch."""
    joined: list[tuple[int, int]] = []
    clipped = ((max(start, first), min(end, after)) for start, end in stretches)
    for start, end in clipped:
        if start >= end:
            continue
        if joined and joined[-1][1] >= start:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _down(ms: int) -> int:
    return ms // QUARTER_MS * QUARTER_MS


def _up(ms: int) -> int:
    return -(-ms // QUARTER_MS) * QUARTER_MS


_MS = "(date_part('epoch', {}) * 1000)::int8"
_COVERAGE = f"""
select {_MS.format("s.rolled_from")}, {_MS.format("s.rolled_to")}, {_MS.format("s.dropped_to")},
    m.tag_id, {_MS.format("m.quarter")} as quarter
from devices_rollupstate s left join (
    select distinct tag_id, quarter from devices_rollupmark where tag_id = any(%(tags)s)
    and quarter >= to_timestamp(%(from)s / 1000.0) and quarter < to_timestamp(%(to)s / 1000.0)
) m on true
order by m.tag_id, quarter"""  # noqa: S608 - constants only
