"""Store pictures of a rendered scene.

  python -m edge.sim.scene fire --seed 3 --out FOLDER              JPEGs, one for each picture
  python -m edge.sim.scene busy --seed 3 --out scene.mp4           a video (MPEG-4 part 2)

Scripts: calm, fire, smoke, no_helmet, busy. --truth draws the boxes of what is to be seen.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from edge.sim.scene.scene import HEIGHT, WIDTH, Scene, Truth
from edge.sim.scene.script import SCRIPTS
from edge.vision.picture import Picture


def main() -> None:
    """Render what was asked for."""
    arguments = _parser().parse_args()
    pictures = _pictures(arguments)
    if arguments.out.suffix:
        _write_video(arguments.out, pictures, arguments.fps)
    else:
        _write_folder(arguments.out, pictures)


def _pictures(arguments: argparse.Namespace) -> Iterator[Picture]:
    scene = Scene(arguments.seed, SCRIPTS[arguments.script]())
    seconds = arguments.seconds or scene.script.length_s
    for number in range(round(seconds * arguments.fps)):
        picture, truths = scene.look(arguments.start + number / arguments.fps)
        yield _with_boxes(picture, truths) if arguments.truth else picture


def _with_boxes(picture: Picture, truths: list[Truth]) -> Picture:
    for label, box in truths:
        x1, y1, x2, y2 = (round(side) for side in box)
        cv2.rectangle(picture, (x1, y1), (x2, y2), (60, 230, 60), 1)
        cv2.putText(picture, label, (x1, max(y1 - 3, 9)), 0, 0.35, (60, 230, 60), 1)
    return np.asarray(picture, np.uint8)


def _write_folder(folder: Path, pictures: Iterator[Picture]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{number:05d}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])


def _write_video(file: Path, pictures: Iterator[Picture], fps: float) -> None:
    code = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(file), code, fps, (WIDTH, HEIGHT))
    for picture in pictures:
        writer.write(picture)
    writer.release()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m edge.sim.scene",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("script", choices=sorted(SCRIPTS))
    parser.add_argument("--out", type=Path, required=True, help="a folder, or a file .mp4")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=float, default=0.0, help="seconds into the script")
    parser.add_argument("--seconds", type=float, help="how long; one round of the script")
    parser.add_argument("--fps", type=float, default=5.0)
    parser.add_argument("--truth", action="store_true", help="draw the boxes")
    return parser


main()
