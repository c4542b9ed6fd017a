"""The models of a gateway: each is loaded once, and shared by all its cameras."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.camera.rules import unknown_labels
from edge.vision.backends import BackendError
from edge.vision.card import CardError
from edge.vision.detector import Detector, load_detector
from edge.wire.cameras import CameraConfig

FLOOR: Final = 0.05  # each camera has thresholds of its own
THREADS: Final = max(1, (os.cpu_count() or 2) // 2)

Model = Detector


class ModelError(ValueError):
    """A model cannot be used. The message says why."""


class Models:
    """Loads what is asked for, from one folder."""

    def __init__(self, folder: Path, data: Path) -> None:
        """Load nothing yet.

        Args:
            folder: with the cards, NAME.json, and their weights beside them.
            data: the gateway's state folder, which has the choices of the benchmark.
        """
        self._folder = folder
        self._data = data
        self._loaded: dict[str, Model] = {}

    def load(self, names: Sequence[str]) -> list[Model]:
        """The models of these names; takes a second for each that is not loaded yet.

        Raises:
            ModelError: one of them cannot be used.
        """
        for name in names:
            if name not in self._loaded:
                self._loaded[name] = self._load(name)
        return [self._loaded[name] for name in names]

    def load_for(self, camera: CameraConfig) -> list[Model]:
        """The models of a camera.

        Raises:
            ModelError: one of them cannot be used, or a rule is for what none of them finds.
        """
        models = self.load(camera.models)
        cards = [model.card for model in models]
        for label in unknown_labels(camera, cards):
            there = ", ".join(one for card in cards for one in card.labels)
            raise ModelError(f"rule {label}: its models do not find that; they find: {there}")
        return models

    def keep(self, names: set[str]) -> None:
        """Let go of all others."""
        self._loaded = {name: model for name, model in self._loaded.items() if name in names}

    def _load(self, name: str) -> Model:
        card = self._folder / f"{name}.json"
        if not card.exists():
            there = ", ".join(sorted(path.stem for path in self._folder.glob("*.json"))) or "none"
            raise ModelError(f"there is no model {name!r} in {self._folder}; there are: {there}")
        try:
            return load_detector(card, data=self._data, threads=THREADS, floor=FLOOR)
        except (CardError, BackendError) as error:
            raise ModelError(str(error)) from error
