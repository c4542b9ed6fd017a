"""Make the models that ship, and say how good they are.

  python -m edge.training render --out FOLDER                      rendered scenes with their truth
  python -m edge.training train helmet --data DIR FOLDER           hours; the same command resumes
  python -m edge.training export helmet --data DIR FOLDER          ONNX, FP32 and INT8, with cards
  python -m edge.training evaluate helmet --data DIR               the table; needs no torch

DIR is a data folder (see edge/training/dataset.py), FOLDER what `render` made. Training starts from
edge/training/checkpoints/TASK.npz, or from --start: another .npz or a YOLOv8 checkpoint. Its best
weights so far are best.npz in the run's folder; `export --keep` puts them among the checkpoints.
"""

from __future__ import annotations

import argparse
import logging
import shutil
from pathlib import Path
from typing import Final

from edge.training.dataset import TASKS, Task, samples_of

CHECKPOINTS: Final = Path(__file__).parent / "checkpoints"
MODELS: Final = Path(__file__).parents[1] / "models"
RUNS: Final = Path("var/training")


def main() -> None:
    """Run one command."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    arguments = _parser().parse_args()
    arguments.command(arguments)


def _render(arguments: argparse.Namespace) -> None:
    from edge.training.rendered import render

    count = render(arguments.out, arguments.scenes, arguments.seed)
    print(f"{count} pictures in {arguments.out}")  # noqa: T201  # this is a command


def _train(arguments: argparse.Namespace) -> None:
    from edge.training.train import Plan, train

    task = _task(arguments)
    data, *more = arguments.data
    extra = [
        one
        for folder in more
        for part in ("train", "choose")
        for one in samples_of(folder, task, part)
    ]
    run = arguments.run or RUNS / task.name
    run.mkdir(parents=True, exist_ok=True)
    plan = Plan(
        arguments.epochs, rate=arguments.rate, seed=arguments.seed, threads=arguments.threads
    )
    train(task, data, extra, run, arguments.start or CHECKPOINTS / f"{task.name}.npz", plan)


def _export(arguments: argparse.Namespace) -> None:
    from edge.training.export import export

    task = _task(arguments)
    weights = arguments.weights or (arguments.run or RUNS / task.name) / "best.npz"
    export(task, weights, arguments.data, arguments.out)
    if arguments.keep:
        shutil.copyfile(weights, CHECKPOINTS / f"{task.name}.npz")


def _evaluate(arguments: argparse.Namespace) -> None:
    from edge.training.evaluate import evaluate, lines_of

    task = _task(arguments)
    cards = [arguments.out / f"{task.name}{suffix}.json" for suffix in ("", ".int8")]
    for card, rows in evaluate(task, cards, arguments.data[0]).items():
        print(f"\n{card.stem}\n", *lines_of(rows), sep="\n")  # noqa: T201  # this is a command


def _task(arguments: argparse.Namespace) -> Task:
    return TASKS[arguments.task]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m edge.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True)
    rendering = commands.add_parser("render", help="render scenes with their truth")
    rendering.add_argument("--out", type=Path, required=True)
    rendering.add_argument("--scenes", type=int, default=110)
    rendering.add_argument("--seed", type=int, default=1000)
    rendering.set_defaults(command=_render)
    for name, command in (("train", _train), ("export", _export), ("evaluate", _evaluate)):
        one = commands.add_parser(name)
        one.add_argument("task", choices=sorted(TASKS))
        one.add_argument("--data", type=Path, nargs="+", required=True)
        one.set_defaults(command=command)
        if name != "evaluate":
            one.add_argument("--run", type=Path, help="folder of the run; var/training/TASK")
        if name == "train":
            _add_plan(one)
        else:
            one.add_argument("--out", type=Path, default=MODELS, help="where the models are")
        if name == "export":
            one.add_argument("--weights", type=Path, help="instead of the run's best.npz")
            one.add_argument("--keep", action="store_true", help="as the next start of training")
    return parser


def _add_plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--start", type=Path, help="weights to begin with")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rate", type=float, default=3e-4, help="of learning")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)


main()
