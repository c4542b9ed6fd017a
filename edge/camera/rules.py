"""When a camera reports a label: what was configured, completed by the model cards. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from edge.vision.card import ModelCard
from edge.wire.cameras import CameraConfig, Hours, LabelRule

# Reported where nobody wrote a rule. Other labels (a helmet, a person) are no hazard by themselves.
HAZARDS: Final = frozenset({"fire", "smoke", "no_helmet"})
MOVING: Final = frozenset({"fire", "smoke"})  # what does not move is a picture of it


class Rule(NamedTuple):
    """When one label is reported; see ``LabelRule`` for what is not told here."""

    label: str
    model: str  # sha256 of the weights that find it
    threshold: float
    hits: int
    of: int
    dwell_s: float
    clear_s: float
    min_height: float
    must_move: bool
    hours: tuple[Hours, ...]


def rules_for(camera: CameraConfig, cards: Iterable[ModelCard]) -> dict[str, Rule]:
    """The rules of all labels that a camera reports; a label of two models is the first's."""
    written = {rule.label: rule for rule in camera.rules}
    rules: dict[str, Rule] = {}
    for card in cards:
        for one in card.classes:
            usual = LabelRule(label="x", enabled=one.enabled and one.name in HAZARDS)
            rule = written.get(one.name, usual)
            if rule.enabled and one.name not in rules:
                rules[one.name] = _rule(one.name, card.sha256, one.threshold, rule)
    return rules


def unknown_labels(camera: CameraConfig, cards: Sequence[ModelCard]) -> list[str]:
    """The labels of rules that no model of the camera finds."""
    found = {one.name for card in cards for one in card.classes}
    return [rule.label for rule in camera.rules if rule.label not in found]


def _rule(label: str, model: str, threshold: float, written: LabelRule) -> Rule:
    must_move = written.must_move
    return Rule(
        label=label,
        model=model,
        threshold=threshold if written.threshold is None else written.threshold,
        hits=written.hits,
        of=written.of,
        dwell_s=written.dwell_s,
        clear_s=written.clear_s,
        min_height=written.min_height,
        must_move=label in MOVING if must_move is None else must_move,
        hours=tuple(written.hours),
    )
