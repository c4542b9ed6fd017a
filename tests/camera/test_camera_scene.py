"""The models that ship, on scenes that the project renders, from pictures to events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
import pytest

from edge.camera.block import Block
from edge.camera.eye import Eye
from edge.camera.models import Models
from edge.config import MODELS
from edge.sim.scene.scene import Scene
from edge.sim.scene.script import calm, fire_at
from edge.wire import Detection
from edge.wire.cameras import CameraConfig, LabelRule

pytestmark = pytest.mark.slow

FPS = 5.0
Film = Callable[[Iterator[np.ndarray]], list[Detection]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models(MODELS, tmp_path_factory.mktemp("data"))


@pytest.fixture
def film(models: Models) -> Iterator[Film]:
    """Look at pictures as fast as it goes, as if five came in a second."""
    rules = [LabelRule(label="fire"), LabelRule(label="smoke")]  # off by default: see the card
    camera = CameraConfig(uid="CAM", source="scene:x", models=["fire_smoke"], rules=rules)
    with closing(Block()) as block:
        eye = Eye(camera, block, models.load_for(camera))

        def look(pictures: Iterator[np.ndarray]) -> list[Detection]:
            told = []
            for number, picture in enumerate(pictures):
                now = number / FPS
                block.write(picture, now, round(now * 1000))
                looked = eye.look(now)
                told += looked.detections if looked else []
            return told

        yield look


def moments(scene: Scene, begin_s: float, end_s: float) -> Iterator[np.ndarray]:
    for number in range(round((end_s - begin_s) * FPS)):
        yield scene.frame(begin_s + number / FPS)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_fire_is_one_event_that_starts_soon_and_ends_with_it(seed: int, film: Film) -> None:
    scene = Scene(seed, fire_at(5.0, 25.0, length_s=60.0))
    told = [d for d in film(moments(scene, 0.0, 40.0)) if d.label == "fire"]
    phases = [(d.phase, d.picture.role if d.picture else "") for d in told]
    assert phases[:2] == [("start", "best"), ("update", "before")]
    assert phases[-1] == ("end", "after")
    assert len({d.id for d in told}) == 1
    assert 5_000 <= told[0].at <= 15_000
    assert 25_000 <= told[-1].at <= 36_000


def test_people_at_work_are_no_event(film: Film) -> None:
    assert film(moments(Scene(3, calm()), 0.0, 15.0)) == []
