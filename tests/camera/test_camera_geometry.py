"""How boxes lie to each other, whatever boxes a model may find."""

from __future__ import annotations

import pytest
from camera_strategies import boxes
from hypothesis import example, given

from edge.camera.geometry import likeness, overlap
from edge.wire import Box

THIN = Box("fire", 1.0, 0.0, 0.0, 0.5, 5e-324)  # its area is too small for a float
SLIVER = Box("fire", 0.0, 0.5, 0.0, 8.345561105473748e-17, 0.5)  # thinner than floats beside it


@given(boxes(), boxes())
@example(THIN, THIN)
@example(SLIVER, SLIVER)
def test_an_overlap_is_a_share(a: Box, b: Box) -> None:
    assert 0 <= overlap(a, b) <= 1 + 1e-9
    assert overlap(a, b) == overlap(b, a)


@given(boxes(), boxes())
@example(THIN, THIN)
def test_a_likeness_is_between_0_and_2(a: Box, b: Box) -> None:
    assert 0 <= likeness(a, b) <= 2 + 1e-9


def test_boxes_that_share_half_overlap_by_a_third() -> None:
    left, right = Box("fire", 1.0, 0.0, 0.0, 0.4, 1.0), Box("fire", 1.0, 0.2, 0.0, 0.4, 1.0)
    assert overlap(left, right) == pytest.approx(1 / 3)
