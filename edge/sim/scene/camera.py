"""A pinhole camera under the ceiling: metres in, pixels out. Pure.

In a hall, x goes to the right, y into the depth and z up.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[Any]


class Camera(NamedTuple):
    """Where it hangs and how it looks; it hangs above x = 0, y = 0."""

    width: int  # of the picture, pixels
    height: int
    above: float  # of the floor, m
    down: float  # pitch, radians
    aside: float  # yaw, radians; positive looks to the right
    zoom: float  # focal length in widths of the picture

    def project(self, points: Points) -> Points:
        """Pixels (N, 2) of places (N, 3) in front of the camera."""
        x, y, z = np.asarray(points, np.float64).T
        sideways = x * math.cos(self.aside) - y * math.sin(self.aside)
        ahead = x * math.sin(self.aside) + y * math.cos(self.aside)
        low = self.above - z
        depth = np.maximum(ahead * math.cos(self.down) + low * math.sin(self.down), 0.1)
        below = low * math.cos(self.down) - ahead * math.sin(self.down)
        focal = self.zoom * self.width
        pixels: Points = np.stack(
            [self.width / 2 + focal * sideways / depth, self.height / 2 + focal * below / depth], 1
        )
        return pixels

    def pixels_per_metre(self, place: tuple[float, float, float]) -> float:
        """Size of things at a place, upright."""
        x, y, z = place
        foot, top = self.project(np.array([[x, y, z], [x, y, z + 1.0]]))
        return float(foot[1] - top[1])

    def enlarged(self, factor: int) -> Camera:
        """The same view with more pixels."""
        return self._replace(width=self.width * factor, height=self.height * factor)


def upright(x1: float, x2: float, y: float, top: float, low: float) -> Points:
    """Corners (4, 3) of a rectangle that faces the camera: top left first, clockwise."""
    return np.array([[x1, y, top], [x2, y, top], [x2, y, low], [x1, y, low]])


def lying(x1: float, x2: float, far: float, near: float, z: float) -> Points:
    """Corners (4, 3) of a level rectangle: far left first, clockwise."""
    return np.array([[x1, far, z], [x2, far, z], [x2, near, z], [x1, near, z]])
