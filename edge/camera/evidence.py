"""The pictures that prove an event: the best one, one from before and one from after it."""

from __future__ import annotations

import hashlib
from collections import deque
from typing import Final, Literal, NamedTuple

import cv2
import numpy as np

from edge.camera.block import shrink
from edge.vision.picture import Picture as Pixels
from edge.wire import Box, Picture
from edge.wire.detections import MAX_BOXES, MAX_JPEG_BYTES

BEFORE_S: Final = 2.0  # how far back the picture from before is
BEFORE_EVERY_S: Final = 0.4
BEFORE_SIDE: Final = 640  # longest side of it, pixels: it shows what happened, not who it was
_QUALITIES: Final = (88, 80, 70, 60)
_SMALLER: Final = 0.75  # a picture that is too large even so loses this much of its sides
_LEAST_SIDE: Final = 16  # pixels, of a picture that may be sent

Role = Literal["best", "before", "after"]


class Shot(NamedTuple):
    """A picture that was looked at, and what was in it."""

    pixels: Pixels
    at_ms: int  # source time
    boxes: list[Box]


class Proof(NamedTuple):
    """A picture as it travels."""

    picture: Picture
    jpeg: bytes


def prove(shot: Shot, role: Role, first: Box | None = None) -> Proof:
    """Make a JPEG of a shot that is small enough to be sent, with its boxes as data.

    Args:
        shot: any size.
        role: what it shows.
        first: the box that it is about goes to the head of the list.
    """
    pixels, jpeg = fit(shot.pixels, MAX_JPEG_BYTES)
    boxes = [box for box in shot.boxes if box is not first]
    boxes = [first, *boxes] if first is not None else boxes
    height, width = pixels.shape[:2]
    digest = hashlib.sha256(jpeg).hexdigest()
    return Proof(Picture(role, shot.at_ms, digest, width, height, boxes[:MAX_BOXES]), jpeg)


def fit(pixels: Pixels, most_bytes: int) -> tuple[Pixels, bytes]:
    """Make a JPEG of so many bytes at most; return what is in it, and the JPEG.

    It loses quality first, then size. One that is too thin to be sent gets black borders.
    """
    pixels = _padded(pixels)
    jpeg = compress(pixels, most_bytes)
    while len(jpeg) > most_bytes:
        pixels = shrink(pixels, int(max(pixels.shape[:2]) * _SMALLER))
        jpeg = compress(pixels, most_bytes)
    return pixels, jpeg


def compress(pixels: Pixels, most_bytes: int = MAX_JPEG_BYTES) -> bytes:
    """A JPEG of the best quality that fits, or else of the worst."""
    jpeg = b""
    for quality in _QUALITIES:
        _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        jpeg = data.tobytes()
        if len(jpeg) <= most_bytes:
            break
    return jpeg


class Past:
    """Small pictures of the last moments."""

    def __init__(self) -> None:
        self._shots: deque[tuple[float, Shot]] = deque()

    def add(self, pixels: Pixels, at_ms: int, now: float) -> None:
        """Keep a picture, if the last one that was kept is old enough."""
        if self._shots and now - self._shots[-1][0] < BEFORE_EVERY_S:
            return
        self._shots.append((now, Shot(shrink(pixels, BEFORE_SIDE), at_ms, [])))
        while len(self._shots) > 1 and now - self._shots[1][0] >= BEFORE_S:
            self._shots.popleft()

    def oldest(self) -> Shot | None:
        """A picture from about two seconds ago, or as far back as there are."""
        return self._shots[0][1] if self._shots else None


def _padded(pixels: Pixels) -> Pixels:
    """A strip thinner than what may be sent gets black borders."""
    height, width = pixels.shape[:2]
    missing = (max(0, _LEAST_SIDE - height), max(0, _LEAST_SIDE - width))
    if not any(missing):
        return pixels
    return np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)))
