"""Whether two ways of running a model see the same. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from edge.vision.boxes import overlap_of
from edge.vision.picture import Detection

LEVEL: Final = 0.25  # score from which a box must be met by the other side
TOLERANCE: Final = 0.15  # that two scores of one thing may differ by
FLOOR: Final = LEVEL - TOLERANCE  # so both sides are asked for boxes down to here
SAME_PLACE: Final = 0.5  # intersection over union
ENOUGH: Final = 0.9  # share of boxes that are met


class Agreement(NamedTuple):
    """How many boxes of either side the other one has as well."""

    met: int
    boxes: int

    @property
    def share(self) -> float:
        """0 to 1; 0 where there was nothing to compare, since that proves nothing."""
        return self.met / self.boxes if self.boxes else 0.0

    @property
    def is_enough(self) -> bool:
        """Say whether one may stand in for the other."""
        return self.share >= ENOUGH


def compare(
    reference: Sequence[Sequence[Detection]], other: Sequence[Sequence[Detection]]
) -> Agreement:
    """Compare the detections of two runs over the same pictures, both down to ``FLOOR``.

    A box of either side from ``LEVEL`` on is met if the other side has one of the same class, in
    the same place, with about the same score.
    """
    pairs = list(zip(reference, other, strict=True))
    verdicts = [
        any(_is_same(box, candidate) for candidate in theirs)
        for left, right in pairs
        for ours, theirs in ((left, right), (right, left))
        for box in ours
        if box.score >= LEVEL
    ]
    return Agreement(sum(verdicts), len(verdicts))


def _is_same(one: Detection, other: Detection) -> bool:
    if one.label != other.label or abs(one.score - other.score) > TOLERANCE:
        return False
    return bool(overlap_of(np.array(one.box), np.array([other.box]))[0] >= SAME_PLACE)
