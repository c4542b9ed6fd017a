"""What a model sees in videos: share of the frames, and events by a rule over time.

The rule is the plainest that is of use: the median of the best scores of the last five frames, five
a second, reaches the threshold; an event ends when it has not for three seconds. A gateway asks for
more (flicker, growth, the track): its events are fewer.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np

from edge.vision.detector import ModelDetector
from edge.vision.picture import Detection, Picture

PER_SECOND: Final = 5.0
MEDIAN_OF: Final = 5
ENDS_AFTER_S: Final = 3.0
ALL_WITHOUT: Final = "all videos without it"

# What is to be seen in a video whose name starts so; nothing in the others.
EXPECTED: Final = {
    "fire_": {"fire", "smoke"},
    "seq_VAL_indoor_fire_smoke": {"fire", "smoke"},
    "seq_TEST_highway_fire_smoke": {"fire", "smoke"},
    "seq_TEST_smoke": {"smoke"},
    "helmet_mixed": {"helmet", "no_helmet"},
    "helmet_ok": {"helmet"},
    "seq_TRAIN_normal_cctv_yard": set(),
    "normal_persons_nohelmet": {"no_helmet"},
}


class Video(NamedTuple):
    """What was seen of a class in a video."""

    file: str
    label: str
    is_expected: bool
    seconds: float
    share: float  # of the frames with a box at the threshold
    events: int

    @property
    def per_hour(self) -> float:
        """Events in an hour of such a video."""
        return self.events / max(self.seconds, 1) * 3600


def watch(
    detectors: Sequence[ModelDetector], folder: Path, thresholds: Mapping[str, float]
) -> list[list[Video]]:
    """Run models over all videos of a folder.

    Returns:
        For each model a row for each video and class.
    """
    rows: list[list[Video]] = [[] for _ in detectors]
    for file in sorted(folder.glob("*.mp4")):
        seen = [_Scores({label: [] for label in thresholds}) for _ in detectors]
        for picture in _frames(file):
            for scores, detector in zip(seen, detectors, strict=True):
                scores.add(detector.detect(picture))
        for mine, scores in zip(rows, seen, strict=True):
            mine.extend(
                _judged(file.stem, label, values, thresholds[label])
                for label, values in scores.best.items()
            )
    return rows


class _Scores(NamedTuple):
    """The best score of each class in each frame."""

    best: dict[str, list[float]]

    def add(self, found: Sequence[Detection]) -> None:
        for label, values in self.best.items():
            values.append(max((one.score for one in found if one.label == label), default=0.0))


def _judged(name: str, label: str, scores: list[float], threshold: float) -> Video:
    seen = sum(score >= threshold for score in scores)
    return Video(
        name,
        label,
        label in _expected(name),
        len(scores) / PER_SECOND,
        seen / max(len(scores), 1),
        count_events(scores, threshold),
    )


def together(videos: Sequence[Video]) -> Video:
    """Videos of one class as one; there must be one at least."""
    seconds = sum(video.seconds for video in videos)
    return Video(
        ALL_WITHOUT,
        videos[0].label,
        is_expected=False,
        seconds=seconds,
        share=sum(video.share * video.seconds for video in videos) / max(seconds, 1),
        events=sum(video.events for video in videos),
    )


def count_events(scores: list[float], threshold: float) -> int:
    """Events in the best scores of the frames of a video, ``PER_SECOND`` a second."""
    recent: deque[float] = deque(maxlen=MEDIAN_OF)
    events, quiet = 0, ENDS_AFTER_S
    for score in scores:
        recent.append(score)
        if len(recent) == MEDIAN_OF and statistics.median(recent) >= threshold:
            events += quiet >= ENDS_AFTER_S
            quiet = 0.0
        else:
            quiet += 1 / PER_SECOND
    return events


def _expected(name: str) -> set[str]:
    return next((seen for start, seen in EXPECTED.items() if name.startswith(start)), set())


def _frames(file: Path) -> Iterator[Picture]:
    capture = cv2.VideoCapture(str(file))
    rate = capture.get(cv2.CAP_PROP_FPS) or 25.0
    due, number = 0.0, 0
    while capture.grab():
        if number / rate >= due:
            read, picture = capture.retrieve()
            if read:
                yield np.asarray(picture, np.uint8)
            due += 1 / PER_SECOND
        number += 1
    capture.release()
