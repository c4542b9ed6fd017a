"""The pictures and boxes a model learns from: which there are, and which part each belongs to.

A data folder has ``manifest.csv`` (subset, split, name, source, group) and, for each subset,
``images/SPLIT/NAME.jpg`` with ``labels/SPLIT/NAME.txt`` (class, centre x, centre y, width, height;
shares of the picture). Pictures of one group show the same thing, so a group is never divided.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.picture import Boxes, Picture, Size

Part = Literal["train", "choose", "test"]

CHOOSE_SHARE: Final = 10  # one group in so many of the training split


class Subset(NamedTuple):
    """One folder of a data folder."""

    name: str
    labelled: tuple[bool, ...]  # for each class, whether all of it is labelled there


class Task(NamedTuple):
    """What one model is to learn."""

    name: str
    classes: tuple[str, ...]  # in the order of the labels
    subsets: tuple[Subset, ...]
    size: Size  # of the network's input where it ships: cameras are wide


TASKS: Final = {
    task.name: task
    for task in (
        Task(
            "fire_smoke",
            ("fire", "smoke"),
            (Subset("fire", (True, True)), Subset("fire_only_ext", (True, False))),
            Size(416, 256),
        ),
        Task(
            "helmet",
            ("helmet", "no_helmet"),
            (Subset("helmet", (True, True)),),
            Size(512, 320),  # heads are small
        ),
    )
}


class Sample(NamedTuple):
    """One picture, not read yet."""

    image: Path
    label: Path
    labelled: tuple[bool, ...]
    source: str

    def read(self) -> tuple[Picture, Boxes, NDArray[np.intp]]:
        """The picture (H, W, 3), its boxes (N, 4) in pixels, and their classes (N,).

        Raises:
            OSError: the picture is missing or broken.
        """
        picture = cv2.imread(str(self.image), cv2.IMREAD_COLOR)
        if picture is None:
            raise OSError(f"{self.image} cannot be read")
        height, width = picture.shape[:2]
        rows = np.array(
            [line.split() for line in self.label.read_text().splitlines() if line], np.float32
        ).reshape(-1, 5)
        centre, half = rows[:, 1:3], rows[:, 3:5] / 2
        shares = np.concatenate([centre - half, centre + half], axis=1).clip(0, 1)
        boxes = (shares * np.array((width, height) * 2)).astype(np.float32)
        return np.asarray(picture, np.uint8), boxes, rows[:, 0].astype(np.intp)


def part_of(split: str, group: str) -> Part:
    """Say what a group is used for.

    The validation split of the data is our test split: no choice is made with it. Epochs and
    thresholds are chosen on a part of the training split.
    """
    if split == "val":
        return "test"
    return "choose" if zlib.crc32(group.encode()) % CHOOSE_SHARE == 0 else "train"


def samples_of(data: Path, task: Task, part: Part) -> list[Sample]:
    """All pictures of a part, in the order of the manifest.

    To be judged, a picture must have all its classes labelled; to learn from, one is enough.
    """
    found = _read_manifest(data, task, part)
    return [one for one in found if part == "train" or all(one.labelled)]


def _read_manifest(data: Path, task: Task, part: Part) -> Iterator[Sample]:
    subsets = {subset.name: subset for subset in task.subsets}
    with (data / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            subset = subsets.get(row["subset"])
            if subset is None or part_of(row["split"], row["group"]) != part:
                continue
            folder, name = data / subset.name, row["name"]
            yield Sample(
                folder / "images" / row["split"] / f"{name}.jpg",
                folder / "labels" / row["split"] / f"{name}.txt",
                subset.labelled,
                row["source"],
            )
