"""Pictures of rendered scenes with their truth, in the form of a data folder.

So that a model knows the scenes of the project's own demo, and halls, cameras from above and
bareheaded workers of which there are few photographs.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge.sim.scene.scene import Scene, Truth
from edge.sim.scene.script import Happening, Script
from edge.training.dataset import TASKS
from edge.vision.picture import Picture, Size, size_of

PER_SCENE: Final = 5
LENGTH_S: Final = 60.0
LONG_SIDE: Final = 448  # of the stored pictures, pixels
SUBSETS: Final = {"fire": "fire_smoke", "helmet": "helmet"}  # folder and the task it is for


def render(folder: Path, scenes: int, first_seed: int) -> int:
    """Render pictures into a data folder.

    Args:
        folder: is made; an older manifest is replaced.
        scenes: how many.
        first_seed: of the first scene; the next one has the next seed.

    Returns:
        Number of pictures.
    """
    rows: list[list[str]] = []
    for seed in range(first_seed, first_seed + scenes):
        rng = np.random.default_rng(seed)
        scene = Scene(seed, _script(rng))
        for number, moment in enumerate(rng.uniform(0, LENGTH_S, PER_SCENE)):
            picture, truths = scene.look(float(moment))
            name = f"rendered_{seed}_{number}"
            _write(folder, name, picture, truths)
            rows += [[subset, "train", name, "rendered", str(seed)] for subset in SUBSETS]
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["subset", "split", "name", "source", "group"], *rows])
    return len(rows) // len(SUBSETS)


def _script(rng: np.random.Generator) -> Script:
    """Much at once, since every picture is to teach something."""
    happenings = [
        Happening("no_helmet", float(rng.uniform(-8, 10)), 58.0) for _ in range(rng.integers(0, 4))
    ]
    if rng.random() < 0.55:
        happenings.append(Happening("fire", float(rng.uniform(0, 15)), float(rng.uniform(40, 60))))
    if rng.random() < 0.4:
        happenings.append(Happening("smoke", float(rng.uniform(0, 15)), float(rng.uniform(35, 55))))
    if rng.random() < 0.35:
        happenings.append(Happening("welding", 0.0, LENGTH_S))
    return Script(tuple(happenings), LENGTH_S, workers=int(rng.integers(0, 4)))


def _write(folder: Path, name: str, picture: Picture, truths: list[Truth]) -> None:
    width, height = size_of(picture)
    scale = LONG_SIDE / width
    small = cv2.resize(picture, (LONG_SIDE, round(height * scale)), interpolation=cv2.INTER_AREA)
    for subset, task in SUBSETS.items():
        image = folder / subset / "images" / "train" / f"{name}.jpg"
        label = folder / subset / "labels" / "train" / f"{name}.txt"
        for file in (image, label):
            file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(image), small, [cv2.IMWRITE_JPEG_QUALITY, 90])
        label.write_text(_lines(truths, TASKS[task].classes, Size(width, height)))


def _lines(truths: list[Truth], classes: tuple[str, ...], size: Size) -> str:
    lines = []
    for label, (x1, y1, x2, y2) in truths:
        if label in classes:
            centre = ((x1 + x2) / 2 / size.width, (y1 + y2) / 2 / size.height)
            sides = ((x2 - x1) / size.width, (y2 - y1) / size.height)
            lines.append(
                " ".join([str(classes.index(label)), *(f"{v:.5f}" for v in (*centre, *sides))])
            )
    return "\n".join(lines)
