"""Fits a picture of any shape into the input of a network, and boxes back onto the picture."""

from __future__ import annotations

from typing import Final, NamedTuple

import cv2
import numpy as np

from edge.vision.picture import Boxes, Picture, Size, size_of

GREY: Final = 114  # what YOLO networks were trained with around the picture


class Fit(NamedTuple):
    """How a picture lies in the input of a network."""

    scale: tuple[float, float]  # network pixels for one picture pixel, in x and in y
    left: int  # padding, network pixels
    top: int
    picture: Size

    def to_network(self, boxes: Boxes) -> Boxes:
        """Map boxes (N, 4) of the picture into the network's input."""
        return (boxes * self._scales + self._offset).astype(np.float32)

    def to_picture(self, boxes: Boxes) -> Boxes:
        """Map boxes (N, 4) of the network's input onto the picture, cut off at its borders."""
        width, height = self.picture
        borders = np.array((width, height) * 2, np.float32)
        mapped: Boxes = np.clip((boxes - self._offset) / self._scales, np.float32(0), borders)
        return mapped

    @property
    def _scales(self) -> Boxes:
        return np.array(self.scale * 2, np.float32)

    @property
    def _offset(self) -> Boxes:
        return np.array((self.left, self.top) * 2, np.float32)


def fit_into(picture: Size, network: Size) -> tuple[Fit, Size]:
    """Say how a picture lies in a network's input without being distorted.

    Returns:
        The fit, and the size of the scaled picture: at least a pixel wide and high. Both axes have
        a scale of their own, since whole pixels are a little off the common one.
    """
    common = min(network.width / picture.width, network.height / picture.height)
    scaled = Size(*(max(1, round(side * common)) for side in picture))
    scale = (scaled.width / picture.width, scaled.height / picture.height)
    left, top = (network.width - scaled.width) // 2, (network.height - scaled.height) // 2
    return Fit(scale, left, top, picture), scaled


def letterbox(picture: Picture, network: Size) -> tuple[Picture, Fit]:
    """Fit a picture into the input of a network without distorting it.

    Args:
        picture: (H, W, 3) uint8, at least one pixel.
        network: size of the network's input, pixels.

    Returns:
        The padded picture (height, width, 3), and how it lies in there.
    """
    fit, scaled = fit_into(size_of(picture), network)
    padded = np.full((network.height, network.width, 3), GREY, np.uint8)
    inside = padded[fit.top : fit.top + scaled.height, fit.left : fit.left + scaled.width]
    inside[:] = cv2.resize(picture, scaled, interpolation=cv2.INTER_LINEAR)
    return padded, fit
