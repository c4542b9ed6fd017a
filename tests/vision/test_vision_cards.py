"""A model card is believed only after everything in it was checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_models import write_card, write_red_detector, write_scattered

from edge.vision.card import CardError, hash_of, load_card
from edge.vision.picture import Size


def test_a_card_says_what_the_model_is(tmp_path: Path) -> None:
    card = load_card(write_red_detector(tmp_path, size=[64, 32]))
    assert (card.labels, card.input_size, card.precision) == (("red",), Size(64, 32), "fp32")


def test_weights_that_were_changed_are_refused(tmp_path: Path) -> None:
    path = write_red_detector(tmp_path)
    weights = tmp_path / "red.onnx"
    weights.write_bytes(weights.read_bytes() + b"\0")
    with pytest.raises(CardError, match=r"red\.onnx is not the file that this card describes"):
        load_card(path)


def test_the_hash_of_an_openvino_model_covers_both_of_its_files(tmp_path: Path) -> None:
    weights = tmp_path / "red.xml"
    weights.write_text("<net/>")
    weights.with_suffix(".bin").write_bytes(b"weights")
    path = write_card(tmp_path / "red.json", weights)
    assert load_card(path).sha256 == hash_of(weights)
    weights.with_suffix(".bin").write_bytes(b"others")
    with pytest.raises(CardError, match="is not the file"):
        load_card(path)
    weights.with_suffix(".bin").unlink()
    with pytest.raises(CardError, match=r"weights cannot be read: .*red\.bin"):
        load_card(path)


def test_weights_scattered_over_files_that_no_hash_covers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="keeps weights in other files"):
        load_card(write_scattered(tmp_path))


@pytest.mark.parametrize("name", ["best.pt", "best.PTH", "model.pkl", "model.joblib"])
def test_a_pickle_is_refused_and_the_reason_given(tmp_path: Path, name: str) -> None:
    path = write_card(tmp_path / "red.json", tmp_path / name)
    with pytest.raises(CardError, match="is a pickle, and loading a pickle runs whatever code"):
        load_card(path)


@pytest.mark.parametrize(
    "name",
    ["../red.onnx", "/etc/red.onnx", "red\0.onnx", "a/b.onnx", "..\\red.onnx", "C:red.onnx", "a/"],
)
def test_weights_outside_the_folder_of_the_card_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CardError, match="must be a plain file name"):
        load_card(write_red_detector(tmp_path, file=name))


@pytest.mark.parametrize("name", ["red.tflite", "red", ".onnx.exe", ".."])
def test_another_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CardError, match=r"loads \.onnx and OpenVINO's \.xml only"):
        load_card(write_red_detector(tmp_path, file=name))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"decoder": "detr"}, "decoder: 'detr' is not known here"),
    ({"classes": []}, "classes"),
    ({"classes": [{"name": "red"}, {"name": "red"}]}, "two of them have the same name"),
    ({"classes": [{"name": "red", "threshold": 1.5}]}, "threshold"),
    ({"size": 100}, "multiples of 32"),
    ({"size": [64, 8192]}, "multiples of 32 from 32 to 4096"),
    ({"size": 0}, "multiples of 32"),
    ({"precision": "int4"}, "precision"),
    ({"sha256": "abc"}, "sha256"),
    ({"licence": ""}, "licence"),
    ({"url": "red.onnx"}, "unknown field `url`"),
]


@pytest.mark.parametrize(("changed", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_field_is_refused_and_named(
    tmp_path: Path, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(CardError, match=words):
        load_card(write_red_detector(tmp_path, **changed))


def test_a_card_without_classes_is_refused(tmp_path: Path) -> None:
    path = write_red_detector(tmp_path)
    fields = json.loads(path.read_text())
    del fields["classes"]
    path.write_text(json.dumps(fields))
    with pytest.raises(CardError, match="missing required field `classes`"):
        load_card(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{", b" " * 2_000_000])
def test_a_file_that_is_no_card_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "red.json"
    path.write_bytes(content)
    with pytest.raises(CardError, match=r"red\.json"):
        load_card(path)


def test_a_card_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="cannot be read: No such file"):
        load_card(tmp_path / "none.json")
    with pytest.raises(CardError, match=r"weights cannot be read: .*gone\.onnx"):
        load_card(write_card(tmp_path / "gone.json", tmp_path / "gone.onnx"))
