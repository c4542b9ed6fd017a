"""Draws a figure in metres, larger than needed, and reduces it: smooth edges. Pure."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sim.scene.paint import Box, Canvas, Colour

FINER: Final = 3  # painted so many times as large, then reduced
TALL_M: Final = 1.76


class Figure(NamedTuple):
    """A painted figure, its foot at the middle of the lower border."""

    picture: Canvas  # (h, w, 3)
    alpha: NDArray[Any]  # (h, w)
    head: Box  # hat if there is one, else the head; in its pixels


class Pen:
    """Draws in metres: x from the middle, y above the floor."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.width, self.height = round(1.5 * scale), round((TALL_M + 0.14) * scale)
        self.picture = np.full((self.height, self.width, 3), 60, np.float32)
        self.mask = np.zeros((self.height, self.width), np.float32)

    def at(self, x: float, y: float) -> tuple[int, int]:
        return round((self.width / 2 + x * self.scale) * 16), round(
            (self.height - y * self.scale - 1) * 16
        )

    def limb(
        self, points: list[tuple[float, float]], thick: float, colour: Colour, light: float = 1.0
    ) -> None:
        """A sleeve or a trouser leg: dark at its edge, lighter along its middle."""
        lit = tuple(part * light for part in colour)
        line = np.array([self.at(*point) for point in points], np.int32)
        for share, tone, shift in ((1.0, 0.72, 0.0), (0.62, 1.0, -0.12), (0.25, 1.12, -0.18)):
            moved = line + np.array([round(shift * thick * self.scale * 16), 0], np.int32)
            width = max(1, round(thick * share * self.scale))
            cv2.polylines(
                self.picture,
                [moved],
                isClosed=False,
                color=[tone * part for part in lit],
                thickness=width,
                lineType=cv2.LINE_AA,
                shift=4,
            )
        cv2.polylines(
            self.mask,
            [line],
            isClosed=False,
            color=1.0,
            thickness=max(1, round(thick * self.scale)),
            lineType=cv2.LINE_AA,
            shift=4,
        )

    def area(self, points: list[tuple[float, float]], colour: Colour) -> None:
        outline = np.array([self.at(*point) for point in points], np.int32)
        cv2.fillPoly(self.picture, [outline], colour, cv2.LINE_AA, 4)
        cv2.fillPoly(self.mask, [outline], 1.0, cv2.LINE_AA, 4)

    def oval(
        self,
        centre: tuple[float, float],
        radii: tuple[float, float],
        colour: Colour,
        arc: tuple[int, int] = (0, 360),
    ) -> None:
        """An ellipse, or a part of it; degrees, 180 to 360 is the upper half."""
        axes = tuple(max(1, round(radius * self.scale * 16)) for radius in radii)
        for target, tone in ((self.picture, colour), (self.mask, 1.0)):
            cv2.ellipse(target, self.at(*centre), axes, 0, *arc, tone, -1, cv2.LINE_AA, 4)

    def figure(self, head: Box) -> Figure:
        self.picture *= np.linspace(1.1, 0.85, self.height, dtype=np.float32)[:, None, None]
        size = (max(2, self.width // FINER), max(2, self.height // FINER))
        picture = cv2.resize(self.picture, size, interpolation=cv2.INTER_AREA)
        alpha = cv2.resize(self.mask, size, interpolation=cv2.INTER_AREA)
        x1, y2, x2, y1 = head
        (left, top), (right, bottom) = self.at(x1, y1), self.at(x2, y2)
        sides = tuple(side / 16 / FINER for side in (left, top, right, bottom))
        return Figure(
            np.asarray(picture, np.float32), alpha, (sides[0], sides[1], sides[2], sides[3])
        )
