"""Every backend and precision on this machine, against ``ultralytics predict`` of the same weights.

    python -m bench.vision [--models DIR] [--train-python PYTHON]

The other side needs a Python with the packages of requirements-train.txt, named by the option or by
SENTINEL_TRAIN_PYTHON, and the weights in edge/training/checkpoints. Every figure is of a process
of its own, one after the other: the median of a round over the pictures, the best of the rounds.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from edge.benchmark import SHIPPED, THREADS
from edge.vision.agreement import compare
from edge.vision.benchmark import Result, cards_in, measure_all, models_of
from edge.vision.card import ModelCard
from edge.vision.choice import machine
from edge.vision.measure import Measurement, NotMeasured, Timing, run_child
from edge.vision.pictures import kept_pictures
from edge.vision.table import lines_of, row

CHECKPOINTS = Path("edge/training/checkpoints")
PASSES = 2


def measure_torch(
    python: str, card: ModelCard, pictures: Path, threads: int, checkpoints: Path
) -> Measurement:
    """What ``ultralytics predict`` takes for the same weights.

    Raises:
        NotMeasured: the Python lacks packages, or the weights are not there.
    """
    weights = checkpoints / f"{card.name.replace('-', '_')}.npz"
    if not weights.exists():
        raise NotMeasured(f"{weights} is not there")
    with tempfile.TemporaryDirectory() as folder:
        packed = f"{folder}/{card.name}.pt"
        command = [python, "-m", "bench.torch_predict"]
        run_child([*command, "pack", str(weights), weights.stem, packed])
        best: Measurement | None = None
        for _ in range(PASSES):
            size = ",".join(map(str, card.input_size))
            order = ["measure", packed, str(pictures), size, str(threads), str(time.monotonic())]
            one = msgspec.json.decode(run_child([*command, *order]), type=Measurement)
            best = one if best is None else best.better_of(one)
    assert best is not None
    return best


def against_torch(
    args: argparse.Namespace, results: Sequence[Result], pictures: Path
) -> Iterator[str]:
    """Lines that compare with ``ultralytics predict``, or say why there are none."""
    if not args.train_python:
        yield "ultralytics predict: not measured, SENTINEL_TRAIN_PYTHON names no Python"
        return
    card, reference = results[0].way.card, next((one for _, one, *_ in results if one), None)
    try:
        torch = measure_torch(args.train_python, card, pictures, args.threads, args.checkpoints)
    except NotMeasured as error:
        yield f"ultralytics predict: not measured: {error}"
        return
    if reference is not None:
        met, boxes = compare(reference.found, torch.found)
        yield row("fp32", "ultralytics", torch, f"{met} of {boxes} boxes")
        yield ""
        yield from ratios(results, torch)


def ratios(results: Sequence[Result], torch: Measurement) -> Iterator[str]:
    """How much faster and smaller each way is; CPU time is steadier on a busy machine."""
    yield "against ultralytics predict (times as fast: wall clock / CPU time)"
    yield f"{'precision':9}  {'backend':11}  {'model only':>13}  {'whole':>13}  memory"
    for way, one, *_ in results:
        if one is not None:
            model, whole = _faster(one.model, torch.model), _faster(one.whole, torch.whole)
            name = f"{way.card.precision:9}  {way.backend:11}"
            yield f"{name}  {model:>13}  {whole:>13}  {one.rss_mb / torch.rss_mb:6.0%}"


def _faster(ours: Timing, theirs: Timing) -> str:
    return f"{theirs.wall_ms / ours.wall_ms:.1f} / {theirs.cpu_ms / ours.cpu_ms:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=SHIPPED)
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--train-python", default=os.environ.get("SENTINEL_TRAIN_PYTHON", ""))
    args = parser.parse_args()
    cards, mistakes = cards_in(args.models)
    print("\n".join(mistakes), file=sys.stderr)
    print(f"{machine()}; threads: {args.threads}; load {os.getloadavg()[0]:.1f}")
    with kept_pictures(args.pictures) as pictures:
        for ways in models_of(cards):
            results = measure_all(ways, pictures, args.threads)
            print("", *lines_of(results), sep="\n", flush=True)
            print(*against_torch(args, results, pictures), sep="\n", flush=True)
    if not cards:
        print(f"{args.models}: no model cards")


if __name__ == "__main__":
    main()
