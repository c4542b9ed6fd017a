"""YOLOX: one output (1, N, 5 + classes), a box for each cell of three grids.

Columns: centre (in cells from the cell's corner), width and height (logarithm, in cells),
objectness, class scores. Source: demo_postprocess of Megvii-BaseDetection/YOLOX (Apache-2.0).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.vision.decoders.layout import (
    LayoutError,
    Outputs,
    best_class,
    check_channels,
    corners,
    only_output,
)
from edge.vision.picture import Candidates, Size

EXPECTED = "(1, N, 5 + classes)"
STRIDES: Final = (8, 16, 32)  # network pixels for one cell


def decode(outputs: Outputs, size: Size, classes: int) -> Candidates:
    """Read the boxes, in pixels of the network's input.

    Raises:
        LayoutError: this is not the output of such a network.
    """
    output = only_output(outputs, EXPECTED, dimensions=3)
    check_channels(output.shape[1], classes, 5, EXPECTED)
    column, row, stride = _cells(size)
    if len(output) != len(stride):
        raise LayoutError(
            f"the model gives {len(output)} boxes, {len(stride)} are expected for an input of"
            f" {size.width} x {size.height}: size does not fit the model"
        )
    x, y = (output[:, 0] + column) * stride, (output[:, 1] + row) * stride
    width, height = np.exp(output[:, 2]) * stride, np.exp(output[:, 3]) * stride
    score, best = best_class(output[:, 5:], axis=1)
    return Candidates(corners(x, y, width, height), score * output[:, 4], best)


@cache
def _cells(size: Size) -> tuple[NDArray[np.float32], ...]:
    """Column, row and stride of every cell, (N,) each, in the order of the output."""
    parts = []
    for stride in STRIDES:
        rows, columns = size.height // stride, size.width // stride
        row, column = (axis.ravel() for axis in np.mgrid[0:rows, 0:columns])
        parts.append(np.stack([column, row, np.full(rows * columns, stride)]))
    return tuple(np.concatenate(parts, axis=1).astype(np.float32))
