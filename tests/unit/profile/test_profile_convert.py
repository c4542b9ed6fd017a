"""What was converted is written as files of ours; what is broken or hostile is told so."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from foreign_configurations import SLAVE, TELEGRAF, thingsboard
from hypothesis import given
from hypothesis import strategies as st

from edge.config import load_config
from edge.profile.check import read_profile
from edge.profile.convert import (
    Converted,
    device_toml,
    from_telegraf,
    from_thingsboard,
    profile_json,
)
from edge.profile.convert.converted import ConversionError, seconds
from edge.profile.convert.written import _toml

# ---------------------------------------------------------------- the files that are written


@pytest.mark.parametrize("made", [thingsboard(), from_telegraf(TELEGRAF.encode())])
def test_a_converted_profile_has_no_mistake_and_the_same_points(made: Converted) -> None:
    for device in made.devices:
        profile = read_profile(profile_json(device, "test").encode())
        assert profile.points == device.points


@pytest.mark.parametrize("made", [thingsboard(), from_telegraf(TELEGRAF.encode())])
def test_converted_devices_are_a_gateways_toml(made: Converted, tmp_path: Path) -> None:
    head = '[gateway]\nurl = "ws://localhost/ws"\nuid = "GW"\nspool = "s"\n\n'
    file = tmp_path / "gateway.toml"
    file.write_text(head + device_toml(made.devices), encoding="utf-8")
    config = load_config(file, {})
    assert [device.tags for device in config.devices] == [device.points for device in made.devices]
    assert len(config.connections) == len({str(device.connection) for device in made.devices})


@given(st.lists(st.text(max_size=80), min_size=1, max_size=5))
def test_no_two_converted_devices_share_a_file_or_a_uid(names: list[str]) -> None:
    slaves = [{"deviceName": name, "host": "h"} for name in names]
    made = from_thingsboard(json.dumps({"master": {"slaves": slaves}}).encode())
    assert len({device.slug for device in made.devices}) == len(names)


def test_a_device_that_is_called_like_another_is_noted() -> None:
    twice = {"master": {"slaves": [SLAVE, SLAVE]}}
    made = from_thingsboard(json.dumps(twice).encode())
    assert [device.name for device in made.devices] == ["Boiler 1", "Boiler 1 2"]
    assert "Boiler 1: is called Boiler 1 2 here, because another one has this name" in made.notes


# ---------------------------------------------------------------- hostile and broken files


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"master": 5}', b'{"master": {}}', b"\xff"])
def test_what_is_no_configuration_of_thingsboard_is_told_so(data: bytes) -> None:
    with pytest.raises(ConversionError):
        from_thingsboard(data)


@pytest.mark.parametrize(
    "data", [b"= 1", b"\xff", b"", b"[inputs]\nmodbus = 5", b"[agent]\ndebug = true"]
)
def test_what_is_no_configuration_of_telegraf_is_told_so(data: bytes) -> None:
    with pytest.raises(ConversionError):
        from_telegraf(data)


FINITE = st.floats(allow_nan=False, allow_infinity=False)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@given(st.sampled_from(sorted(SLAVE)), anything)
def test_any_value_of_thingsboard_is_converted_or_noted(key: str, value: object) -> None:
    made = thingsboard(**{key: value})
    assert all(isinstance(note, str) for note in made.notes)


@given(st.sampled_from(["tag", "type", "functionCode", "objectsCount", "address", "bit"]), anything)
def test_any_setting_of_a_point_of_thingsboard_is_converted_or_noted(
    key: str, value: object
) -> None:
    made = thingsboard(timeseries=[SLAVE["timeseries"][0] | {key: value}])
    assert len(made.devices[0].points) >= 1 or made.notes


toml_values = st.recursive(
    st.booleans() | st.integers() | FINITE | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
plugin_keys = ["name", "slave_id", "timeout", "controller", "coils", "holding_registers"]
plugin_keys += ["request", "workarounds", "configuration_type", "interval", "baud_rate"]


@given(st.sampled_from(plugin_keys), toml_values)
def test_any_value_of_telegraf_is_converted_or_noted(key: str, value: Any) -> None:
    made = from_telegraf(f"[[inputs.modbus]]\n{key} = {_toml(value)}\n".encode())
    assert all(isinstance(note, str) for note in made.notes)


field_keys = ["name", "address", "data_type", "byte_order", "scale", "bit"]


@given(st.sampled_from(field_keys), toml_values)
def test_any_setting_of_a_point_of_telegraf_is_converted_or_noted(key: str, value: Any) -> None:
    field = {"name": "v", "address": [4], "data_type": "INT16", "byte_order": "AB"} | {key: value}
    made = from_telegraf(f"[[inputs.modbus]]\nholding_registers = [{_toml(field)}]\n".encode())
    assert made.devices[0].points or made.notes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1s", 1.0),
        ("100ms", 0.1),
        ("1m30s", 90.0),
        (5, 5.0),
        *((text, None) for text in ("abc", "1x", "", True, None, "1.2.3s", "9" * 400 + "s")),
        *((number, None) for number in (-1, 1e305, 10**400, math.inf, math.nan)),
    ],
)
def test_durations_are_read_as_telegraf_writes_them(text: object, value: float | None) -> None:
    assert seconds(text) == value
