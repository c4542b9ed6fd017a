"""The layouts again, one box at a time and in both directions, as their authors describe them.

Independent of the code under test: no numpy arithmetic, no shared constants.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Thing(NamedTuple):
    """A box in pixels of the network's input."""

    x1: float
    y1: float
    x2: float
    y2: float
    score: float
    kind: int

    @property
    def middle(self) -> tuple[float, float, float, float]:
        return (
            (self.x1 + self.x2) / 2,
            (self.y1 + self.y2) / 2,
            self.x2 - self.x1,
            self.y2 - self.y1,
        )


def encode_yolo(things: list[Thing], classes: int, width: int, height: int) -> Array:
    output = np.zeros((1, 4 + classes, width * height // 64), np.float32)
    for place, thing in enumerate(things):
        output[0, :4, place] = thing.middle
        output[0, 4 + thing.kind, place] = thing.score
    return output


def encode_end2end(things: list[Thing], classes: int, width: int, height: int) -> Array:
    output = np.zeros((1, 300, 6), np.float32)
    for place, thing in enumerate(things):
        output[0, place] = (thing.x1, thing.y1, thing.x2, thing.y2, thing.score, thing.kind)
    return output


def encode_fastestdet(things: list[Thing], classes: int, width: int, height: int) -> Array:
    """Each thing in the cell (of 16 pixels) that its middle lies in; that must be its own."""
    output = np.full((1, 5 + classes, height // 16, width // 16), 0, np.float32)
    for thing in things:
        x, y, w, h = thing.middle
        row, column = int(y // 16), int(x // 16)
        cell = output[0, :, row, column]
        cell[0] = thing.score  # objectness^0.6 * class^0.4 is the score where both are the same
        cell[1], cell[2] = math.atanh(x / 16 - column), math.atanh(y / 16 - row)
        cell[3], cell[4] = -math.log(width / w - 1), -math.log(height / h - 1)
        cell[5 + thing.kind] = thing.score
    return output


def encode_yolox(things: list[Thing], classes: int, width: int, height: int) -> Array:
    """Each thing in the coarsest grid, whose cells have 32 pixels; it comes last."""
    before = (width // 8) * (height // 8) + (width // 16) * (height // 16)
    columns, rows = width // 32, height // 32
    output = np.zeros((1, before + columns * rows, 5 + classes), np.float32)
    for thing in things:
        x, y, w, h = thing.middle
        row, column = int(y // 32), int(x // 32)
        cell = output[0, before + row * columns + column]
        cell[:4] = (x / 32 - column, y / 32 - row, math.log(w / 32), math.log(h / 32))
        cell[4], cell[5 + thing.kind] = 1.0, thing.score
    return output


def decode_yolox(output: Array, width: int, height: int) -> list[Thing]:
    """All boxes, cell by cell."""
    things, place = [], 0
    for stride in (8, 16, 32):
        for row in range(height // stride):
            for column in range(width // stride):
                x, y, w, h, objectness, *scores = (float(v) for v in output[0, place])
                x, y = (x + column) * stride, (y + row) * stride
                w, h = math.exp(w) * stride, math.exp(h) * stride
                best = max(range(len(scores)), key=scores.__getitem__)
                corners = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
                things.append(Thing(*corners, scores[best] * objectness, best))
                place += 1
    return things


def decode_fastestdet(output: Array, width: int, height: int) -> list[Thing]:
    """All boxes, cell by cell."""
    _, channels, rows, columns = output.shape
    things = []
    for row in range(rows):
        for column in range(columns):
            cell = [float(output[0, channel, row, column]) for channel in range(channels)]
            x = (column + math.tanh(cell[1])) / columns * width
            y = (row + math.tanh(cell[2])) / rows * height
            w, h = (size / (1 + math.exp(-cell[3 + i])) for i, size in enumerate((width, height)))
            best = max(range(channels - 5), key=lambda kind: cell[5 + kind])
            corners = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
            things.append(Thing(*corners, cell[0] ** 0.6 * cell[5 + best] ** 0.4, best))
    return things
