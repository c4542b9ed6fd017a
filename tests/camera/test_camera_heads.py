from __future__ import annotations

from camera_strategies import boxes
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.heads import without_covered_heads
from edge.wire import Box

HEAD = Box("no_helmet", 0.8, 0.40, 0.20, 0.05, 0.10)  # in a picture of 16 to 9
ASPECT = 16 / 9


def helmet(x: float, y: float, score: float = 0.8) -> Box:
    return Box("helmet", score, x, y, 0.05, 0.07)


def test_a_helmet_on_the_head_takes_the_bare_head_away() -> None:
    worn = helmet(0.40, 0.17)
    assert without_covered_heads([HEAD, worn], ASPECT) == [worn]


def test_a_helmet_in_the_hand_does_not() -> None:
    in_hand, under_arm = helmet(0.46, 0.50), helmet(0.38, 0.36)
    assert HEAD in without_covered_heads([HEAD, in_hand, under_arm], ASPECT)


def test_a_helmet_of_the_neighbour_does_not() -> None:
    assert HEAD in without_covered_heads([HEAD, helmet(0.47, 0.20)], ASPECT)


def test_a_doubtful_helmet_does_not() -> None:
    assert HEAD in without_covered_heads([HEAD, helmet(0.40, 0.17, score=0.3)], ASPECT)


def test_what_has_not_the_shape_of_a_head_is_none() -> None:
    pole = Box("no_helmet", 0.8, 0.40, 0.20, 0.02, 0.30)
    shelf = Box("no_helmet", 0.8, 0.40, 0.20, 0.30, 0.05)
    assert without_covered_heads([pole, shelf], ASPECT) == []


@given(st.lists(boxes(), max_size=10))
def test_other_labels_stay_as_they_are(found: list[Box]) -> None:
    others = [one for one in found if one.label != "no_helmet"]
    kept = without_covered_heads(found, ASPECT)
    assert [one for one in kept if one.label != "no_helmet"] == others
