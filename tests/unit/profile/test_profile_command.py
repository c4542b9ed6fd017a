"""``python -m edge profile``: what a person sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.__main__ import main
from edge.profile.check import read_profile
from edge.profile.library import FOLDER, shipped
from edge.profile.schema import schema_text

SDM = FOLDER / "eastron-sdm630.json"


def test_a_good_file_has_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "check", str(SDM)]) == 0
    assert capsys.readouterr().out == f"{SDM}: no mistake\n"


def test_every_mistake_of_a_file_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = json.loads(SDM.read_text(encoding="utf-8"))
    table["points"][0] |= {"type": "float23", "adress": 5}
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(table), encoding="utf-8")
    assert main(["profile", "check", str(file), str(SDM)]) == 1
    out = capsys.readouterr().out
    assert f"{file}: point v_l1: type: 'float23' is not one of" in out
    assert "adress: is not a setting; did you mean address?" in out
    assert f"{SDM}: no mistake" in out


def test_a_wave_that_nobody_knows_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = json.loads(SDM.read_text(encoding="utf-8"))
    table["points"][0]["sim"] = {"wave": "sawtooth"}
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(table), encoding="utf-8")
    assert main(["profile", "check", str(file)]) == 1
    assert "point v_l1: sim: Invalid value 'sawtooth'" in capsys.readouterr().out


def test_a_file_that_is_missing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "check", "nowhere.json"]) == 1
    assert "nowhere.json: cannot be read: No such file" in capsys.readouterr().out


def test_the_list_names_every_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [profile.id for profile in shipped()]
    assert all("not tried on hardware" in line for line in lines)


@pytest.mark.parametrize("name", ["siemens-v20", str(FOLDER / "siemens-v20.json")])
def test_a_profile_is_shown_point_by_point(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", name]) == 0
    out = capsys.readouterr().out
    assert "stw" in out
    assert "109 bit 2" in out
    assert "at most 16 registers" in out


def test_a_profile_that_is_unknown_is_told_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["profile", "show", "nobody"]) == 2
    assert "there is no profile 'nobody'; there are abb-b23" in capsys.readouterr().err


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "schema"]) == 0
    assert capsys.readouterr().out == schema_text()


THINGSBOARD = {
    "master": {
        "slaves": [
            {
                "host": "10.0.0.5",
                "deviceName": "Pump",
                "byteOrder": "BIG",
                "wordOrder": "BIG",
                "timeseries": [
                    {"tag": "speed", "type": "16uint", "functionCode": 3, "address": 4},
                    {"tag": "odd", "type": "8int", "functionCode": 3, "address": 5},
                ],
            }
        ]
    }
}


@pytest.fixture
def thingsboard(tmp_path: Path) -> Path:
    file = tmp_path / "modbus.json"
    file.write_text(json.dumps(THINGSBOARD), encoding="utf-8")
    return file


def test_a_conversion_prints_a_profile_and_says_what_was_left_out(
    thingsboard: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "convert", "--from", "thingsboard", str(thingsboard)]) == 0
    printed = capsys.readouterr()
    profile = read_profile(printed.out.encode())
    assert [point.name for point in profile.points] == ["speed"]
    assert "note: slave 1 (Pump), timeseries odd: is left out" in printed.err


def test_a_conversion_writes_a_file_for_each_device(
    thingsboard: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made"
    options = ["--from", "thingsboard", "--out", str(out), str(thingsboard)]
    assert main(["profile", "convert", *options]) == 0
    assert read_profile((out / "pump.json").read_bytes()).model == "Pump"
    assert "pump.json: written" in capsys.readouterr().out
    assert main(["profile", "convert", *options]) == 2
    assert "pump.json: is there already" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told(
    thingsboard: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--from", "thingsboard", "--out", str(thingsboard / "made"), str(thingsboard)]
    assert main(["profile", "convert", *options]) == 2
    assert "cannot be written: Not a directory" in capsys.readouterr().err


def test_a_conversion_prints_a_toml_of_connections_and_devices(
    thingsboard: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "convert", "--from", "thingsboard", "--toml", str(thingsboard)]) == 0
    out = capsys.readouterr().out
    assert 'host = "10.0.0.5"' in out
    assert "[[device.tag]]" in out


def test_a_file_of_another_kind_is_told(
    thingsboard: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "convert", "--from", "telegraf", str(thingsboard)]) == 1
    assert "is not TOML" in capsys.readouterr().err
    assert main(["profile", "convert", "--from", "telegraf", "nowhere.toml"]) == 2
