"""Whether something moves: in the picture (is it worth a look?) and in a box (does it burn?). Pure.

Both work on a small grey picture, which also takes most of a camera's noise away.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.picture import Picture
from edge.wire import Box

Grey = NDArray[np.uint8]  # (H, W)

WIDTH: Final = 160  # of the small picture, pixels
_CHANGED: Final = 12  # levels of 255 that a pixel must differ from the background
_SHARE: Final = 0.002  # of the pixels
_LEARN: Final = 0.05  # of each picture goes into the background

WINDOW_S: Final = 2.0
LEAST_PICTURES: Final = 6  # in the window; with fewer nobody can say what flickers
_STEP: Final = 6  # levels that a pixel must rise or fall from one picture to the next
_TIMES: Final = 2  # so often up and so often down: what passes by does it once
_FLICKERS: Final = 0.15  # share of the pixels of a box; measured, see docs/cameras.md
_DRIFT: Final = 10  # levels between the darkest and the brightest of a pixel: smoke is slow
_DRIFTS: Final = 0.2  # share of the pixels


def small_grey(picture: Picture) -> Grey:
    """A picture (H, W, 3) BGR as a small grey one, of the same shape."""
    height, width = picture.shape[:2]
    size = (WIDTH, max(1, round(WIDTH * height / width)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


class MotionGate:
    """Lets pictures through in which something changed, and one now and then in any case.

    The background follows slowly, so it takes in what smoulders: hence the full look.
    """

    def __init__(self, full_every_s: float) -> None:
        self.full_every_s = full_every_s
        self._background: NDArray[np.float32] | None = None
        self._let_at = -np.inf

    def wants(self, grey: Grey, now: float, *, is_busy: bool) -> bool:
        """Say whether to look at this picture.

        Args:
            grey: the small picture.
            now: monotonic seconds.
            is_busy: something is being tracked; then no picture is left out.
        """
        moved = self._moved(grey)
        wanted = moved or is_busy or now - self._let_at >= self.full_every_s
        if wanted:
            self._let_at = now
        return wanted

    def _moved(self, grey: Grey) -> bool:
        if self._background is None or self._background.shape != grey.shape:
            self._background = grey.astype(np.float32)
            return True
        difference = np.abs(grey - self._background)
        self._background += _LEARN * (grey - self._background)
        return float((difference > _CHANGED).mean()) >= _SHARE


class Flicker:
    """The small pictures of the last moments."""

    def __init__(self) -> None:
        self._greys: deque[tuple[float, Grey]] = deque()
        self._began = 0.0

    def add(self, grey: Grey, now: float) -> None:
        """Take the small picture of a look."""
        if self._greys and self._greys[0][1].shape != grey.shape:
            self._greys.clear()  # another resolution
        if not self._greys:
            self._began = now
        self._greys.append((now, grey))
        while now - self._greys[0][0] > WINDOW_S:
            self._greys.popleft()

    def moves(self, box: Box, *, slowly: bool = False) -> bool | None:
        """Say whether what is in a box flickers; None: pictures come too seldom to tell.

        Before the window is full for the first time, nothing moves: it will soon be known.

        Args:
            box: in the newest picture.
            slowly: a drift is enough, as of smoke.
        """
        began, now = self._greys[0][0], self._greys[-1][0]
        if now - self._began < WINDOW_S / 2:
            return False
        if len(self._greys) < LEAST_PICTURES or now - began < WINDOW_S / 2:
            return None
        pixels = np.stack([_cut(grey, box) for _, grey in self._greys]).astype(np.int16)
        return _flickers(pixels) or (slowly and _drifts(pixels))


def _flickers(pixels: NDArray[Any]) -> bool:
    steps = np.diff(pixels, axis=0)
    up, down = (steps >= _STEP).sum(axis=0), (steps <= -_STEP).sum(axis=0)
    return float(((up >= _TIMES) & (down >= _TIMES)).mean()) >= _FLICKERS


def _drifts(pixels: NDArray[Any]) -> bool:
    return float((np.ptp(pixels, axis=0) >= _DRIFT).mean()) >= _DRIFTS


def _cut(grey: Grey, box: Box) -> Grey:
    height, width = grey.shape
    left, top = min(int(box.x * width), width - 1), min(int(box.y * height), height - 1)
    right, bottom = int((box.x + box.w) * width) + 1, int((box.y + box.h) * height) + 1
    return grey[top : max(bottom, top + 1), left : max(right, left + 1)]
