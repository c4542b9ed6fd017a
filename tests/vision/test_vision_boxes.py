"""Overlap, and the suppression of duplicates, against a plain reference."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.vision.boxes import MOST_KEPT, keep_best, overlap_of
from edge.vision.picture import Candidates

Plain = tuple[float, float, float, float]

boxes = st.tuples(*[st.integers(0, 40)] * 2, *[st.integers(0, 20)] * 2).map(
    lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3]))
)
rows = st.lists(st.tuples(boxes, st.floats(0, 1, width=32), st.integers(0, 2)), max_size=40)


def candidates(found: list[tuple[Plain, float, int]]) -> Candidates:
    return Candidates(
        np.array([box for box, _, _ in found], np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in found], np.float32),
        np.array([position for _, _, position in found], np.intp),
    )


def plain_overlap(one: Plain, other: Plain) -> float:
    """Intersection over union of two boxes, written out."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (areas - shared) if areas > shared else 0.0


def same(left: Candidates, right: Candidates) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(left, right, strict=True))


@given(boxes, st.lists(boxes, min_size=1, max_size=10))
def test_the_overlap_is_the_shared_area_over_the_covered_one(one: Plain, many: list[Plain]) -> None:
    found = overlap_of(np.array(one, np.float32), np.array(many, np.float32))
    np.testing.assert_allclose(found, [plain_overlap(one, other) for other in many], rtol=1e-5)


@given(rows)
def test_what_is_kept_is_kept_again(found: list[tuple[Plain, float, int]]) -> None:
    once = keep_best(candidates(found))
    assert same(keep_best(once), once)


@given(rows)
def test_no_two_kept_boxes_of_a_class_overlap_more_than_allowed(
    found: list[tuple[Plain, float, int]],
) -> None:
    kept = keep_best(candidates(found))
    for i in range(len(kept.scores)):
        overlaps = overlap_of(kept.boxes[i], kept.boxes[i + 1 :])
        assert not (overlaps[kept.classes[i + 1 :] == kept.classes[i]] > 0.5).any()


@given(rows)
def test_what_is_dropped_overlaps_a_kept_box_of_its_class_with_no_lower_score(
    found: list[tuple[Plain, float, int]],
) -> None:
    kept = keep_best(candidates(found))
    best = list(zip(kept.boxes.tolist(), kept.scores.tolist(), kept.classes.tolist(), strict=True))
    for box, score, position in found:
        assert (list(box), score, position) in best or any(
            plain_overlap(box, tuple(other)) > 0.4999 and other_score >= score
            for other, other_score, other_position in best
            if other_position == position
        )


@given(rows.filter(bool))
def test_the_best_box_of_all_is_kept_and_comes_first(
    found: list[tuple[Plain, float, int]],
) -> None:
    kept = keep_best(candidates(found))
    assert kept.scores[0] == max(score for _, score, _ in found)
    assert (np.diff(kept.scores) <= 0).all()


def test_a_picture_full_of_boxes_costs_no_more_than_the_limit() -> None:
    grid = [((x * 10.0, y * 10.0, x * 10.0 + 9, y * 10.0 + 9), 0.9, 0)
            for x in range(60) for y in range(60)]  # fmt: skip
    assert len(keep_best(candidates(grid)).scores) == MOST_KEPT
