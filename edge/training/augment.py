"""Changes a picture as another camera, light or place would have; boxes follow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.letterbox import GREY
from edge.vision.picture import Boxes, Picture

LEAST_SIDE: Final = 2.0  # pixels; a smaller box tells nothing
LEAST_VISIBLE: Final = 0.25  # share of a box's area that must be left of it
AROUND_A_BOX: Final = 0.8  # share of windows, where there is one


class Example(NamedTuple):
    """A picture with what is in it."""

    picture: Picture  # (H, W, 3)
    boxes: Boxes  # (N, 4) x1, y1, x2, y2 in pixels
    classes: NDArray[np.intp]  # (N,)


def place(
    rng: np.random.Generator, example: Example, side: int, zoom: tuple[float, float]
) -> Example:
    """Cut a square window out of a picture, mirrored or not, larger or smaller.

    Args:
        rng: source of chance.
        example: of any shape.
        side: of the window, pixels; what the picture does not fill is grey.
        zoom: least and most, pixels of the window for one of the picture.
    """
    height, width = example.picture.shape[:2]
    scale = np.exp(rng.uniform(*np.log(zoom)))
    stretch = np.exp(rng.uniform(-0.15, 0.15))
    scale_x, scale_y = scale * stretch, scale / stretch
    spare = np.array([side - width * scale_x, side - height * scale_y])
    left, top = rng.uniform(np.minimum(spare, 0), np.maximum(spare, 0))
    if len(example.boxes) and rng.random() < AROUND_A_BOX:
        box = example.boxes[int(rng.integers(len(example.boxes)))]
        centre = (box[:2] + box[2:]) / 2 * (scale_x, scale_y)
        left, top = np.clip(
            rng.uniform(0.15, 0.85, 2) * side - centre, np.minimum(spare, 0), np.maximum(spare, 0)
        )
    if rng.random() < 0.5:  # mirrored
        scale_x, left = -scale_x, left + width * scale_x
    matrix = np.array([[scale_x, 0, left], [0, scale_y, top]])
    picture = cv2.warpAffine(
        example.picture,
        matrix,
        (side, side),
        flags=cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(GREY, GREY, GREY),
    )
    moved = example.boxes * np.tile([scale_x, scale_y], 2) + np.tile([left, top], 2)
    if scale_x < 0:
        moved = moved[:, [2, 1, 0, 3]]
    return _cut(np.asarray(picture, np.uint8), moved, example.classes, side)


def mosaic(
    rng: np.random.Generator, four: Sequence[Example], side: int, zoom: tuple[float, float]
) -> Example:
    """Put four windows side by side into a square: other surroundings, and cut things."""
    half = side // 2
    placed = [place(rng, one, half, zoom) for one in four]
    rows = [np.concatenate([one.picture for one in placed[i : i + 2]], axis=1) for i in (0, 2)]
    shifts = [np.tile([half * (i % 2), half * (i // 2)], 2) for i in range(4)]
    boxes = [one.boxes + shift for one, shift in zip(placed, shifts, strict=True)]
    return Example(
        np.concatenate(rows, axis=0),
        np.concatenate(boxes).astype(np.float32),
        np.concatenate([one.classes for one in placed]),
    )


def recolour(rng: np.random.Generator, picture: Picture) -> Picture:
    """Change hue, saturation and light; now and then blur, add noise, or take the colour away."""
    hue, saturation, light = rng.uniform((-4, 0.6, 0.6), (4, 1.4, 1.2))
    levels = np.arange(256)
    tables = [
        ((levels + hue) % 180).astype(np.uint8),
        (levels * saturation).clip(0, 255).astype(np.uint8),
        (levels * light).clip(0, 255).astype(np.uint8),
    ]
    planes = cv2.split(cv2.cvtColor(picture, cv2.COLOR_BGR2HSV))
    changed = cv2.merge([cv2.LUT(p, t) for p, t in zip(planes, tables, strict=True)])
    picture = np.asarray(cv2.cvtColor(changed, cv2.COLOR_HSV2BGR), np.uint8)
    chance = rng.random()
    if chance < 0.05:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    if chance < 0.12:
        return np.asarray(cv2.GaussianBlur(picture, (3, 3), 0), np.uint8)
    if chance < 0.2:
        noisy = picture + rng.normal(0, rng.uniform(2, 10), picture.shape)
        return noisy.clip(0, 255).astype(np.uint8)
    return picture


def _cut(
    picture: Picture, boxes: NDArray[np.float64], classes: NDArray[np.intp], size: int
) -> Example:
    inside = boxes.clip(0, size)
    sides, before = inside[:, 2:] - inside[:, :2], boxes[:, 2:] - boxes[:, :2]
    keep = (sides >= LEAST_SIDE).all(axis=1)
    keep &= sides.prod(axis=1) >= LEAST_VISIBLE * before.prod(axis=1)
    return Example(picture, inside[keep].astype(np.float32), classes[keep])
