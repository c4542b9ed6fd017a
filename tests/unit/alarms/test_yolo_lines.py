"""Boxes as YOLO has them, and which pictures are learnt from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.dataset import split_of, subset_of, yolo_lines

share = st.floats(0, 1, width=32)


def box(label: str, **sides: float) -> dict[str, object]:
    return {"label": label, "score": 0.9, "x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4} | sides


def test_a_box_becomes_its_class_its_centre_and_its_size() -> None:
    lines = yolo_lines([box("smoke"), box("cat")], ("fire", "smoke"))
    assert lines == "1 0.250000 0.400000 0.300000 0.400000\n"


@given(x=share, y=share, w=share, h=share)
def test_every_number_of_a_line_is_a_share_of_the_picture(
    x: float, y: float, w: float, h: float
) -> None:
    line = yolo_lines([box("fire", x=x, y=y, w=w, h=h)], ("fire",))
    assert all(0 <= float(number) <= 1 for number in line.split()[1:])


@pytest.mark.parametrize(
    ("label", "subset"),
    [("fire", "fire"), ("smoke", "fire"), ("no_helmet", "helmet"), ("person", "other")],
)
def test_classes_that_are_learnt_together_lie_together(label: str, subset: str) -> None:
    assert subset_of(label) == subset


def test_about_one_group_in_five_is_kept_to_judge_with() -> None:
    splits = [split_of(f"CAM-{number} 2026-01-01") for number in range(1000)]
    assert 150 < splits.count("val") < 250
    assert split_of("CAM-1 2026-01-01") == split_of("CAM-1 2026-01-01")
