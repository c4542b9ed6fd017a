"""Model cards: the JSON beside the weights that says what they are, and proves that they are it."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from edge.vision.decoders import LayoutError, layout_of
from edge.vision.picture import Size

PICKLED: Final = frozenset({".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"})
# How ONNX writes "my weights are in this file"; runtimes would look for it wherever they run.
_SCATTERED: Final = b"\x0a\x08location\x12"
MOST_CARD_BYTES: Final = 1024 * 1024
MOST_SIDE: Final = 4096

Score = Annotated[float, Meta(ge=0, le=1)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]


class CardError(ValueError):
    """The model cannot be used. The message names the card and says what to do."""


class ClassCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One class of a model, in the order of its outputs."""

    name: Text
    threshold: Score = 0.5  # boxes below it are not reported
    enabled: bool = True  # off: the class is too weak to be reported unless somebody asks for it


class ModelCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a model is, where it comes from and how well it does.

    Cards of one folder with the same name and version are the same model in other precisions.
    """

    name: Text
    version: Text
    file: Text  # the weights, beside the card
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]  # see ``hash_of``
    classes: Annotated[tuple[ClassCard, ...], Meta(min_length=1)]
    # Of the network's input, pixels: a square's side, or width and height. Checked by hand: a limit
    # on such a union makes msgspec 0.22 read beyond its own tables.
    size: int | tuple[int, int]
    decoder: Text  # layout of the outputs, see ``edge.vision.decoders``
    precision: Literal["fp32", "int8", "fp16"]
    licence: Text
    sources: tuple[str, ...] = ()  # data it was trained with, and their licences
    trained_with: str = ""
    quality: tuple[dict[str, Any], ...] = ()  # a table: rows of what was measured, and on what
    notes: str = ""

    @property
    def input_size(self) -> Size:
        """Size of the network's input."""
        return Size(self.size, self.size) if isinstance(self.size, int) else Size(*self.size)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes in the order of the outputs."""
        return tuple(one.name for one in self.classes)


def load_card(path: Path) -> ModelCard:
    """Read a card and check everything that it says, the hash of the weights included.

    Raises:
        CardError: the model must not be used; the message says why in plain words.
    """
    card = _read(path)
    try:
        layout_of(card.decoder)
    except LayoutError as error:
        raise CardError(f"{path}: {error}") from error
    if len(set(card.labels)) < len(card.labels):
        raise CardError(f"{path}: classes: two of them have the same name")
    if any(side % 32 or not 32 <= side <= MOST_SIDE for side in card.input_size):
        raise CardError(f"{path}: size: multiples of 32 from 32 to {MOST_SIDE} pixels are expected")
    weights = weights_of(path, card)
    found = _hash(path, weights)
    if found != card.sha256:
        raise CardError(
            f"{path}: {card.file} is not the file that this card describes (its sha256 is"
            f" {found[:12]}..., the card says {card.sha256[:12]}...). Fetch both again; if you"
            " made the file yourself, write its new sha256 into the card"
        )
    if weights.suffix.lower() == ".onnx" and _SCATTERED in weights.read_bytes():
        raise CardError(
            f"{path}: {card.file} keeps weights in other files, which no hash covers; save it"
            " as one file"
        )
    return card


def weights_of(path: Path, card: ModelCard) -> Path:
    """Where the weights of a card lie.

    Raises:
        CardError: it is no plain name beside the card, or a kind of file that is not loaded here.
    """
    name = card.file
    if {PurePosixPath(name).name, PureWindowsPath(name).name} != {name} or not name.isprintable():
        raise CardError(f"{path}: file: {name!r} must be a plain file name, beside the card")
    suffix = Path(name).suffix.lower()
    if suffix in PICKLED:
        raise CardError(
            f"{path}: {name} is a pickle, and loading a pickle runs whatever code is in it. A"
            " gateway loads .onnx and OpenVINO's .xml only: export the model where it was trained"
        )
    if suffix not in {".onnx", ".xml"}:
        raise CardError(f"{path}: {name}: a gateway loads .onnx and OpenVINO's .xml only")
    return path.parent / name


def hash_of(weights: Path) -> str:
    """The sha256 of a card: over the .onnx; with OpenVINO over the .xml and then its .bin.

    Raises:
        OSError: one of them cannot be read.
    """
    digest = hashlib.sha256(weights.read_bytes())
    if weights.suffix.lower() == ".xml":
        digest.update(weights.with_suffix(".bin").read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> ModelCard:
    try:
        if path.stat().st_size > MOST_CARD_BYTES:
            raise CardError(f"{path}: is too large for a model card")
        return msgspec.json.decode(path.read_bytes(), type=ModelCard)
    except OSError as error:
        raise CardError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CardError(f"{path}: is not a model card: {error}") from error


def _hash(path: Path, weights: Path) -> str:
    try:
        return hash_of(weights)
    except OSError as error:
        missing = f"{error.filename}: {error.strerror}"
        raise CardError(f"{path}: the weights cannot be read: {missing}") from error
