"""From a picture to detections: letterbox, network, decoder, duplicates, back onto the picture."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from edge.vision.backends import Backend, BackendError, first_line, open_backend, usual_for
from edge.vision.boxes import SAME, areas_of, keep_best
from edge.vision.card import CardError, ClassCard, ModelCard, load_card, weights_of
from edge.vision.choice import Choice, recall_choice
from edge.vision.decoders import LayoutError, layout_of
from edge.vision.decoders.layout import Outputs
from edge.vision.letterbox import letterbox
from edge.vision.picture import Box, Boxes, Candidates, Detection, Picture, Tensor

logger = logging.getLogger(__name__)

MOST_SCORE: Final = 1.01  # quantised networks may go a little beyond 1
THREADS: Final = 1  # for one picture: cameras, poller and transmitter share the processor


class Detector(Protocol):
    """Finds things in pictures. One is shared by all cameras; one picture at a time."""

    card: ModelCard  # its sha256 goes into the evidence

    def detect(self, picture: Picture) -> list[Detection]:
        """Find things in a picture.

        Args:
            picture: (H, W, 3) uint8, BGR.

        Returns:
            The highest score first, boxes in pixels of the picture.
        """
        ...


class ModelDetector:
    """A network and its card."""

    def __init__(self, card: ModelCard, backend: Backend, *, floor: float | None = None) -> None:
        """Make one, and run it once, so that what does not fit together shows at the start.

        Args:
            card: of the weights in the backend.
            backend: that runs them.
            floor: report what scores at least this, instead of the thresholds of the card; for
                callers that judge by themselves. Classes that the card turns off are included.

        Raises:
            CardError: the network's outputs are not those that the card says.
        """
        self.card = card
        self.backend, self._layout = backend, layout_of(card.decoder)
        self._thresholds = np.array([_threshold(one, floor) for one in card.classes], np.float32)
        self._try_out()

    def detect(self, picture: Picture) -> list[Detection]:
        """Find things in a picture (H, W, 3) uint8, BGR; the highest score first."""
        padded, fit = letterbox(picture, self.card.input_size)
        outputs = self.backend.run(self.tensor(padded))
        with np.errstate(all="ignore"):  # a strange picture may give boxes at infinity, or none
            found = self._decode(outputs)
            found = found.where(found.scores >= self._thresholds[found.classes])
            found = found._replace(boxes=fit.to_picture(found.boxes))
        found = found.where(areas_of(found.boxes) > 0)  # those are gone, and what is only padding
        found = keep_best(found, SAME if self._layout.has_duplicates else 1)
        return [
            Detection(self.card.classes[position].name, min(float(score), 1.0), _box(box))
            for box, score, position in zip(*found, strict=True)
        ]

    def tensor(self, padded: Picture) -> Tensor:
        """What the network takes, (1, 3, height, width), from a letterboxed picture."""
        coloured = padded[:, :, ::-1] if self._layout.colours == "rgb" else padded
        planes = coloured.transpose(2, 0, 1)[None]
        return np.divide(planes, self._layout.divisor, dtype=np.float32, order="C")

    def _decode(self, outputs: Outputs) -> Candidates:
        return self._layout.decode(outputs, self.card.input_size, len(self.card.classes))

    def _try_out(self) -> None:
        width, height = self.card.input_size
        where = f"{self.card.name} {self.card.version} ({self.card.file})"
        try:
            outputs = self.backend.run(np.zeros((1, 3, height, width), np.float32))
        except Exception as error:  # each backend has a family of its own
            raise CardError(
                f"{where}: the model cannot be run with an input of {width} x {height} pixels, as"
                f" the card's size says: {first_line(error)}"
            ) from error
        try:
            scores = self._decode(outputs).scores
        except LayoutError as error:
            raise CardError(f"{where}: decoder {self.card.decoder}: {error}") from error
        if not ((scores >= 0) & (scores <= MOST_SCORE)).all():
            raise CardError(f"{where}: its scores are not within 0 and 1; export it with a sigmoid")


def load_detector(
    card_path: Path,
    *,
    backend: str = "",
    data: Path | None = None,
    threads: int = THREADS,
    floor: float | None = None,
) -> ModelDetector:
    """Load a model.

    Args:
        card_path: the card beside the weights.
        backend: its name; empty for what the benchmark chose on this machine (that may be the same
            model in another precision), or the usual one where nobody measured.
        data: the gateway's data folder, which keeps the benchmark's choices.
        threads: that one picture may use.
        floor: see ``ModelDetector``.

    Raises:
        CardError: the model must not be used, or is not what its card says.
        BackendError: nothing here can run it.
    """
    card = load_card(card_path)
    choice = recall_choice(data, card.sha256) if data and not backend else None
    if choice is not None:
        try:
            return _load_chosen(card_path.with_name(choice.card), choice, threads, floor)
        except (CardError, BackendError) as error:
            logger.warning("the benchmark's choice for %s is gone: %s", card_path, error)
    name = backend or usual_for(weights_of(card_path, card))
    return _load(card_path, card, name, threads, floor)


def _load_chosen(path: Path, choice: Choice, threads: int, floor: float | None) -> ModelDetector:
    card = load_card(path)
    if card.sha256 != choice.sha256:
        raise CardError(f"{path}: changed since the benchmark; run it again")
    return _load(path, card, choice.backend, threads, floor)


def _load(
    path: Path, card: ModelCard, backend: str, threads: int, floor: float | None
) -> ModelDetector:
    opened = open_backend(backend, weights_of(path, card), card.precision, threads)
    logger.info("%s %s (%s) runs on %s", card.name, card.version, card.precision, backend)
    return ModelDetector(card, opened, floor=floor)


def _threshold(one: ClassCard, floor: float | None) -> float:
    if floor is not None:
        return floor
    return one.threshold if one.enabled else math.inf


def _box(row: Boxes) -> Box:
    x1, y1, x2, y2 = row.tolist()
    return x1, y1, x2, y2
