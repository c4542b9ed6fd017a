"""The models that ship find the hazards of rendered halls that they were not trained with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import edge
from edge.sim.scene.scene import Scene, Truth
from edge.sim.scene.script import Script, calm, fire_at, no_helmet_at, smoke_at
from edge.training.evaluate import UNSEEN_SEED
from edge.vision.boxes import overlap_of
from edge.vision.detector import ModelDetector, load_detector
from edge.vision.picture import Detection, Picture

MODELS = Path(edge.__file__).parent / "models"
SEEDS = range(UNSEEN_SEED + 100, UNSEEN_SEED + 104)  # not those of the table on the cards either
PRECISIONS = ["", ".int8"]


@cache
def detector(name: str) -> ModelDetector:
    return load_detector(MODELS / f"{name}.json", backend="onnxruntime", floor=0.1)


def seen(name: str, picture: Picture) -> list[Detection]:
    """What scores at least the card's threshold, of classes too that are off by default."""
    thresholds = {one.name: one.threshold for one in detector(name).card.classes}
    found = detector(name).detect(picture)
    return [one for one in found if one.score >= thresholds[one.label]]


def finds(found: list[Detection], truth: Truth) -> bool:
    return any(
        one.label == truth.label and overlap_of(np.array(one.box), np.array([truth.box]))[0] >= 0.3
        for one in found
    )


def share_found(name: str, label: str, script: Script, moments: range) -> float:
    """Share of the pictures with something of a label in which it is found."""
    verdicts = []
    for seed in SEEDS:
        scene = Scene(seed, script)
        for moment in moments:
            picture, truths = scene.look(moment)
            wanted = [one for one in truths if one.label == label]
            if wanted:
                found = seen(name, picture)
                verdicts.append(any(finds(found, one) for one in wanted))
    assert len(verdicts) >= len(SEEDS)
    return float(np.mean(verdicts))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_rendered_fire_is_found_in_most_pictures(precision: str) -> None:
    found = share_found(f"fire_smoke{precision}", "fire", fire_at(2, 60), range(15, 55, 8))
    assert found >= 0.7


@pytest.mark.parametrize("precision", PRECISIONS)
def test_rendered_smoke_is_found_in_most_pictures(precision: str) -> None:
    found = share_found(f"fire_smoke{precision}", "smoke", smoke_at(2, 60), range(15, 55, 8))
    assert found >= 0.6


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_rendered_bare_head_is_found_in_most_pictures(precision: str) -> None:
    script = no_helmet_at(2, 60)
    assert share_found(f"helmet{precision}", "no_helmet", script, range(12, 45, 6)) >= 0.6


@pytest.mark.parametrize("precision", PRECISIONS)
def test_rendered_helmets_are_found_in_nearly_all_pictures(precision: str) -> None:
    assert share_found(f"helmet{precision}", "helmet", calm(), range(0, 60, 12)) >= 0.9


@pytest.mark.parametrize("name", ["fire_smoke", "fire_smoke.int8"])
def test_a_hall_where_nothing_burns_shows_hardly_any_fire_or_smoke(name: str) -> None:
    pictures = [scene.frame(t) for scene in map(Scene, SEEDS) for t in range(0, 60, 10)]
    assert sum(bool(seen(name, picture)) for picture in pictures) <= 2
