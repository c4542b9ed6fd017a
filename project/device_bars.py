"""The bars beside the values of a device: where its limits lie, and where a value would. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from alarms.models import Kind
from devices.selectors import Row

WIDTH: Final = 100.0  # of a bar
_ROOM: Final = 0.25  # of the span between the outermost marks, on either side
SHORT: Final[dict[str, str]] = {  # as short as on an instrument
    Kind.LOW_LOW: "LL",
    Kind.LOW: "L",
    Kind.HIGH: "H",
    Kind.HIGH_HIGH: "HH",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A limit on a bar."""

    short: str
    kind: str  # as in a rule
    words: str
    limit: float  # in the unit of the tag
    x: float  # of `WIDTH`


@dataclass(frozen=True, slots=True)
class Bar:
    """What is drawn for one tag."""

    lo: float | None  # normal range, in the unit of the tag
    hi: float | None
    marks: list[Mark]
    begin: float | None  # values at the ends of the bar; None: there is nothing to draw
    end: float | None
    band: tuple[float, float] | None  # left end and width of the normal range, of `WIDTH`


def bars_of(tags: Iterable[Row], limits: Iterable[Row]) -> dict[int, Bar]:
    """Return the bar of each tag.

    Args:
        tags: rows of `devices.selectors.tag_rows`.
        limits: rows of `alarms.limits.limits_of`.
    """
    of_tag: dict[int, list[Row]] = defaultdict(list)
    for limit in limits:
        of_tag[limit["tag"]].append(limit)
    return {tag["k"]: _bar(tag["lo"], tag["hi"], of_tag[tag["k"]]) for tag in tags}


def _bar(lo: float | None, hi: float | None, limits: Sequence[Row]) -> Bar:
    ends = [lo, hi, *(row["limit"] for row in limits)]
    known: list[float] = sorted({value for value in ends if value is not None})
    if len(known) < 2:
        return Bar(lo, hi, [_mark(row, 0.0) for row in limits], None, None, None)
    room = _ROOM * (known[-1] - known[0])
    begin, end = known[0] - room, known[-1] + room

    def place(value: float) -> float:
        return round(WIDTH * (value - begin) / (end - begin), 1)

    left = 0.0 if lo is None else place(lo)
    right = WIDTH if hi is None else place(hi)
    band = None if lo is None and hi is None else (left, round(right - left, 1))
    return Bar(lo, hi, [_mark(row, place(row["limit"])) for row in limits], begin, end, band)


def _mark(row: Row, x: float) -> Mark:
    kind = Kind(row["kind"])
    return Mark(SHORT[kind], kind.value, str(kind.label), row["limit"], x)
