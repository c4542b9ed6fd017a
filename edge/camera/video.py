"""Video through OpenCV's FFmpeg: RTSP, files; and through the system: USB."""

from __future__ import annotations

import os
import time
from typing import Final

import cv2
import numpy as np

from edge.camera.rtsp import why_not
from edge.camera.trouble import OPEN_TIMEOUT_S, READ_TIMEOUT_S, SourceError, place_of
from edge.vision.picture import Picture

# Without an explicit backend the timeouts are ignored, and a dead camera blocks for long.
_TIMEOUTS: Final = [
    cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
    round(OPEN_TIMEOUT_S * 1000),
    cv2.CAP_PROP_READ_TIMEOUT_MSEC,
    round(READ_TIMEOUT_S * 1000),
]


class CapturedVideo:
    """What OpenCV has opened."""

    def __init__(self, source: str | int, backend: int, place: str) -> None:
        """Open it.

        Args:
            source: a URL, a path or the number of a device.
            backend: one of OpenCV's.
            place: the source, for messages.

        Raises:
            SourceError: it cannot be opened.
        """
        self._place = place
        self._capture = cv2.VideoCapture()
        settings = _TIMEOUTS if backend == cv2.CAP_FFMPEG else []
        if not self._capture.open(source, backend, settings):
            raise SourceError("lost", f"{place} cannot be opened")
        # A camera's own buffer would show the past.
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    @property
    def fps(self) -> float:
        """Pictures a second as the source says; 0: it does not."""
        return float(self._capture.get(cv2.CAP_PROP_FPS))

    def grab(self) -> None:
        """Wait for the next picture."""
        began = time.monotonic()
        is_there = self._capture.grab()
        # After a timeout it hands out what was still in the decoder, as if the camera had sent it.
        if not is_there or time.monotonic() - began >= READ_TIMEOUT_S:
            raise SourceError("lost", f"{self._place}: no picture any more")

    def retrieve(self) -> Picture:
        """The picture that was grabbed."""
        is_there, picture = self._capture.retrieve()
        if not is_there or not picture.size:
            raise SourceError("garbled", f"{self._place}: a picture cannot be decoded")
        if picture.ndim == 2:
            picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
        return np.asarray(picture, np.uint8)

    def close(self) -> None:
        """Let go of the camera."""
        self._capture.release()


def open_rtsp(source: str, transport: str) -> CapturedVideo:
    """Open an RTSP camera; where that fails, ask it why.

    Raises:
        SourceError: it cannot be opened; the kind says whose fault it is.
    """
    # Read by OpenCV at each opening; the process has no other camera.
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = (
        f"rtsp_transport;{transport}|fflags;nobuffer|flags;low_delay|fpsprobesize;0"
    )
    try:
        return CapturedVideo(source, cv2.CAP_FFMPEG, place_of(source))
    except SourceError as error:
        raise why_not(source) from error
