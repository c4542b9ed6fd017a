"""Small networks that really run, written as ONNX by hand: their answers are known exactly."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.vision.card import hash_of

CELL = 8  # pixels; a cell is as large as the box it reports
SIDE = 64  # of the input
FLOAT, HALF, INTS, EXTERNAL = 1, 10, 7, 1  # numbers of types in onnx.proto


def write_red_detector(
    folder: Path, name: str = "red", *, gain: float = 1.0, half: bool = False, **card: Any
) -> Path:
    """A FastestDet-like network of one convolution: it frames every red cell.

    Args:
        folder: gets the .onnx and its card.
        name: of both files.
        gain: of the objectness; below 1 the network is less sure, as after a bad quantisation.
        half: all numbers have 16 bits.
        card: fields of the card that shall be different.

    Returns:
        The card's path.
    """
    kernel = np.zeros((6, 3, CELL, CELL), np.float32)
    kernel[0, 2], kernel[0, :2] = gain / CELL**2, -gain / CELL**2  # red without blue and green
    offset, size = math.atanh(0.5), math.log(1 / (SIDE / CELL - 1))  # middle of the cell, its size
    bias = np.array([0, offset, offset, size, size, 1], np.float32)
    weights = folder / f"{name}.onnx"
    weights.write_bytes(_convolution(_tensor(b"kernel", kernel, half), bias, half))
    return write_card(folder / f"{name}.json", weights, **card)


def write_card(path: Path, weights: Path, **changed: Any) -> Path:
    """A card for the red detector's weights."""
    fields = {
        "name": "red",
        "version": "1",
        "file": weights.name,
        "sha256": hash_of(weights) if weights.exists() else "0" * 64,
        "classes": [{"name": "red", "threshold": 0.5}],
        "size": SIDE,
        "decoder": "fastestdet",
        "precision": "fp32",
        "licence": "Apache-2.0",
    }
    path.write_text(json.dumps(fields | changed))
    return path


def write_scattered(folder: Path) -> Path:
    """A network that takes its kernel from a file beside it, as large ONNX models do; its card."""
    place = _field(1, b"location") + _field(2, b"kernel.data")
    dimensions = b"".join(_field(1, side) for side in (6, 3, CELL, CELL))
    kernel = dimensions + _field(2, FLOAT) + _field(8, b"kernel") + _field(13, place)
    weights = folder / "scattered.onnx"
    weights.write_bytes(_convolution(kernel + _field(14, EXTERNAL), np.zeros(6, np.float32)))
    return write_card(folder / "scattered.json", weights)


def picture_with_red(*cells: tuple[int, int], side: int = SIDE) -> NDArray[np.uint8]:
    """A black picture (BGR) in which these cells (column, row) are red."""
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    for column, row in cells:
        picture[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL, 2] = 255
    return picture.repeat(side // SIDE, 0).repeat(side // SIDE, 1)


# ---------------------------------------------------------------- onnx.proto, as far as needed


def _convolution(kernel: bytes, bias: NDArray[np.float32], half: bool = False) -> bytes:
    strides = _field(1, b"strides") + _field(8, CELL) + _field(8, CELL)
    node = b"".join(_field(1, name) for name in (b"picture", b"kernel", b"bias"))
    node += _field(2, b"cells") + _field(4, b"Conv") + _field(5, strides + _field(20, INTS))
    cells = SIDE // CELL
    graph = _field(1, node) + _field(2, b"red")
    graph += _field(5, kernel) + _field(5, _tensor(b"bias", bias, half))
    graph += _field(11, _value(b"picture", (1, 3, SIDE, SIDE), half))
    graph += _field(12, _value(b"cells", (1, len(bias), cells, cells), half))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _field(2, 17))


def _tensor(name: bytes, values: NDArray[np.float32], half: bool) -> bytes:
    dimensions = b"".join(_field(1, side) for side in values.shape)
    raw = values.astype(np.float16 if half else np.float32).tobytes()
    return dimensions + _field(2, HALF if half else FLOAT) + _field(8, name) + _field(9, raw)


def _value(name: bytes, shape: tuple[int, ...], half: bool) -> bytes:
    sides = b"".join(_field(1, _field(1, side)) for side in shape)
    return _field(1, name) + _field(
        2, _field(1, _field(1, HALF if half else FLOAT) + _field(2, sides))
    )


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    low, high = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(high) if high else bytes([low])
