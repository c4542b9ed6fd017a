"""YOLOv10 and YOLO26 end to end: one output (1, N, 6); x1, y1, x2, y2, score, class.

The network suppresses duplicates itself and fills up with boxes of score 0.
"""

from __future__ import annotations

import numpy as np

from edge.vision.decoders.layout import LayoutError, Outputs, only_output
from edge.vision.picture import Candidates, Size

EXPECTED = "(1, N, 6)"


def decode(outputs: Outputs, size: Size, classes: int) -> Candidates:
    """Read the boxes, in pixels of the network's input.

    Raises:
        LayoutError: this is not the output of such a network, or has classes the card has not.
    """
    output = only_output(outputs, EXPECTED, dimensions=3)
    if output.shape[1] != 6:
        raise LayoutError(
            f"the model gives (1, {output.shape[0]}, {output.shape[1]}), {EXPECTED} is expected"
        )
    boxes, scores = output[:, :4].astype(np.float32), output[:, 4].astype(np.float32)
    found = output[:, 5].astype(np.intp)
    if ((found < 0) | (found >= classes)).any():
        raise LayoutError(f"the model gives class {found.max()}, the card lists {classes} classes")
    return Candidates(boxes, scores, found)
