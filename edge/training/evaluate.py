"""How good a model is, through the gateway's own runtime; needs no torch.

Thresholds are chosen on a part of the training split; the figures are those of the test split, of
rendered scenes that no model has seen, and of the videos.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.camera.rules import HAZARDS
from edge.sim.scene.scene import Scene
from edge.sim.scene.script import busy
from edge.training.cards import add_judgement
from edge.training.dataset import Part, Task, samples_of
from edge.training.metrics import Judged, judge
from edge.training.videos import ALL_WITHOUT, Video, together, watch
from edge.vision.detector import ModelDetector, load_detector
from edge.vision.picture import Boxes, Candidates, Detection, Picture

FLOOR: Final = 0.01
UNSEEN_SEED: Final = 900_000  # far from every seed that is trained with
UNSEEN_SCENES: Final = 12
MOMENTS: Final = tuple(range(5, 130, 10))  # seconds
BACKEND: Final = "onnxruntime"

LEAST_PRECISION: Final = 0.35  # average, on the part that is kept for choices
MOST_FALSE_PER_HOUR: Final = 60.0

Labelled = tuple[Picture, Boxes, NDArray[np.intp]]
Row = dict[str, Any]


class Choice(NamedTuple):
    """What was chosen for a class."""

    threshold: float
    average_precision: float


def evaluate(task: Task, cards: Sequence[Path], data: Path) -> dict[Path, list[Row]]:
    """Measure a model in all its precisions and write what was found into the cards.

    Args:
        task: what it was to learn.
        cards: of the precisions; the first one's scores decide on the thresholds of all.
        data: folder as ``edge.training.dataset`` describes it; may have a folder ``video``.

    Returns:
        For each card a row for each set and class.
    """
    detectors = [load_detector(card, floor=FLOOR, backend=BACKEND) for card in cards]
    chosen = choose(task, detectors[0], data)
    thresholds = {name: one.threshold for name, one in chosen.items()}
    rows: list[list[Row]] = [[] for _ in cards]
    sets = {"test split": _pictures(data, task, "test"), "rendered": _rendered(task)}
    for name, pictures in sets.items():
        for mine, judged in zip(rows, _judge_all(task, detectors, pictures), strict=True):
            mine.extend(_rows(task, name, judged, thresholds))
    for mine, videos in zip(rows, watch(detectors, data / "video", thresholds), strict=True):
        mine.extend(_video_rows(videos))
    weak = weak_of(chosen, [row for mine in rows for row in mine])
    for card, mine in zip(cards, rows, strict=True):
        add_judgement(card, thresholds, weak, mine)
    return dict(zip(cards, rows, strict=True))


def choose(task: Task, detector: ModelDetector, data: Path) -> dict[str, Choice]:
    """A threshold for each class, and how good it is on the part that is kept for choices."""
    (judged, _), *_ = _judge_all(task, [detector], _pictures(data, task, "choose"))
    return {
        name: Choice(one.best_threshold(), one.average_precision())
        for name, one in zip(task.classes, judged, strict=True)
    }


def weak_of(chosen: Mapping[str, Choice], rows: Sequence[Row]) -> set[str]:
    """Classes that are off by default: too imprecise, or too many false events in the videos."""
    noisy = {
        row["class"]
        for row in rows
        if row["set"] == ALL_WITHOUT
        and row["class"] in HAZARDS  # others raise no alarm
        and row["false_per_hour"] > MOST_FALSE_PER_HOUR
    }
    return noisy | {name for name, one in chosen.items() if one.average_precision < LEAST_PRECISION}


def lines_of(rows: Sequence[Row]) -> Iterator[str]:
    """The rows as a Markdown table for each kind."""
    for kind in ("ap50", "events"):
        chosen = [row for row in rows if kind in row]
        if chosen:
            heads = list(chosen[0])
            yield "| " + " | ".join(heads) + " |"
            yield "|" + "---|" * len(heads)
            for row in chosen:
                yield "| " + " | ".join(str(row[head]) for head in heads) + " |"
            yield ""


def _judge_all(
    task: Task, detectors: Sequence[ModelDetector], pictures: Iterable[Labelled]
) -> list[tuple[list[Judged], int]]:
    """For each detector: what it found of each class, and in how many pictures."""
    found: list[list[Candidates]] = [[] for _ in detectors]
    truths: list[tuple[Boxes, NDArray[np.intp]]] = []
    for picture, boxes, classes in pictures:
        for mine, detector in zip(found, detectors, strict=True):
            mine.append(_candidates(task, detector.detect(picture)))
        truths.append((boxes, classes))
    positions = range(len(task.classes))
    return [([judge(mine, truths, i) for i in positions], len(truths)) for mine in found]


def _rows(
    task: Task, name: str, judged: tuple[list[Judged], int], thresholds: dict[str, float]
) -> list[Row]:
    rows = []
    for label, one in zip(task.classes, judged[0], strict=True):
        precision, recall = one.at(thresholds[label])
        rows.append({
            "set": name, "class": label, "pictures": judged[1], "boxes": one.truths,
            "ap50": round(one.average_precision(), 3), "threshold": thresholds[label],
            "precision": round(precision, 3), "recall": round(recall, 3),
        })  # fmt: skip
    return rows


def _video_rows(videos: Sequence[Video]) -> list[Row]:
    """A row for each video and class, and a last one for each class: all videos without it."""
    labels = dict.fromkeys(video.label for video in videos)
    without = [
        [one for one in videos if one.label == label and not one.is_expected] for label in labels
    ]
    return [_video_row(one) for one in (*videos, *map(together, filter(None, without)))]


def _video_row(video: Video) -> Row:
    return {
        "set": video.file, "class": video.label, "minutes": round(video.seconds / 60, 2),
        "expected": video.is_expected, "frames": round(video.share, 3), "events": video.events,
        "false_per_hour": None if video.is_expected else round(video.per_hour, 1),
    }  # fmt: skip


def _pictures(data: Path, task: Task, part: Part) -> Iterator[Labelled]:
    for sample in samples_of(data, task, part):
        yield sample.read()


def _rendered(task: Task) -> Iterator[Labelled]:
    for seed in range(UNSEEN_SEED, UNSEEN_SEED + UNSEEN_SCENES):
        scene = Scene(seed, busy())
        for moment in MOMENTS:
            picture, truths = scene.look(moment)
            mine = [one for one in truths if one.label in task.classes]
            boxes = np.array([one.box for one in mine], np.float32).reshape(-1, 4)
            yield picture, boxes, np.array([task.classes.index(one.label) for one in mine], np.intp)


def _candidates(task: Task, found: Sequence[Detection]) -> Candidates:
    return Candidates(
        np.array([one.box for one in found], np.float32).reshape(-1, 4),
        np.array([one.score for one in found], np.float32),
        np.array([task.classes.index(one.label) for one in found], np.intp),
    )
