"""What a layout is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.vision.picture import Boxes, Candidates, Size

Outputs = Sequence[NDArray[np.float32]]
Decode = Callable[[Outputs, Size, int], Candidates]


class LayoutError(ValueError):
    """The outputs are not what the layout expects, or nobody knows the layout."""


class Layout(NamedTuple):
    """How pictures go into a family of networks, and boxes come out."""

    decode: Decode  # (outputs, size of the input, number of classes); raises LayoutError
    colours: Literal["rgb", "bgr"] = "rgb"
    divisor: float = 255  # of the picture's 0 to 255
    has_duplicates: bool = True  # False: the network suppresses them itself


def only_output(outputs: Outputs, expected: str, dimensions: int) -> NDArray[Any]:
    """The one output of a network, without its batch of one.

    Raises:
        LayoutError: it has another shape; the message compares.
    """
    shapes = " and ".join(str(tuple(output.shape)) for output in outputs)
    if len(outputs) != 1 or outputs[0].ndim != dimensions or outputs[0].shape[0] != 1:
        raise LayoutError(f"the model gives {shapes or 'nothing'}, {expected} is expected")
    output: NDArray[Any] = outputs[0][0]
    return output


def check_channels(found: int, classes: int, before: int, expected: str) -> None:
    """Refuse outputs for another number of classes than the card lists.

    Args:
        found: channels of the output.
        classes: listed in the card.
        before: channels before those of the classes.
        expected: the shape, for the message.

    Raises:
        LayoutError: they do not fit together.
    """
    if found != before + classes:
        meant = found - before
        hint = f"that would be {meant} classes, the card lists {classes}" if meant > 0 else ""
        raise LayoutError(
            f"the model gives {found} channels, {expected} is expected: "
            + (hint or "another decoder is needed")
        )


def best_class(scores: NDArray[np.float32], axis: int) -> tuple[Any, Any]:
    """The highest score along an axis, and its position there."""
    return scores.max(axis=axis), scores.argmax(axis=axis)


def corners(x: Any, y: Any, width: Any, height: Any) -> Boxes:
    """Boxes (N, 4) from centres and sizes (N,) each."""
    half_width, half_height = width / 2, height / 2
    sides = (x - half_width, y - half_height, x + half_width, y + half_height)
    boxes: Boxes = np.stack(sides, axis=-1).astype(np.float32, copy=False)
    return boxes
