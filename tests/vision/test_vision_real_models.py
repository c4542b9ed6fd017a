"""Models that see real things: the ones that ship, and one of somebody else where it is present."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import pytest
from tiny_models import write_card

from edge.benchmark import SHIPPED
from edge.vision.agreement import FLOOR, compare
from edge.vision.detector import ModelDetector, load_detector
from edge.vision.picture import Detection, Picture
from edge.vision.pictures import benchmark_pictures

BACKENDS = ["onnxruntime", *(["openvino"] if find_spec("openvino") else [])]
DATA = Path(__file__).parents[3] / "shared" / "data" / "vision"
CARDS = sorted(SHIPPED.rglob("*.json"))

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the pictures are not in the repository")


@pytest.fixture
def fastestdet(tmp_path: Path) -> Path:
    weights = tmp_path / "FastestDet.onnx"
    weights.write_bytes((DATA / "weights" / weights.name).read_bytes())
    labels = (DATA / "weights" / "coco.names").read_text().split("\n")
    classes = [{"name": label, "threshold": 0.5} for label in labels if label]
    card = {"name": "fastestdet", "size": 352, "licence": "BSD-3-Clause", "classes": classes}
    return write_card(tmp_path / "fastestdet.json", weights, **card)


def every_tenth_frame(video: Path) -> list[Picture]:
    capture, frames = cv2.VideoCapture(str(video)), []
    while capture.grab():
        if int(capture.get(cv2.CAP_PROP_POS_FRAMES)) % 10 == 0:
            frames.append(capture.retrieve()[1])
    capture.release()
    return frames


def inside(found: Detection, picture: Picture) -> bool:
    x1, y1, x2, y2 = found.box
    return 0 <= x1 < x2 <= picture.shape[1] and 0 <= y1 < y2 <= picture.shape[0]


@needs_data
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_worker_is_found_in_every_frame_of_a_real_video(fastestdet: Path, backend: str) -> None:
    detector = load_detector(fastestdet, backend=backend)
    frames = every_tenth_frame(DATA / "video" / "helmet_ok_worker_zone_intel.mp4")
    assert frames
    for frame in frames:
        found = detector.detect(frame)
        assert "person" in {one.label for one in found}
        assert all(inside(one, frame) for one in found)


@needs_data
def test_nobody_is_found_on_an_empty_conveyor(fastestdet: Path) -> None:
    detector = load_detector(fastestdet)
    frames = every_tenth_frame(DATA / "video" / "normal_bolt_conveyor_intel.mp4")[:20]
    assert frames
    assert all("person" not in {one.label for one in detector.detect(frame)} for frame in frames)


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.stem)
def test_a_shipped_model_sees_the_same_on_every_backend(card: Path) -> None:
    pictures = benchmark_pictures()
    runs = [_run(load_detector(card, backend=name, floor=FLOOR), pictures) for name in BACKENDS]
    assert all(compare(runs[0], run).is_enough for run in runs)


def _run(detector: ModelDetector, pictures: list[Picture]) -> list[list[Detection]]:
    return [detector.detect(picture) for picture in pictures]
