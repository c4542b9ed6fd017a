"""FastestDet: one output (1, 5 + classes, rows, columns), a box for each cell.

Channels: objectness, centre (tanh, in cells from the cell's corner), width and height (sigmoid, as
shares of the input), class probabilities. Source: test.py of dog-qiuqiu/FastestDet (BSD-3-Clause).
"""

from __future__ import annotations

import numpy as np

from edge.vision.decoders.layout import (
    Outputs,
    best_class,
    check_channels,
    corners,
    only_output,
)
from edge.vision.picture import Candidates, Size

EXPECTED = "(1, 5 + classes, rows, columns)"


def decode(outputs: Outputs, size: Size, classes: int) -> Candidates:
    """Read the boxes, in pixels of the network's input.

    Raises:
        LayoutError: this is not the output of such a network.
    """
    output = only_output(outputs, EXPECTED, dimensions=4)
    channels, rows, columns = output.shape
    check_channels(channels, classes, 5, EXPECTED)
    row, column = (axis.ravel() for axis in np.mgrid[0:rows, 0:columns])
    cells = output.reshape(channels, -1)
    x = (column + np.tanh(cells[1])) / columns * size.width
    y = (row + np.tanh(cells[2])) / rows * size.height
    width, height = (size[i] / (1 + np.exp(-cells[3 + i])) for i in range(2))
    probability, best = best_class(cells[5:], axis=0)
    objectness, probability = cells[0].clip(0, 1), probability.clip(0, 1)
    score = (objectness**0.6 * probability**0.4).astype(np.float32)  # as its authors weigh them
    return Candidates(corners(x, y, width, height), score, best)
