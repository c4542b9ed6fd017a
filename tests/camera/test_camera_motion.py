from __future__ import annotations

import numpy as np
import pytest

from edge.camera.motion import Flicker, Grey, MotionGate, small_grey
from edge.wire import Box

NOISE = np.random.default_rng(1)
WHOLE = Box("fire", 0.9, 0.0, 0.0, 1.0, 1.0)
RIGHT = Box("fire", 0.9, 0.75, 0.25, 0.2, 0.5)
LEFT = Box("fire", 0.9, 0.05, 0.25, 0.2, 0.5)


def still() -> Grey:
    """A grey wall, with the noise of a camera."""
    return (120 + NOISE.normal(0, 1.5, (90, 160))).clip(0, 255).astype(np.uint8)


def burning(at: int) -> Grey:
    """The same, with something at the right that goes up and down."""
    grey = still()
    flames = np.random.default_rng(at).integers(60, 250, (40, 30))
    grey[25:65, 122:152] = flames
    return grey


def passing(step: int) -> Grey:
    """The same, with somebody dark who walks from the left to the right, once."""
    grey = still()
    grey[20:80, step * 14 : step * 14 + 20] = 30
    return grey


def watched(pictures: list[Grey], every_s: float = 0.2) -> Flicker:
    flicker = Flicker()
    for at, grey in enumerate(pictures):
        flicker.add(grey, at * every_s)
    return flicker


def test_a_still_picture_is_looked_at_now_and_then() -> None:
    gate = MotionGate(full_every_s=2.0)
    looks = [at for at in range(50) if gate.wants(still(), at * 0.2, is_busy=False)]
    assert looks == [0, 10, 20, 30, 40]


def test_a_change_is_looked_at_at_once() -> None:
    gate = MotionGate(full_every_s=60.0)
    for at in range(10):
        gate.wants(still(), at * 0.2, is_busy=False)
    assert gate.wants(burning(1), 2.0, is_busy=False)


def test_no_picture_is_left_out_while_something_is_tracked() -> None:
    gate = MotionGate(full_every_s=60.0)
    assert all(gate.wants(still(), at * 0.2, is_busy=True) for at in range(20))


def test_another_resolution_is_a_change() -> None:
    gate = MotionGate(full_every_s=60.0)
    gate.wants(still(), 0.0, is_busy=False)
    assert gate.wants(still()[:80], 0.2, is_busy=False)


def test_flames_flicker_and_the_wall_beside_them_does_not() -> None:
    flicker = watched([burning(at) for at in range(12)])
    assert flicker.moves(RIGHT) is True
    assert flicker.moves(LEFT) is False
    assert flicker.moves(LEFT, slowly=True) is False


def test_somebody_in_an_orange_jacket_who_walks_by_does_not_flicker() -> None:
    flicker = watched([passing(step) for step in range(11)])
    assert flicker.moves(WHOLE) is False


def test_smoke_that_spreads_slowly_moves() -> None:
    pictures = [still() for _ in range(11)]
    for at, grey in enumerate(pictures):
        grey[20:80, 100:160] -= np.uint8(at * 3)
    assert watched(pictures).moves(RIGHT) is False
    assert watched(pictures).moves(RIGHT, slowly=True) is True


@pytest.mark.parametrize(("pictures", "moves"), [(1, False), (5, False), (6, True), (20, True)])
def test_in_the_first_second_nothing_moves_yet(pictures: int, *, moves: bool) -> None:
    assert watched([burning(at) for at in range(pictures)]).moves(RIGHT) is moves


def test_where_pictures_come_too_seldom_nobody_can_say() -> None:
    assert watched([burning(at) for at in range(40)], every_s=0.5).moves(RIGHT) is None


def test_a_small_grey_picture_keeps_the_shape() -> None:
    assert small_grey(np.zeros((720, 1280, 3), np.uint8)).shape == (90, 160)
    assert small_grey(np.zeros((3, 1280, 3), np.uint8)).shape == (1, 160)
