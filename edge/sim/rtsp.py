"""A simulated RTSP camera: ``python -m edge.sim.rtsp FOLDER PORT CONTROL_PORT``.

Renders its video once, at the first start, and then plays it to whoever asks. H.264, because the
gateway shall have what cameras send.
"""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from edge.sim.scene.scene import HEIGHT, WIDTH, Scene
from edge.sim.scene.script import Script, fire_at

NAME: Final = "yard.mp4"
SEED: Final = 11
FPS: Final = 5
LENGTH_S: Final = 80.0  # a fire in the middle: every round of the video has one
SCRIPT: Final = fire_at(20.0, 50.0, LENGTH_S)


def write_video(path: Path, script: Script = SCRIPT) -> None:
    """Render one round of the scene."""
    scene = Scene(SEED, script)
    unfinished = path.with_suffix(".part.mp4")
    with av.open(str(unfinished), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"g": str(FPS), "tune": "zerolatency", "preset": "veryfast"}
        for number in range(round(script.length_s * FPS)):
            picture = scene.frame(number / FPS)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    unfinished.replace(path)


def main() -> None:
    """Render if need be, and become the server."""
    folder, port, control = Path(sys.argv[1]), *sys.argv[2:4]
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / NAME).exists():
        write_video(folder / NAME)
    server = ["-m", "server_demo", "-d", str(folder), "-H", "127.0.0.1", "-p", port, "-cp", control]
    os.execv(sys.executable, [sys.executable, *server])  # noqa: S606 - our own arguments


if __name__ == "__main__":
    main()
