"""Where a SunSpec device keeps its models: "SunS", then model after model, then the end mark.

Source: SunSpec Device Information Model Specification; lengths from github.com/sunspec/models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from edge.profile import Point

START: Final = 40000
SUNS: Final = (0x5375, 0x6E53)
END: Final = 0xFFFF
NOT_IMPLEMENTED: Final = 0xFFFF  # what registers hold that no point of the profile covers
_LENGTHS: Final = {1: 66, 101: 50, 102: 50, 103: 50, 201: 105, 202: 105, 203: 105, 204: 105}


def bases_of(points: Iterable[Point]) -> dict[int, int]:
    """Addresses of the models' ID registers: model 1 first, as the specification asks."""
    bases: dict[int, int] = {}
    at = START + len(SUNS)
    for model, length in _lengths(points).items():
        bases[model] = at
        at += 2 + length
    return bases


def chain(points: Iterable[Point]) -> Iterator[tuple[int, int]]:
    """Addresses and words of everything but the points: mark, headers, the unimplemented, end."""
    points = list(points)
    at = START
    for word in SUNS:
        yield at, word
        at += 1
    for model, length in _lengths(points).items():
        yield from ((at, model), (at + 1, length))
        yield from ((at + 2 + i, NOT_IMPLEMENTED) for i in range(length))
        at += 2 + length
    yield from ((at, END), (at + 1, 0))


def _lengths(points: Iterable[Point]) -> dict[int, int]:
    ends: dict[int, int] = {}
    for point in points:
        if point.model:
            ends[point.model] = max(ends.get(point.model, 2), point.address + point.width)
    if ends:
        ends.setdefault(1, 2)
    return {model: max(ends[model] - 2, _LENGTHS.get(model, 0)) for model in sorted(ends)}
