"""What flows through the runtime: pictures, boxes, detections."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (H, W, 3), BGR as OpenCV gives it
Tensor = NDArray[np.float32]  # (1, 3, height, width) into a network; what it likes out of it
Boxes = NDArray[np.float32]  # (N, 4): x1, y1, x2, y2 in pixels
Box = tuple[float, float, float, float]  # one of them


class Size(NamedTuple):
    """Of a picture or of the input of a network, in pixels."""

    width: int
    height: int


class Candidates(NamedTuple):
    """What a decoder read out of the outputs of a network, before thresholds and NMS.

    One row for each box, with its best class.
    """

    boxes: Boxes  # (N, 4) in pixels of the network's input
    scores: NDArray[np.float32]  # (N,) 0 to 1
    classes: NDArray[np.intp]  # (N,) position in the card's list of classes

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Candidates:
        """Only these rows."""
        return Candidates(self.boxes[chosen], self.scores[chosen], self.classes[chosen])


class Detection(msgspec.Struct, frozen=True):
    """One box in one picture."""

    label: str  # name of the class, as the model card spells it
    score: float  # 0 to 1
    box: Box  # x1, y1, x2, y2 in pixels of the picture, inside it


def size_of(picture: Picture) -> Size:
    """Width and height of a picture."""
    return Size(picture.shape[1], picture.shape[0])
