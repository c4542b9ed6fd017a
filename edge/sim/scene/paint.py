"""Painting with OpenCV: noise, flat textures in space, soft spots. Pure."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sim.scene.camera import Camera, Points

Canvas = NDArray[np.float32]  # (H, W, 3), BGR, 0 to 255
Plane = NDArray[np.float32]  # (H, W)
Colour = tuple[float, float, float]  # BGR, 0 to 255
Box = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels


def cloudy(rng: np.random.Generator, height: int, width: int, finest: int = 2) -> Plane:
    """Noise (height, width) of many sizes, 0 to 1, that repeats at its borders."""
    total = np.zeros((height, width), np.float32)
    cells, weight = 4, 1.0
    while cells <= max(height, width) // finest:
        rows, columns = max(2, cells * height // width), cells
        small = rng.random((rows, columns)).astype(np.float32)
        small = np.pad(small, 2, mode="wrap")
        step = (height / rows, width / columns)
        grown = cv2.resize(
            small,
            (round((columns + 4) * step[1]), round((rows + 4) * step[0])),
            interpolation=cv2.INTER_CUBIC,
        )
        top, left = round(2 * step[0]), round(2 * step[1])
        total += weight * grown[top : top + height, left : left + width]
        cells, weight = cells * 2, weight * 0.55
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low)


def flat(height: int, width: int, colour: Colour) -> Canvas:
    """A texture of one colour."""
    return np.full((height, width, 3), colour, np.float32)


def rectangle(texture: Canvas, box: Box, colour: Colour) -> None:
    """Fill x1, y1, x2, y2 (pixels)."""
    x1, y1, x2, y2 = (round(side) for side in box)
    cv2.rectangle(texture, (x1, y1), (x2 - 1, y2 - 1), colour, -1)


def round_bar(texture: Canvas, box: Box, colour: Colour) -> None:
    """A pipe along the longer side of x1, y1, x2, y2, lit from above or from the left."""
    x1, y1, x2, y2 = (max(round(side), 0) for side in box)
    across = min(x2 - x1, y2 - y1)
    light = shading(across)
    lit = light[:, None, None] if y2 - y1 == across else light[None, :, None]
    area = texture[y1:y2, x1:x2]
    area[:] = np.broadcast_to(np.array(colour, np.float32) * lit, (y2 - y1, x2 - x1, 3))[
        : area.shape[0], : area.shape[1]
    ]


def shading(count: int) -> NDArray[np.float32]:
    """Light (count,) across something round: bright at a third, dark at the far edge."""
    place = np.linspace(-1, 1, max(count, 1), dtype=np.float32)
    light: NDArray[np.float32] = 0.45 + 0.75 * np.exp(-(((place + 0.35) / 0.55) ** 2))
    return light


def hang(canvas: Canvas, camera: Camera, texture: Canvas, corners: Points) -> None:
    """Show a texture on a flat rectangle in space.

    Args:
        canvas: painted on.
        camera: of the canvas's size.
        texture: (h, w, 3).
        corners: (4, 3) of the texture's top left, top right, bottom right and bottom left.
    """
    height, width = texture.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = camera.project(corners)
    x1, y1 = (int(side) for side in np.floor(target.min(axis=0)))
    across, along = (int(side) + 1 for side in np.ceil(target.max(axis=0)) - (x1, y1))
    found = window(canvas.shape, x1, y1, across, along)
    if found is None:
        return
    inside, part = found
    left, top = part[1].start + x1, part[0].start + y1
    shape = (part[0].stop - part[0].start, part[1].stop - part[1].start)
    moved = (target - (left, top)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, moved)
    seen = cv2.warpPerspective(
        texture, matrix, shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mask = np.zeros(shape, np.float32)
    cv2.fillConvexPoly(mask, (moved * 16).round().astype(np.int32), 1.0, cv2.LINE_AA, shift=4)
    canvas[inside] += (seen - canvas[inside]) * mask[:, :, None]


def soft_spot(size: int) -> Plane:
    """A round spot (size, size), 1 in the middle and 0 at the border."""
    place = np.linspace(-1, 1, size, dtype=np.float32)
    distance = np.hypot(place[:, None], place[None, :])
    spot: Plane = np.clip(1 - distance, 0, 1) ** 2
    return spot


def window(
    shape: tuple[int, ...], x1: int, y1: int, width: int, height: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """Where a patch lies in a picture, and which part of the patch that is; None if outside."""
    x2, y2 = min(x1 + width, shape[1]), min(y1 + height, shape[0])
    left, top = max(x1, 0), max(y1, 0)
    if left >= x2 or top >= y2:
        return None
    inside = (slice(top, y2), slice(left, x2))
    return inside, (slice(top - y1, y2 - y1), slice(left - x1, x2 - x1))


def blend(canvas: Canvas, patch: NDArray[Any], alpha: NDArray[Any], x1: int, y1: int) -> None:
    """Lay a patch (h, w, 3) over a canvas where its alpha (h, w) says; cut at the borders."""
    found = window(canvas.shape, x1, y1, patch.shape[1], patch.shape[0])
    if found is None:
        return
    inside, part = found
    share = alpha[part][:, :, None]
    canvas[inside] += (patch[part] - canvas[inside]) * share


def darken(
    canvas: Canvas, centre: tuple[float, float], radii: tuple[float, float], by: float
) -> None:
    """A soft shadow: an ellipse around a centre, pixels; ``by`` is the share of light it takes."""
    width, height = (max(2, round(2 * radius)) for radius in radii)
    spot = cv2.resize(soft_spot(33), (width, height))
    x1, y1 = round(centre[0] - radii[0]), round(centre[1] - radii[1])
    found = window(canvas.shape, x1, y1, width, height)
    if found is not None:
        inside, part = found
        canvas[inside] *= 1 - by * np.sqrt(spot[part])[:, :, None]
