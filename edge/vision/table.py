"""The benchmark's results as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from edge.vision.benchmark import Result, fastest
from edge.vision.measure import Measurement

HEAD: Final = "precision  backend      model ms  whole ms     FPS  memory MB  cold s  sees the same"


def lines_of(results: Sequence[Result]) -> Iterator[str]:
    """A heading, a line for each way to run the model, and which one is chosen."""
    card = results[0].way.card
    width, height = card.input_size
    yield f"{card.name} {card.version}, {width} x {height}"
    yield HEAD
    yield from map(_line, results)
    best = fastest(results)
    if best is None:
        yield "nothing here runs this model"
        return
    yield f"fastest that agrees: {best.way.card.precision} on {best.way.backend}"
    if not any(one.agreement.boxes for one in results if one.agreement is not None):
        yield "nothing was seen in the pictures, so nothing was compared: give some with --pictures"


def row(first: str, second: str, one: Measurement, verdict: str = "") -> str:
    """One line of the table."""
    return (
        f"{first:9}  {second:11}  {one.model.wall_ms:8.1f}  {one.whole.wall_ms:8.1f}"
        f"  {1000 / one.whole.wall_ms:6.1f}  {one.rss_mb:9.0f}  {one.cold_s:6.2f}  {verdict}"
    )


def _line(result: Result) -> str:
    precision, backend = result.way.card.precision, result.way.backend
    if result.measured is None:
        return f"{precision:9}  {backend:11}  not measured: {result.problem}"
    return row(precision, backend, result.measured, _verdict(result))


def _verdict(result: Result) -> str:
    if result.agreement is None:
        return "the reference"
    met, boxes = result.agreement
    if not boxes:
        return "nothing to compare"
    return f"{met} of {boxes} boxes" + ("" if result.agreement.is_enough else ": too few")
