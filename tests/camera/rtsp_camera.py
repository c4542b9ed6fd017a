"""An RTSP camera that plays a file again and again, in a process that can be killed or stopped."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from project.embedded.process import free_port


def write_video(path: Path, seconds: float = 4.0, fps: int = 10) -> Path:
    """H.264 of a grey ramp that runs, with a red square in it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.options = {"g": "10", "tune": "zerolatency", "preset": "ultrafast"}
        for number in range(round(seconds * fps)):
            picture = np.empty((240, 320, 3), np.uint8)
            picture[:] = ((np.arange(320) + 5 * number) % 256 // 4 + 40)[None, :, None]
            picture[80:120, 80:120] = (255, 0, 0)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


class RtspCamera:
    """``url`` answers as soon as ``start`` is back."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._ports = (free_port(), free_port())
        self.url = f"rtsp://127.0.0.1:{self._ports[0]}/{name}?play_count=0"  # for ever
        self.start()

    def start(self) -> None:
        port, control = map(str, self._ports)
        command = [sys.executable, "-m", "server_demo", "-d", str(self._folder)]
        self._process = subprocess.Popen(
            [*command, "-H", "127.0.0.1", "-p", port, "-cp", control],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while self._process.poll() is None and not self._answers():
            time.sleep(0.05)

    def freeze(self) -> None:
        """Take connections and say nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._ports[0]), 1).close()
        except OSError:
            return False
        return True
