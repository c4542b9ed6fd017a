"""Every layout of outputs, against boxes that a plain reference encoded or decoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import plain_decoders as plain
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from plain_decoders import Array, Thing

from edge.vision.decoders import LAYOUTS, LayoutError, layout_of
from edge.vision.picture import Candidates, Size

CLASSES = 3
SIZE = Size(128, 96)
ENCODERS: dict[str, Callable[[list[Thing], int, int, int], Array]] = {
    "yolo": plain.encode_yolo,
    "end2end": plain.encode_end2end,
    "fastestdet": plain.encode_fastestdet,
    "yolox": plain.encode_yolox,
}


def thing_in(cell: tuple[int, int], values: tuple[float, float, float, float, float]) -> Thing:
    """A thing whose middle lies in a cell of 32 pixels, and in the first quarter of it."""
    column, row = cell
    x, y = column * 32 + 1 + values[0] * 14, row * 32 + 1 + values[1] * 14
    width, height = 2 + values[2] * 90, 2 + values[3] * 60
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return Thing(*box, 0.1 + 0.9 * values[4], (column + row) % CLASSES)


cells = st.tuples(st.integers(0, SIZE.width // 32 - 1), st.integers(0, SIZE.height // 32 - 1))
things_anywhere = st.dictionaries(cells, st.tuples(*[st.floats(0, 1)] * 5), max_size=12).map(
    lambda by_cell: [thing_in(cell, values) for cell, values in by_cell.items()]
)


def cell_of(row: Sequence[float]) -> tuple[float, float]:
    """Column and row of the cell that the middle lies in, to sort by."""
    return (row[0] + row[2]) // 64, (row[1] + row[3]) // 64


def rows_of(found: Candidates) -> list[tuple[float, ...]]:
    """Boxes, score, class."""
    seen = found.where(found.scores > 0.05)
    return [tuple(row) for row in np.column_stack(seen).tolist()]


def near(rows: list[Thing]) -> object:
    return [pytest.approx(row, rel=1e-3, abs=1e-2) for row in rows]


@pytest.mark.parametrize("name", ENCODERS)
@given(things=things_anywhere)
def test_boxes_written_in_a_layout_are_read_back(name: str, things: list[Thing]) -> None:
    output = ENCODERS[name](things, CLASSES, *SIZE)
    found = LAYOUTS[name].decode([output], SIZE, CLASSES)
    assert sorted(rows_of(found), key=cell_of) == near(sorted(things, key=cell_of))


raw = st.floats(-4, 4, width=32)
shares = st.floats(0, 1, width=32)


@given(arrays(np.float32, (1, 5 + CLASSES, 3, 4), elements=raw))
def test_any_output_of_a_fastestdet_is_read_as_its_authors_do(output: Array) -> None:
    output[:, (0, *range(5, 5 + CLASSES))] = np.abs(output[:, (0, *range(5, 5 + CLASSES))]) / 4
    expected = plain.decode_fastestdet(output, *SIZE)
    found = LAYOUTS["fastestdet"].decode([output], SIZE, CLASSES)
    assert found.boxes.tolist() == [
        pytest.approx(thing[:4], rel=1e-3, abs=1e-2) for thing in expected
    ]
    assert found.scores.tolist() == pytest.approx([t.score for t in expected], rel=1e-3, abs=1e-6)
    assert found.classes.tolist() == [thing.kind for thing in expected]


@given(arrays(np.float32, (1, 21, 5 + CLASSES), elements=shares))
def test_any_output_of_a_yolox_is_read_as_its_authors_do(output: Array) -> None:
    expected = plain.decode_yolox(output, 32, 32)
    found = LAYOUTS["yolox"].decode([output], Size(32, 32), CLASSES)
    assert found.boxes.tolist() == [
        pytest.approx(thing[:4], rel=1e-3, abs=1e-2) for thing in expected
    ]
    assert found.scores.tolist() == pytest.approx([t.score for t in expected], rel=1e-3, abs=1e-6)
    assert found.classes.tolist() == [thing.kind for thing in expected]


WRONG = [
    ("yolo", (1, 84, 2100), "that would be 80 classes, the card lists 3"),
    ("yolo", (1, 300, 6), "that would be 296 classes"),
    ("yolo", (1, 3, 2100), "another decoder is needed"),
    ("yolo", (2, 7, 2100), r"\(1, 4 \+ classes, N\) is expected"),
    ("end2end", (1, 7, 2100), r"\(1, N, 6\) is expected"),
    ("fastestdet", (1, 7, 2100), r"\(1, 5 \+ classes, rows, columns\) is expected"),
    ("fastestdet", (1, 85, 22, 22), "that would be 80 classes"),
    ("yolox", (1, 252, 85), "that would be 80 classes"),
    ("yolox", (1, 2100, 8), "252 are expected for an input of 128 x 96"),
]


@pytest.mark.parametrize(("name", "shape", "words"), WRONG)
def test_outputs_of_another_shape_are_refused_with_words_that_help(
    name: str, shape: tuple[int, ...], words: str
) -> None:
    with pytest.raises(LayoutError, match=words):
        LAYOUTS[name].decode([np.zeros(shape, np.float32)], SIZE, CLASSES)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_network_with_two_outputs_is_refused(name: str) -> None:
    outputs = [np.zeros((1, 7, 252), np.float32), np.zeros((1, 32, 8, 8), np.float32)]
    with pytest.raises(LayoutError, match=r"gives \(1, 7, 252\) and \(1, 32, 8, 8\)"):
        LAYOUTS[name].decode(outputs, SIZE, CLASSES)


def test_a_class_that_the_card_does_not_list_is_refused() -> None:
    output = plain.encode_end2end([Thing(0, 0, 9, 9, 0.9, 5)], 6, *SIZE)
    with pytest.raises(LayoutError, match="gives class 5, the card lists 3"):
        LAYOUTS["end2end"].decode([output], SIZE, CLASSES)


def test_an_unknown_layout_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(LayoutError, match=r"'detr' is not known here.*yolo, end2end, fastestdet"):
        layout_of("detr")
