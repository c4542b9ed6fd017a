"""The rendered plant hall: deterministic, with a truth that fits, by script."""

from __future__ import annotations

import numpy as np
import pytest

from edge.sim.scene.scene import HEIGHT, SMOKE_STAYS_S, WIDTH, Scene
from edge.sim.scene.script import SCRIPTS, Happening, Script, busy, fire_at, no_helmet_at, smoke_at


def labels(scene: Scene, time_s: float) -> set[str]:
    return {one.label for one in scene.truth(time_s)}


@pytest.fixture(scope="module")
def hall() -> Scene:
    return Scene(7, busy())


def test_the_same_seed_and_moment_give_the_same_picture_whatever_was_asked_before(
    hall: Scene,
) -> None:
    hall.frame(3.0)
    picture, truth = hall.look(61.3)
    again, same = Scene(7, busy()).look(61.3)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, again)
    assert truth == same


def test_another_seed_gives_another_hall(hall: Scene) -> None:
    other = Scene(8, busy()).frame(2.0).astype(int)
    assert np.abs(other - hall.frame(2.0)).mean() > 5


def test_the_picture_changes_from_moment_to_moment(hall: Scene) -> None:
    assert not np.array_equal(hall.frame(2.0), hall.frame(2.2))


@pytest.mark.parametrize("seed", range(3))
def test_every_box_of_the_truth_lies_inside_the_picture(seed: int) -> None:
    scene = Scene(seed, busy())
    for moment in range(0, 130, 4):
        for label, (x1, y1, x2, y2) in scene.truth(moment):
            assert 0 <= x1 < x2 <= WIDTH, (label, moment)
            assert 0 <= y1 < y2 <= HEIGHT, (label, moment)


def test_a_fire_burns_only_while_its_script_says_so() -> None:
    scene = Scene(3, fire_at(5, 20))
    assert "fire" not in labels(scene, 4.9)
    assert {"fire", "smoke"} <= labels(scene, 12)
    assert "fire" not in labels(scene, 20.1)
    assert "smoke" not in labels(scene, 20 + SMOKE_STAYS_S + 0.1)


def test_smouldering_smokes_without_a_flame() -> None:
    assert labels(Scene(4, smoke_at(5, 30)), 20) - {"helmet"} == {"smoke"}


def test_somebody_bareheaded_comes_in_and_leaves_before_the_end_of_the_script() -> None:
    scene = Scene(5, no_helmet_at(5, 40))
    assert "no_helmet" not in labels(scene, 4.9)
    assert any("no_helmet" in labels(scene, moment) for moment in range(10, 30))
    assert "no_helmet" not in labels(scene, 40.1)


def test_a_script_starts_again_after_its_length() -> None:
    scene = Scene(3, fire_at(5, 20, length_s=60))
    assert "fire" in labels(scene, 72)
    assert "fire" not in labels(scene, 62)


def test_welding_is_seen_but_is_no_hazard() -> None:
    script = Script((Happening("welding", 0, 50),), workers=0)
    quiet = Scene(6, Script((Happening("welding", 100, 110),), workers=0))
    welding = Scene(6, script)
    brightest = max(int(welding.frame(t / 4).max(axis=2).astype(int).sum()) for t in range(8))
    assert brightest > int(quiet.frame(0.0).max(axis=2).astype(int).sum())
    assert all(not welding.truth(t) for t in range(0, 50, 5))


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_every_script_of_the_catalogue_ends_its_happenings_within_its_round(name: str) -> None:
    script = SCRIPTS[name]()
    assert all(0 < one.start_s < one.end_s < script.length_s for one in script.happenings)


def test_a_flame_is_brighter_and_redder_than_the_floor_it_stands_on() -> None:
    burning, before = Scene(3, fire_at(5, 40)), Scene(3, fire_at(50, 60))
    x1, y1, x2, y2 = next(map(int, one.box) for one in burning.truth(30) if one.label == "fire")
    flame = burning.frame(30)[y1:y2, x1:x2].mean(axis=(0, 1))
    floor = before.frame(30)[y1:y2, x1:x2].mean(axis=(0, 1))
    assert flame[2] > floor[2] + 20
    assert flame[2] > flame[0] + 20
