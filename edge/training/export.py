"""From trained weights to the files that ship: ONNX in FP32 and INT8, each with its card.

INT8 is static quantisation of ONNX Runtime (QDQ, weights by channel) of everything but the decoding
at the end of the head, where eight bits are too few for coordinates.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import onnx  # type: ignore[import-not-found]
import onnxslim  # type: ignore[import-not-found]
import torch  # type: ignore[import-not-found]
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from edge.training.cards import card_path, write_card
from edge.training.dataset import Sample, Task, samples_of
from edge.training.network import build, start_from
from edge.vision.letterbox import letterbox
from edge.vision.picture import Size

logger = logging.getLogger(__name__)

OPSET: Final = 17
CALIBRATION_PICTURES: Final = 120
HEAD: Final = "/model.22/"
QUANTISED_IN_HEAD: Final = ("/cv2.", "/cv3.")  # its convolutions


def export(task: Task, weights: Path, data: list[Path], folder: Path) -> list[Path]:
    """Write both precisions of a model and their cards, not judged yet.

    Args:
        task: what was learnt.
        weights: .npz of training.
        data: folders whose training pictures calibrate INT8.
        folder: where the files go.

    Returns:
        The cards.
    """
    cv2.setNumThreads(1)
    size = task.size
    folder.mkdir(parents=True, exist_ok=True)
    exact = folder / f"{task.name}.onnx"
    small = folder / f"{task.name}.int8.onnx"
    _write_onnx(task, weights, exact, size)
    samples = [one for source in data for one in samples_of(source, task, "train")]
    _quantise(exact, small, samples, size)
    write_card(task, exact, "fp32")
    write_card(task, small, "int8")
    return [card_path(exact), card_path(small)]


def _write_onnx(task: Task, weights: Path, target: Path, size: Size) -> None:
    model = build(task)
    taken = start_from(model, weights)
    if taken != len(model.state_dict()):
        raise ValueError(f"{weights} has {taken} of {len(model.state_dict())} tensors")
    model.eval()
    model = model.fuse(verbose=False)
    head = model.model[-1]
    head.export, head.format, head.dynamic = True, "onnx", False
    empty = torch.zeros(1, 3, size.height, size.width)
    with torch.no_grad():
        model(empty)  # makes the grid for this size
        torch.onnx.export(
            model, (empty,), str(target), opset_version=OPSET, dynamo=False,
            input_names=["images"], output_names=["boxes"],
        )  # fmt: skip
    onnx.save(onnxslim.slim(onnx.load(str(target))), str(target))
    logger.info("%s: %.1f MB", target, target.stat().st_size / 1e6)


class _Calibration(CalibrationDataReader):  # type: ignore[misc]  # has no types
    """Feeds pictures, letterboxed as at run time."""

    def __init__(self, samples: list[Sample], size: Size, name: str) -> None:
        order = np.random.default_rng(0).permutation(len(samples))[:CALIBRATION_PICTURES]
        self._samples = iter([samples[i] for i in order])
        self._size, self._name = size, name

    def get_next(self) -> dict[str, Any] | None:
        sample = next(self._samples, None)
        if sample is None:
            return None
        padded, _ = letterbox(sample.read()[0], self._size)
        planes = padded[:, :, ::-1].transpose(2, 0, 1)[None]
        return {self._name: np.divide(planes, 255, dtype=np.float32)}


def _quantise(source: Path, target: Path, samples: list[Sample], size: Size) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared))
        nodes = [node.name for node in onnx.load(str(prepared)).graph.node]
        decoding = [
            name
            for name in nodes
            if name.startswith(HEAD) and not any(part in name for part in QUANTISED_IN_HEAD)
        ]
        quantize_static(
            str(prepared), str(target), _Calibration(samples, size, "images"),
            quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8, nodes_to_exclude=decoding,
        )  # fmt: skip
    logger.info("%s: %.1f MB, %d nodes left", target, target.stat().st_size / 1e6, len(decoding))
