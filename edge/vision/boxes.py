"""Boxes (N, 4) of x1, y1, x2, y2: how much they overlap, and which are kept. Pure."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.vision.picture import Boxes, Candidates

SAME: Final = 0.5  # boxes of a class that overlap more than this are one thing
MOST_CANDIDATES: Final = 1000  # the best ones; bounds the time that a strange picture can cost
MOST_KEPT: Final = 100


def areas_of(boxes: Boxes) -> NDArray[Any]:
    """Areas (N,); 0 for a box that is turned inside out."""
    sizes = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    areas: NDArray[Any] = sizes[:, 0] * sizes[:, 1]
    return areas


def overlap_of(box: NDArray[Any], boxes: Boxes) -> NDArray[Any]:
    """Intersection over union (N,) of one box (4,) with others, 0 to 1.

    Two boxes without any area do not overlap, not even with themselves.
    """
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = areas_of(np.concatenate([low, high], axis=1))
    union = areas_of(box[None]) + areas_of(boxes) - shared
    overlap: NDArray[Any] = np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0)
    return overlap


def keep_best(found: Candidates, same: float = SAME) -> Candidates:
    """Of boxes of one class that overlap, keep the best (greedy non-maximum suppression).

    Args:
        found: in any order.
        same: intersection over union above which two boxes of a class are one thing.

    Returns:
        What is kept, the highest score first.
    """
    waiting = np.argsort(-found.scores, kind="stable")[:MOST_CANDIDATES]
    kept: list[int] = []
    while len(waiting) and len(kept) < MOST_KEPT:
        best, waiting = waiting[0], waiting[1:]
        kept.append(int(best))
        is_same = overlap_of(found.boxes[best], found.boxes[waiting]) > same
        is_same &= found.classes[waiting] == found.classes[best]
        waiting = waiting[~is_same]
    return found.where(np.array(kept, np.intp))
