"""YOLOv8 and YOLO11: one output (1, 4 + classes, N); centre x, y, width, height, class scores."""

from __future__ import annotations

from edge.vision.decoders.layout import (
    Outputs,
    best_class,
    check_channels,
    corners,
    only_output,
)
from edge.vision.picture import Candidates, Size

EXPECTED = "(1, 4 + classes, N)"


def decode(outputs: Outputs, size: Size, classes: int) -> Candidates:
    """Read the boxes, in pixels of the network's input.

    Raises:
        LayoutError: this is not the output of such a network.
    """
    output = only_output(outputs, EXPECTED, dimensions=3)
    check_channels(output.shape[0], classes, 4, EXPECTED)
    return Candidates(corners(*output[:4]), *best_class(output[4:], axis=0))
