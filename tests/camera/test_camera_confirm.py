from __future__ import annotations

from statistics import median

import pytest
from camera_strategies import rule
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.confirm import Confirmation

SCORES = st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=30)


@given(SCORES)
def test_what_is_believed_was_seen_often_enough_with_a_good_median(
    scores: list[float | None],
) -> None:
    confirmation = Confirmation(rule(), 0.0)
    for score in scores:
        confirmation.see(score)
    recent = [score for score in scores[-5:] if score is not None]
    assert confirmation.holds(9.0) == (len(recent) >= 3 and median(recent) >= 0.5)


@given(SCORES)
def test_what_must_move_is_never_believed_while_it_stands_still(
    scores: list[float | None],
) -> None:
    confirmation = Confirmation(rule(must_move=True), 0.0)
    for score in scores:
        confirmation.see(score, 0.01, moves=False)
        assert not confirmation.holds(9.0)


def test_one_glaring_picture_among_dull_ones_proves_nothing() -> None:
    confirmation = Confirmation(rule(), 0.0)
    for score in (0.3, 0.3, 0.99, 0.3, 0.3):
        confirmation.see(score)
    assert not confirmation.holds(1.0)
    assert confirmation.score == 0.3


def test_what_flickers_in_half_of_the_pictures_moves() -> None:
    confirmation = Confirmation(rule(must_move=True), 0.0)
    for moves in (False, True, False, True):
        confirmation.see(0.9, 0.01, moves=moves)
    assert confirmation.holds(1.0)


def test_what_grows_moves_as_well() -> None:
    confirmation = Confirmation(rule(must_move=True), 0.0)
    for area in (0.010, 0.010, 0.011, 0.013, 0.016, 0.018):
        confirmation.see(0.9, area, moves=False)
    assert confirmation.holds(1.0)


@pytest.mark.parametrize(("looks", "believed"), [(5, False), (6, True)])
def test_where_nobody_can_say_whether_it_moves_it_must_be_seen_twice_as_often(
    looks: int, *, believed: bool
) -> None:
    confirmation = Confirmation(rule(must_move=True), 0.0)
    for _ in range(looks):
        confirmation.see(0.9, 0.01)
    assert confirmation.holds(9.0) is believed


def test_dwell_counts_from_the_first_sight() -> None:
    confirmation = Confirmation(rule(dwell_s=10.0), 100.0)
    for _ in range(5):
        confirmation.see(0.9)
    assert not confirmation.holds(109.9)
    assert confirmation.holds(110.0)
