"""How well boxes were found: average precision, precision, recall. Pure.

A detection is right if it overlaps a box of its class, not found yet, by half (intersection over
union 0.5). Average precision is the area under the precision envelope, at all points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.vision.boxes import overlap_of
from edge.vision.picture import Boxes, Candidates

SAME: Final = 0.5


class Judged(NamedTuple):
    """The detections of one class over all pictures, the highest score first."""

    scores: NDArray[np.float32]  # (N,)
    right: NDArray[np.bool_]  # (N,)
    truths: int  # boxes that were to be found

    def average_precision(self) -> float:
        """0 to 1; 0 where there was nothing to find."""
        if not self.truths:
            return 0.0
        hits = np.cumsum(self.right)
        recall = hits / self.truths
        precision = hits / np.arange(1, len(hits) + 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        steps = np.diff(recall, prepend=0.0)
        return float((envelope * steps).sum())

    def at(self, threshold: float) -> tuple[float, float]:
        """Precision and recall of what scores at least the threshold."""
        chosen = self.right[self.scores >= threshold]
        hits = int(chosen.sum())
        return hits / max(len(chosen), 1), hits / max(self.truths, 1)

    def best_threshold(self) -> float:
        """Score at which F0.5 is best: precision counts twice as much as recall.

        A camera looks again after a fifth of a second, and nobody trusts one that cries wolf.
        """
        levels = np.arange(0.1, 0.9, 0.01)
        precision, recall = np.array([self.at(level) for level in levels]).T
        measure = 1.25 * precision * recall / np.maximum(0.25 * precision + recall, 1e-9)
        return round(float(levels[int(measure.argmax())]), 2)


def judge(
    found: Sequence[Candidates], truths: Sequence[tuple[Boxes, NDArray[np.intp]]], position: int
) -> Judged:
    """Compare the detections of one class with the truth.

    Args:
        found: for each picture, duplicates suppressed.
        truths: for each picture, boxes (N, 4) and classes (N,), in the same pixels.
        position: of the class.
    """
    scores: list[NDArray[Any]] = []
    right: list[NDArray[Any]] = []
    total = 0
    for one, (boxes, classes) in zip(found, truths, strict=True):
        mine = one.where(one.classes == position)
        mine = mine.where(np.argsort(-mine.scores, kind="stable"))
        wanted = boxes[classes == position]
        total += len(wanted)
        scores.append(mine.scores)
        right.append(_match(mine.boxes, wanted))
    all_scores, all_right = np.concatenate(scores), np.concatenate(right)
    order = np.argsort(-all_scores, kind="stable")
    return Judged(all_scores[order], all_right[order], total)


def _match(boxes: Boxes, wanted: Boxes) -> NDArray[np.bool_]:
    """For each box, the best score first, whether it finds one that no better box has found."""
    free = np.ones(len(wanted), bool)
    right = np.zeros(len(boxes), bool)
    for row, box in enumerate(boxes):
        overlaps = np.where(free, overlap_of(box, wanted), 0)
        if len(wanted) and overlaps.max() >= SAME:
            free[overlaps.argmax()] = False
            right[row] = True
    return right
