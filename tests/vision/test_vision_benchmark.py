"""The benchmark picks the fastest way that sees the same, and remembers it for this machine."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import picture_with_red, write_red_detector

from edge.__main__ import main
from edge.vision.agreement import Agreement, compare
from edge.vision.benchmark import Result, Way, cards_in, choices_from, fastest, models_of
from edge.vision.card import load_card
from edge.vision.choice import FILE, Choice, machine, recall_choice, remember_choices
from edge.vision.detector import load_detector
from edge.vision.measure import Measurement, NotMeasured, Timing, measure_apart
from edge.vision.picture import Detection
from edge.vision.table import lines_of

FIRE = Detection("fire", 0.8, (10, 10, 50, 50))
detections = st.builds(
    Detection,
    st.sampled_from(["fire", "smoke"]),
    st.floats(0, 1),
    st.sampled_from([(0.0, 0.0, 9.0, 9.0), (1.0, 0.0, 9.0, 9.0), (50.0, 50.0, 60.0, 70.0)]),
)
runs = st.lists(st.lists(detections, max_size=4), min_size=3, max_size=3)


def result(path: Path, backend: str, whole_ms: float, agreement: Agreement | None) -> Result:
    whole, model = Timing(whole_ms, whole_ms), Timing(1.0, 1.0)
    measured = Measurement(model, whole, cold_s=1.0, rss_mb=100.0, found=())
    return Result(Way(path, load_card(path), backend), measured, agreement)


@given(runs)
def test_a_run_agrees_with_itself(run: list[list[Detection]]) -> None:
    met, boxes = compare(run, run)
    assert met == boxes


@given(runs, runs)
def test_agreement_is_mutual(one: list[list[Detection]], other: list[list[Detection]]) -> None:
    assert compare(one, other) == compare(other, one)


@pytest.mark.parametrize(
    "other",
    [
        [],
        [Detection("smoke", 0.8, FIRE.box)],
        [Detection("fire", 0.6, FIRE.box)],
        [Detection("fire", 0.8, (40, 40, 90, 90))],
    ],
    ids=["nothing", "another class", "much less sure", "elsewhere"],
)
def test_what_sees_something_else_does_not_agree(other: list[Detection]) -> None:
    assert not compare([[FIRE]], [other]).is_enough
    assert not compare([other], [[FIRE]]).is_enough


def test_a_box_near_the_level_is_met_by_one_just_below_it() -> None:
    above, below = Detection("fire", 0.26, FIRE.box), Detection("fire", 0.2, FIRE.box)
    assert compare([[above]], [[below]]) == (1, 1)


def test_where_nothing_was_seen_nothing_was_proved() -> None:
    assert not compare([[], []], [[], []]).is_enough


def test_the_fastest_that_does_not_agree_is_not_chosen(tmp_path: Path) -> None:
    exact, small = write_red_detector(tmp_path), write_red_detector(tmp_path, "small", gain=0.5)
    results = [
        result(exact, "onnxruntime", 20, None),
        result(exact, "openvino", 18, Agreement(10, 10)),
        result(small, "openvino", 5, Agreement(4, 10)),
    ]
    assert fastest(results) is results[1]
    assert choices_from(results) == {
        load_card(exact).sha256: Choice("red.json", load_card(exact).sha256, "openvino", 18)
    }


def test_who_asks_for_the_exact_model_gets_the_faster_precision_that_agrees(tmp_path: Path) -> None:
    exact, small = write_red_detector(tmp_path), write_red_detector(tmp_path, "small", gain=0.9)
    results = [
        result(exact, "onnxruntime", 20, None),
        result(small, "onnxruntime", 9, Agreement(10, 10)),
        result(small, "openvino", 8, Agreement(9, 10)),
    ]
    chosen = choices_from(results)
    assert {choice.card for choice in chosen.values()} == {"small.json"}
    assert set(chosen) == {load_card(exact).sha256, load_card(small).sha256}


def test_a_way_that_did_not_run_says_why_and_is_not_chosen(tmp_path: Path) -> None:
    path = write_red_detector(tmp_path)
    broken = Result(Way(path, load_card(path), "cuda"), None, None, "no driver")
    assert fastest([broken]) is None
    assert any("cuda         not measured: no driver" in line for line in lines_of([broken]))


def test_cards_of_the_same_name_and_version_are_one_model_the_exact_one_first(
    tmp_path: Path,
) -> None:
    write_red_detector(tmp_path, "a", gain=0.9, precision="int8")
    write_red_detector(tmp_path, "b")
    write_red_detector(tmp_path, "c", version="2")
    (tmp_path / "other.json").write_text("{}")
    cards, mistakes = cards_in(tmp_path)
    models = [list(dict.fromkeys(way.path.stem for way in ways)) for ways in models_of(cards)]
    assert models == [["b", "a"], ["c"]]
    assert [mistake.partition(": ")[0] for mistake in mistakes] == [str(tmp_path / "other.json")]


def test_choices_hold_for_one_machine_and_one_model(tmp_path: Path) -> None:
    choice = Choice("red.json", "1" * 64, "openvino", 8.0)
    remember_choices(tmp_path, {"1" * 64: choice})
    remember_choices(tmp_path, {"2" * 64: choice})
    assert recall_choice(tmp_path, "1" * 64) == recall_choice(tmp_path, "2" * 64) == choice
    assert recall_choice(tmp_path, "3" * 64) is None
    file = tmp_path / FILE
    file.write_text(file.read_text().replace(machine(), "another machine"))
    assert recall_choice(tmp_path, "1" * 64) is None


def test_a_damaged_file_of_choices_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"{damaged")
    assert recall_choice(tmp_path, "1" * 64) is None


def test_a_model_that_does_not_run_is_reported_and_not_measured(tmp_path: Path) -> None:
    path, pictures = write_red_detector(tmp_path, size=96), tmp_path / "pictures.npy"
    with pytest.raises(NotMeasured, match="cannot be run with an input of 96 x 96"):
        measure_apart(path, "onnxruntime", pictures, floor=0.1)


def test_a_measurement_is_made_in_a_process_of_its_own(tmp_path: Path) -> None:
    path, pictures = write_red_detector(tmp_path), tmp_path / "pictures.npy"
    np.save(pictures, [picture_with_red((2, 5)), picture_with_red()])
    one = measure_apart(path, "onnxruntime", pictures, floor=0.1, rounds=1)
    assert [[found.label for found in here] for here in one.found] == [["red"], []]
    assert 0 < one.model.wall_ms < one.whole.wall_ms < one.cold_s * 1000
    assert one.rss_mb > 30


@pytest.mark.slow
def test_the_command_measures_remembers_and_the_detector_follows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_red_detector(tmp_path)
    state = tmp_path / "state"
    assert main(["benchmark", "--models", str(path.parent), "--state", str(state)]) == 0
    printed = capsys.readouterr().out
    assert "fp32       onnxruntime" in printed
    assert f"remembered in {state / FILE}" in printed
    kept = msgspec.json.decode((state / FILE).read_bytes(), type=dict[str, dict[str, Choice]])
    assert kept[machine()][load_card(path).sha256].card == "red.json"
    assert load_detector(path, data=state).card == load_card(path)


def test_the_command_without_any_model_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["benchmark", "--models", str(tmp_path)]) == 1
    assert "there is no model that runs here" in capsys.readouterr().err
