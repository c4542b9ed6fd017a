from __future__ import annotations

from edge.camera.rules import rules_for, unknown_labels
from edge.vision.card import ClassCard, ModelCard
from edge.wire.cameras import CameraConfig, LabelRule


def card(*classes: ClassCard, sha256: str = "a" * 64) -> ModelCard:
    return ModelCard(
        name="m",
        version="1",
        file="m.onnx",
        sha256=sha256,
        classes=classes,
        size=64,
        decoder="yolo",
        precision="fp32",
        licence="x",
    )


def camera(*rules: LabelRule) -> CameraConfig:
    return CameraConfig(uid="CAM", source="usb:0", models=["m"], rules=list(rules))


FIRE, HELMET = ClassCard("fire", 0.4), ClassCard("helmet", 0.4)
WEAK = ClassCard("smoke", 0.3, enabled=False)


def test_without_rules_hazards_are_reported_as_the_card_says() -> None:
    rules = rules_for(camera(), [card(FIRE, WEAK, HELMET)])
    assert set(rules) == {"fire"}
    assert (rules["fire"].threshold, rules["fire"].must_move) == (0.4, True)


def test_a_rule_switches_a_label_on_or_off_whatever_the_card_says() -> None:
    written = [
        LabelRule(label="fire", enabled=False),
        LabelRule(label="smoke", threshold=0.7, must_move=False),
        LabelRule(label="helmet"),
    ]
    rules = rules_for(camera(*written), [card(FIRE, WEAK, HELMET)])
    assert set(rules) == {"smoke", "helmet"}
    assert (rules["smoke"].threshold, rules["smoke"].must_move) == (0.7, False)
    assert (rules["helmet"].threshold, rules["helmet"].must_move) == (0.4, False)


def test_a_label_of_two_models_is_that_of_the_first() -> None:
    rules = rules_for(camera(), [card(FIRE), card(FIRE, sha256="b" * 64)])
    assert rules["fire"].model == "a" * 64


def test_a_rule_for_what_no_model_finds_is_noticed() -> None:
    written = [LabelRule(label="fire"), LabelRule(label="fier")]
    assert unknown_labels(camera(*written), [card(FIRE)]) == ["fier"]
