"""How training divides its data, judges boxes and counts events. Needs no torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.training.augment import Example, mosaic, place, recolour
from edge.training.dataset import TASKS, part_of, samples_of
from edge.training.metrics import Judged, judge
from edge.training.rendered import render
from edge.training.videos import count_events
from edge.vision.picture import Candidates

BOXES = np.array([[10, 10, 30, 40], [50, 20, 90, 60]], np.float32)
CLASSES = np.array([0, 1])


def candidates(rows: list[tuple[list[float], float, int]]) -> Candidates:
    return Candidates(
        np.array([row[0] for row in rows], np.float32).reshape(-1, 4),
        np.array([row[1] for row in rows], np.float32),
        np.array([row[2] for row in rows], np.intp),
    )


def example() -> Example:
    rng = np.random.default_rng(1)
    return Example(rng.integers(0, 255, (80, 120, 3), np.uint8), BOXES, CLASSES)


@given(st.text(min_size=1))
def test_a_group_is_in_one_part_only_and_the_test_split_is_never_trained_with(group: str) -> None:
    assert part_of("val", group) == "test"
    assert part_of("train", group) in {"train", "choose"}
    assert part_of("train", group) == part_of("train", group)


def test_about_a_tenth_of_the_training_groups_is_kept_for_choices() -> None:
    kept = sum(part_of("train", str(group)) == "choose" for group in range(2000))
    assert 140 < kept < 260


def test_a_perfect_answer_has_precision_and_recall_of_one() -> None:
    found = candidates([(box.tolist(), 0.9, int(i)) for box, i in zip(BOXES, CLASSES, strict=True)])
    for position in (0, 1):
        judged = judge([found], [(BOXES, CLASSES)], position)
        assert judged.average_precision() == pytest.approx(1)
        assert judged.at(0.5) == (1, 1)


def test_a_second_box_on_the_same_thing_is_wrong() -> None:
    twice = candidates([([10, 10, 30, 40], 0.9, 0), ([11, 10, 30, 40], 0.8, 0)])
    judged = judge([twice], [(BOXES, CLASSES)], 0)
    assert judged.right.tolist() == [True, False]
    assert judged.at(0.5) == (0.5, 1)


def test_a_box_of_another_class_or_elsewhere_finds_nothing() -> None:
    wrong = candidates([([10, 10, 30, 40], 0.9, 1), ([60, 60, 90, 90], 0.8, 0)])
    assert judge([wrong], [(BOXES, CLASSES)], 0).average_precision() == 0


def test_average_precision_is_the_area_under_the_envelope() -> None:
    judged = Judged(np.array([0.9, 0.8, 0.7], np.float32), np.array([True, False, True]), 2)
    assert judged.average_precision() == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_the_best_threshold_leaves_the_wrong_boxes_below_it() -> None:
    scores = np.array([0.9, 0.8, 0.75, 0.4, 0.3], np.float32)
    right = np.array([True, True, True, False, False])
    assert 0.4 < Judged(scores, right, 3).best_threshold() <= 0.75


@given(st.integers(0, 10_000), st.floats(0.3, 2.5))
def test_a_moved_picture_keeps_its_boxes_inside(seed: int, zoom: float) -> None:
    moved = place(np.random.default_rng(seed), example(), 96, (zoom, zoom))
    assert moved.picture.shape == (96, 96, 3)
    assert len(moved.boxes) == len(moved.classes)
    assert ((moved.boxes >= 0) & (moved.boxes <= 96)).all()


def test_boxes_follow_the_picture_when_it_is_moved() -> None:
    picture = np.zeros((80, 120, 3), np.uint8)
    picture[10:40, 10:30] = 255
    one = Example(picture, BOXES[:1], CLASSES[:1])
    for seed in range(20):
        moved = place(np.random.default_rng(seed), one, 96, (0.6, 0.6))
        x1, y1, x2, y2 = moved.boxes[0].round().astype(int)
        assert moved.picture[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2].min() > 200


def test_a_mosaic_holds_the_boxes_of_all_four() -> None:
    made = mosaic(np.random.default_rng(3), [example()] * 4, 128, (0.4, 0.5))
    assert made.picture.shape == (128, 128, 3)
    quarters = {(bool(x1 >= 64), bool(y1 >= 64)) for x1, y1, _, _ in made.boxes}
    assert len(quarters) == 4


@given(st.integers(0, 1000))
def test_other_colours_leave_the_shape(seed: int) -> None:
    changed = recolour(np.random.default_rng(seed), example().picture)
    assert changed.shape == (80, 120, 3)
    assert changed.dtype == np.uint8


def test_one_fire_is_one_event_though_it_flickers() -> None:
    assert count_events([0.0] * 10 + [0.9, 0.9, 0.9, 0.1, 0.9] * 10 + [0.0] * 30, 0.5) == 1


def test_single_frames_are_no_event_and_two_fires_are_two() -> None:
    assert count_events([0.0, 0.9, 0.0, 0.0, 0.0] * 8, 0.5) == 0
    assert count_events(([0.9] * 10 + [0.0] * 30) * 2, 0.5) == 2


def test_rendered_pictures_are_a_data_folder(tmp_path: Path) -> None:
    assert render(tmp_path, scenes=2, first_seed=50) == 10
    for task in TASKS.values():
        samples = [one for part in ("train", "choose") for one in samples_of(tmp_path, task, part)]
        assert len(samples) == 10
        for sample in samples:
            picture, boxes, classes = sample.read()
            height, width = picture.shape[:2]
            assert len(boxes) == len(classes)
            assert ((boxes >= 0) & (boxes <= [width, height] * 2)).all()
