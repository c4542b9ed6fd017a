"""``python -m edge benchmark``: how fast each model runs here, and which way is best."""
# ruff: noqa: T201 - a command line answers on the terminal

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from edge.options import add_options, place_of

EXIT_BAD: Final = 1
THREADS: Final = max(1, (os.cpu_count() or 2) // 2)  # for one picture, as cameras are given
SHIPPED: Final = Path(__file__).parent / "models"


def add_verbs(verbs: Any) -> None:
    """Add it to the command line (to what ``ArgumentParser.add_subparsers`` returned)."""
    text = "measure the models of the cameras on this machine and remember the fastest way"
    one = verbs.add_parser("benchmark", help=text)
    add_options(one)
    one.add_argument("--models", type=Path, default=SHIPPED, help="folder with model cards")
    one.add_argument("--pictures", type=Path, help="folder with pictures of your own cameras")
    one.add_argument("--threads", type=int, default=THREADS, help=f"for one picture ({THREADS})")
    one.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    """Measure, print, remember; return the exit code."""
    missing = [name for name in ("numpy", "cv2", "onnxruntime") if not find_spec(name)]
    if missing:
        print(
            f"cameras need {', '.join(missing)}: install requirements-vision.txt", file=sys.stderr
        )
        return EXIT_BAD
    # Only now: a gateway without cameras has none of what these import.
    from edge.vision.benchmark import cards_in, choices_from, measure_all, models_of
    from edge.vision.choice import FILE, Choice, machine, remember_choices
    from edge.vision.pictures import kept_pictures
    from edge.vision.table import lines_of

    keeps = options.state is not None or options.config is not None
    data = place_of(options).state if keeps else None
    cards, mistakes = cards_in(options.models)
    print("\n".join(mistakes), file=sys.stderr, end="\n" if mistakes else "")
    print(f"{machine()}; threads: {options.threads}")
    chosen: dict[str, Choice] = {}
    with kept_pictures(options.pictures) as pictures:
        for ways in models_of(cards):
            results = measure_all(ways, pictures, options.threads)
            print("", *lines_of(results), sep="\n", flush=True)
            chosen |= choices_from(results)
    if not chosen:
        print(f"{options.models}: there is no model that runs here", file=sys.stderr)
        return EXIT_BAD
    if data is None:
        print("\nnot remembered: say which gateway, with --state FOLDER or --config FILE")
        return 0
    remember_choices(data, chosen)
    print(f"\nremembered in {data / FILE}")
    return 0
