"""From a picture to detections, with networks that really run, on every backend that is here."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from tiny_models import CELL, picture_with_red, write_card, write_red_detector

from edge.vision.backends import BackendError, OnnxRuntime, available_for
from edge.vision.card import CardError, ClassCard, ModelCard, load_card
from edge.vision.choice import Choice, remember_choices
from edge.vision.detector import Detector, ModelDetector, load_detector
from edge.vision.picture import Tensor

BACKENDS = ["onnxruntime", *(["openvino"] if find_spec("openvino") else [])]


@pytest.fixture(params=BACKENDS)
def detector(request: pytest.FixtureRequest, tmp_path: Path) -> Detector:
    return load_detector(write_red_detector(tmp_path), backend=request.param)


def test_a_red_cell_becomes_one_detection_exactly_there(detector: Detector) -> None:
    (found,) = detector.detect(picture_with_red((2, 5)))
    assert (found.label, found.score) == ("red", pytest.approx(1, abs=1e-3))
    assert found.box == pytest.approx((2 * CELL, 5 * CELL, 3 * CELL, 6 * CELL), abs=0.01)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_model_of_half_precision_runs_as_well(tmp_path: Path, backend: str) -> None:
    path = write_red_detector(tmp_path, half=True, precision="fp16")
    (found,) = load_detector(path, backend=backend).detect(picture_with_red((2, 5)))
    assert found.box == pytest.approx((2 * CELL, 5 * CELL, 3 * CELL, 6 * CELL), abs=0.1)


def test_boxes_are_in_pixels_of_the_picture_whatever_its_size(detector: Detector) -> None:
    (found,) = detector.detect(picture_with_red((0, 7), side=640))
    assert found.box == pytest.approx((0, 560, 80, 640), abs=0.1)


def test_a_wide_picture_is_not_distorted(detector: Detector) -> None:
    picture = np.zeros((320, 640, 3), np.uint8)
    picture[80:160, 160:240, 2] = 255  # a cell of the network, between the bars
    (found,) = detector.detect(picture)
    assert found.box == pytest.approx((160, 80, 240, 160), abs=0.1)


def test_a_picture_without_red_gives_nothing(detector: Detector) -> None:
    white_and_blue = np.full((64, 64, 3), 255, np.uint8)
    white_and_blue[:32, :, 1:] = 0
    assert detector.detect(white_and_blue) == []


def test_two_things_are_two_detections_the_surest_first(detector: Detector) -> None:
    picture = picture_with_red((1, 1), (6, 3))
    picture[:16, :16] //= 4
    picture[:16, :16] *= 3
    scores = [found.score for found in detector.detect(picture)]
    assert scores == pytest.approx([1, 0.75**0.6], abs=0.01)


def test_a_class_reports_from_its_threshold_and_not_at_all_when_it_is_off(tmp_path: Path) -> None:
    picture = picture_with_red((2, 5)) // 2  # objectness 0.5, so a score of 0.66
    for entry, count in (
        ({"threshold": 0.6}, 1),
        ({"threshold": 0.7}, 0),
        ({"threshold": 0.6, "enabled": False}, 0),
    ):
        path = write_red_detector(tmp_path, classes=[{"name": "red", **entry}])
        assert len(load_detector(path).detect(picture)) == count
        assert len(load_detector(path, floor=0.5).detect(picture)) == 1


class Replay:
    """A backend that gives what it was told to: what a network could come up with."""

    def __init__(self, output: NDArray[np.float32]) -> None:
        self.outputs = [output]

    def run(self, tensor: Tensor) -> list[NDArray[np.float32]]:
        return self.outputs


anything = st.floats(width=32) | st.floats(-10, 10, width=32)


@pytest.mark.parametrize(("decoder", "shape"), [("yolo", (1, 6, 40)), ("end2end", (1, 40, 6)),
                                                ("fastestdet", (1, 7, 2, 2)),
                                                ("yolox", (1, 84, 7))])  # fmt: skip
@given(data=st.data())
def test_whatever_a_network_gives_boxes_are_finite_and_inside_the_picture(
    decoder: str, shape: tuple[int, ...], data: st.DataObject
) -> None:
    output = data.draw(arrays(np.float32, shape, elements=anything))
    backend = Replay(np.zeros(shape, np.float32))
    classes = (ClassCard("red", 0.1), ClassCard("blue", 0.1))
    card = ModelCard(
        name="wild", version="1", file="wild.onnx", sha256="0" * 64, classes=classes, size=64,
        decoder=decoder, precision="fp32", licence="none",
    )  # fmt: skip
    detector = ModelDetector(card, backend)
    backend.outputs = [output]
    if decoder == "end2end":
        output[0, :, 5] = np.abs(np.nan_to_num(output[0, :, 5])) % 2
    for found in detector.detect(np.zeros((30, 50, 3), np.uint8)):
        x1, y1, x2, y2 = found.box
        assert 0 <= x1 < x2 <= 50
        assert 0 <= y1 < y2 <= 30


def test_a_network_without_its_last_sigmoid_is_refused(tmp_path: Path) -> None:
    logits = Replay(np.zeros((1, 5, 84), np.float32))
    logits.outputs[0][0, 4] = -3
    card = load_card(write_red_detector(tmp_path, decoder="yolo"))
    with pytest.raises(CardError, match="its scores are not within 0 and 1"):
        ModelDetector(card, logits)


def test_the_detector_knows_the_hash_of_its_weights_for_the_evidence(detector: Detector) -> None:
    assert len(detector.card.sha256) == 64


def test_a_card_with_too_few_classes_is_refused_before_the_first_picture(tmp_path: Path) -> None:
    path = write_red_detector(tmp_path, classes=[{"name": "red"}, {"name": "blue"}])
    with pytest.raises(CardError, match="would be 1 classes, the card lists 2"):
        load_detector(path)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_card_with_another_size_is_refused(tmp_path: Path, backend: str) -> None:
    with pytest.raises(CardError, match="cannot be run with an input of 96 x 96 pixels"):
        load_detector(write_red_detector(tmp_path, size=96), backend=backend)


@pytest.mark.parametrize("decoder", ["yolo", "end2end", "yolox"])
def test_another_decoder_than_the_models_is_refused(tmp_path: Path, decoder: str) -> None:
    with pytest.raises(CardError, match=rf"decoder {decoder}: .*\(1, 6, 8, 8\).* is expected"):
        load_detector(write_red_detector(tmp_path, decoder=decoder))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, backend: str) -> None:
    weights = tmp_path / "red.onnx"
    weights.write_bytes(b"not a network")
    with pytest.raises(BackendError, match=rf"{backend} cannot load red\.onnx: \S"):
        load_detector(write_card(tmp_path / "red.json", weights), backend=backend)


def test_a_backend_that_is_not_here_is_refused(tmp_path: Path) -> None:
    path = write_red_detector(tmp_path)
    missing = next(
        name for name in ("tensorrt", "cuda") if name not in available_for(tmp_path / "red.onnx")
    )
    with pytest.raises(BackendError, match=f"backend {missing} is not installed here"):
        load_detector(path, backend=missing)


@pytest.mark.filterwarnings("ignore:Specified provider")
@pytest.mark.parametrize("provider", ["CUDAExecutionProvider", "TensorrtExecutionProvider"])
def test_a_provider_that_falls_back_in_silence_is_refused(tmp_path: Path, provider: str) -> None:
    write_red_detector(tmp_path)
    with pytest.raises(BackendError, match=f"{provider} cannot be used here"):
        OnnxRuntime(tmp_path / "red.onnx", "fp32", 1, provider)


def test_what_the_benchmark_chose_is_loaded_instead(tmp_path: Path) -> None:
    asked, chosen = write_red_detector(tmp_path), write_red_detector(tmp_path, "small", gain=0.9)
    card = load_detector(chosen).card
    choice = Choice("small.json", card.sha256, "onnxruntime", 1.0)
    data = tmp_path / "data"
    remember_choices(data, {load_detector(asked).card.sha256: choice})
    assert load_detector(asked, data=data).card.file == "small.onnx"
    assert load_detector(asked, data=data, backend="onnxruntime").card.file == "red.onnx"
    write_red_detector(tmp_path, "small", gain=0.8)  # no longer what was measured
    assert load_detector(asked, data=data).card.file == "red.onnx"
    Path(tmp_path / "small.json").unlink()
    assert load_detector(asked, data=data).card.file == "red.onnx"


def test_the_runtime_loads_no_training_library_and_the_gateway_not_even_the_runtime() -> None:
    ask = "import sys, {}; print(*(set(sys.modules) & set({})))"
    heavy = {"torch", "torchvision", "ultralytics", "onnx"}
    vision = ask.format("edge.vision.detector, edge.vision.measure", heavy)
    gateway = ask.format("edge.__main__", heavy | {"cv2", "numpy", "onnxruntime", "openvino"})
    for code in (vision, gateway):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert done.stdout.strip() == b""
