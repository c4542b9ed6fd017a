"""Which backend and precision runs a model fastest on this machine and still sees the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from edge.vision.agreement import FLOOR, Agreement, compare
from edge.vision.backends import available_for
from edge.vision.card import CardError, ModelCard, load_card, weights_of
from edge.vision.choice import Choice
from edge.vision.measure import Measurement, NotMeasured, measure_apart

PASSES: Final = 2  # over all ways, so that a disturbance does not hit only one of them
EXACT_FIRST: Final = ("fp32", "fp16", "int8")
REFERENCE_BACKENDS: Final = ("onnxruntime", "openvino")  # the first that reads the file


class Way(NamedTuple):
    """One way to run a model: one of its files on one of the backends."""

    path: Path  # the card
    card: ModelCard
    backend: str

    @property
    def exactness(self) -> tuple[int, int]:
        """Sort key: the most exact way, which the others are compared with, is first."""
        order = REFERENCE_BACKENDS
        rank = order.index(self.backend) if self.backend in order else len(order)
        return EXACT_FIRST.index(self.card.precision), rank


class Result(NamedTuple):
    """What came of one way."""

    way: Way
    measured: Measurement | None
    agreement: Agreement | None  # None: it is the reference itself, or was not measured
    problem: str = ""  # why it was not measured

    @property
    def may_serve(self) -> bool:
        """Say whether it ran, and is or agrees with the reference."""
        return self.measured is not None and (self.agreement is None or self.agreement.is_enough)


def cards_in(folder: Path) -> tuple[list[tuple[Path, ModelCard]], list[str]]:
    """All model cards below a folder, and what is wrong with the others."""
    cards, mistakes = [], []
    for path in sorted(folder.rglob("*.json")):
        try:
            cards.append((path, load_card(path)))
        except CardError as error:
            mistakes.append(str(error))
    return cards, mistakes


def models_of(cards: Sequence[tuple[Path, ModelCard]]) -> Iterator[list[Way]]:
    """The ways to run each model, the most exact first."""

    def model(entry: tuple[Path, ModelCard]) -> tuple[Path, str, str]:
        path, card = entry
        return path.parent, card.name, card.version

    for _, group in groupby(sorted(cards, key=model), key=model):
        ways = (
            Way(path, card, backend)
            for path, card in group
            for backend in available_for(weights_of(path, card))
        )
        if found := sorted(ways, key=lambda way: way.exactness):
            yield found


def measure_all(ways: Sequence[Way], pictures: Path, threads: int) -> list[Result]:
    """Measure every way; the first that ran is the reference.

    Args:
        ways: of one model, the most exact first.
        pictures: file of numpy, see ``measure_apart``.
        threads: for one picture.
    """
    runs = [[_measured(way, pictures, threads) for way in ways] for _ in range(PASSES)]
    results: list[Result] = []
    reference: Measurement | None = None
    for way, *tries in zip(ways, *runs, strict=True):
        measured = _best(tries)
        if measured is None:
            problem = next(one for one in tries if isinstance(one, str))
            results.append(Result(way, None, None, problem))
        elif reference is None:
            reference = measured
            results.append(Result(way, measured, None))
        else:
            agreement = compare(reference.found, measured.found)
            results.append(Result(way, measured, agreement))
    return results


def fastest(results: Sequence[Result]) -> Result | None:
    """The fastest of those that may serve; None if nothing ran."""
    serving = [result for result in results if result.may_serve]
    return min(serving, key=_whole_ms, default=None)


def choices_from(results: Sequence[Result]) -> dict[str, Choice]:
    """What to remember, by the sha256 of the model that will be asked for.

    Who asks for the most exact file gets the fastest way that agrees with it. Who asks for another
    one means that one, and gets its fastest backend.
    """
    exact = results[0].way.card.sha256
    chosen = {}
    for sha256 in {result.way.card.sha256 for result in results}:
        own = [one for one in results if one.way.card.sha256 == sha256]
        best = fastest(results if sha256 == exact else own)
        if best is not None:
            way, whole_ms = best.way, round(_whole_ms(best), 2)
            chosen[sha256] = Choice(way.path.name, way.card.sha256, way.backend, whole_ms)
    return chosen


def _measured(way: Way, pictures: Path, threads: int) -> Measurement | str:
    try:
        return measure_apart(way.path, way.backend, pictures, floor=FLOOR, threads=threads)
    except NotMeasured as error:
        return str(error)


def _best(tries: Sequence[Measurement | str]) -> Measurement | None:
    best: Measurement | None = None
    for one in tries:
        if isinstance(one, Measurement):
            best = one if best is None else best.better_of(one)
    return best


def _whole_ms(result: Result) -> float:
    return result.measured.whole.wall_ms if result.measured is not None else float("inf")
