"""The fixed pictures that a benchmark measures with: a folder of them, or rendered ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import cv2
import numpy as np

from edge.sim.scene.scene import Scene
from edge.sim.scene.script import Happening, Script
from edge.vision.picture import Picture

WIDTH: Final = 768
HEIGHT: Final = 576
COUNT: Final = 12
SCENES: Final = 4
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})

# A hall in which something burns and somebody is bareheaded.
_ALL_AT_ONCE: Final = Script((Happening("fire", 0.0, 60.0), Happening("no_helmet", 0.0, 60.0)))


@contextmanager
def kept_pictures(folder: Path | None = None) -> Iterator[Path]:
    """The pictures as a file of numpy (N, H, W, 3), for other processes, while it is needed.

    Raises:
        OSError: as ``benchmark_pictures``.
    """
    with TemporaryDirectory() as place:
        file = Path(place) / "pictures.npy"
        np.save(file, np.stack(benchmark_pictures(folder)), allow_pickle=False)
        yield file


def benchmark_pictures(folder: Path | None = None) -> list[Picture]:
    """Pictures (576, 768, 3), the same at every call.

    Args:
        folder: pictures of the user's own cameras, which tell more; the first by name are taken.

    Raises:
        OSError: the folder has no picture that can be read.
    """
    if folder is None:
        scenes = [Scene(seed, _ALL_AT_ONCE, width=WIDTH, height=HEIGHT) for seed in range(SCENES)]
        return [scenes[number % SCENES].frame(12.0 + number) for number in range(COUNT)]
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    read = (cv2.imread(str(file), cv2.IMREAD_COLOR) for file in files[:COUNT])
    pictures = [cv2.resize(one, (WIDTH, HEIGHT)) for one in read if one is not None]
    if not pictures:
        raise OSError(f"{folder}: no picture in it can be read")
    return [np.asarray(one, np.uint8) for one in pictures]
