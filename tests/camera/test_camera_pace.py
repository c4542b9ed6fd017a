from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.pace import CAPACITY, Wish, stretch

WISHES = st.lists(st.builds(Wish, st.floats(0.1, 30), st.floats(0.0001, 2)), max_size=20)


@given(WISHES)
def test_stretched_looks_always_fit(wishes: list[Wish]) -> None:
    longer = stretch(wishes)
    assert longer >= 1
    assert sum(wish.rate / longer * wish.cost_s for wish in wishes) <= CAPACITY * 1.000001


@given(WISHES)
def test_what_fits_is_not_stretched(wishes: list[Wish]) -> None:
    if sum(wish.rate * wish.cost_s for wish in wishes) <= CAPACITY:
        assert stretch(wishes) == 1


def test_every_camera_gives_up_the_same_share() -> None:
    one, four = Wish(5, 0.09), [Wish(5, 0.09)] * 4
    assert stretch([one]) == 1
    assert stretch(four) == pytest.approx(2.0)
