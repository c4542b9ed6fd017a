"""Modbus configurations of thingsboard-gateway and Telegraf, made into points of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import load_config
from edge.profile import Point
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

SLAVE: dict[str, Any] = {
    "host": "10.0.0.5",
    "port": 5021,
    "type": "tcp",
    "method": "socket",
    "unitId": 3,
    "deviceName": "Boiler 1",
    "deviceType": "default",
    "timeout": 35,
    "byteOrder": "BIG",
    "wordOrder": "LITTLE",
    "retries": 3,
    "retryOnEmpty": True,
    "pollPeriod": 5000,
    "timeseries": [
        {"tag": "temperature", "type": "16int", "functionCode": 3, "objectsCount": 1}
        | {"address": 0, "divider": 10},
        {"tag": "flow", "type": "32float", "functionCode": 4, "objectsCount": 2, "address": 8},
        {"tag": "energy", "type": "double", "functionCode": 4, "objectsCount": 4, "address": 12}
        | {"wordOrder": "BIG", "multiplier": 0.001},
        {"tag": "running", "type": "bits", "functionCode": 3, "objectsCount": 1, "address": 20}
        | {"bit": 4},
        {"tag": "lamps", "type": "bits", "functionCode": 1, "objectsCount": 3, "address": 2},
        {"tag": "odd", "type": "8int", "functionCode": 3, "objectsCount": 1, "address": 30},
        {"tag": "wide", "type": "16int", "functionCode": 3, "address": "1-10"},
        {"tag": "written", "type": "16int", "functionCode": 6, "address": 5},
    ],
    "attributes": [
        {"tag": "model name", "type": "string", "functionCode": 3, "objectsCount": 8}
        | {"address": 40}
    ],
    "attributeUpdates": [],
    "rpc": [{"tag": "setRelay", "type": "bits", "functionCode": 5, "address": 1}],
}


def thingsboard(**more: Any) -> Converted:
    table = {"master": {"slaves": [SLAVE | more]}, "slave": {"type": "tcp"}}
    return from_thingsboard(json.dumps(table).encode())


def points(made: Converted, device: int = 0) -> dict[str, Point]:
    return {point.name: point for point in made.devices[device].points}


def test_points_of_thingsboard_keep_place_type_order_and_scale() -> None:
    made = points(thingsboard())
    assert made["temperature"] == Point(
        name="temperature",
        address=0,
        type="int16",
        order="CDAB",
        scale=0.1,
        scan_ms=5000,
    )
    assert (made["flow"].table, made["flow"].type, made["flow"].order) == (
        "input",
        "float32",
        "CDAB",
    )
    assert (made["energy"].type, made["energy"].order, made["energy"].scale) == (
        "float64",
        "ABCD",
        0.001,
    )
    assert (made["running"].type, made["running"].bit) == ("bool", 4)
    assert [made[f"lamps_{i}"].address for i in range(3)] == [2, 3, 4]
    assert (made["model_name"].length, made["model_name"].scan) == (8, "slow")


@pytest.mark.parametrize(
    ("orders", "order"),
    [
        ({"byteOrder": "BIG", "wordOrder": "BIG"}, "ABCD"),
        ({"byteOrder": "LITTLE", "wordOrder": "BIG"}, "BADC"),
        ({"byteOrder": "LITTLE", "wordOrder": "LITTLE"}, "DCBA"),
    ],
)
def test_the_four_orders_of_thingsboard(orders: dict[str, str], order: str) -> None:
    assert points(thingsboard(**orders))["flow"].order == order


def test_the_connection_of_thingsboard_is_taken_over() -> None:
    device = thingsboard().devices[0]
    assert (device.name, device.slug, device.unit) == ("Boiler 1", "boiler-1", 3)
    assert device.connection == {
        "kind": "tcp",
        "host": "10.0.0.5",
        "port": 5021,
        "timeout_s": 35.0,
        "retries": 3,
    }
    serial = thingsboard(type="serial", method="rtu", port="/dev/ttyUSB0", baudrate=19200)
    assert serial.devices[0].connection["serial"] == {"port": "/dev/ttyUSB0", "baud": 19200}


def test_nothing_of_thingsboard_is_dropped_in_silence() -> None:
    notes = "\n".join(thingsboard(mystery=1).notes)
    for said in (
        "odd: is left out: there is no type like '8int' here",
        "wide: is left out: address: '1-10' is not one address",
        "written: is left out: functionCode 6 is no read",
        "rpc setRelay: is not taken over: add a write rule",
        "retryOnEmpty: is not taken over",
        "deviceType: is not taken over",
        "mystery: is not taken over: it means nothing here",
        "slave: is not taken over: a gateway of ours serves no registers",
        "lamps: becomes 3 points",
        "model name: is called model_name here",
    ):
        assert said in notes, said


TELEGRAF = """
[agent]
interval = "10s"

[[inputs.modbus]]
name = "Meter"
slave_id = 2
timeout = "2s"
controller = "tcp://10.0.0.6:1502"
configuration_type = "register"
interval = "5s"
busy_retries = 3
coils = [ { name = "pump", address = [7] } ]
holding_registers = [
  { name = "power_factor", byte_order = "AB", data_type = "FIXED", scale = 0.01, address = [8] },
  { name = "energy", byte_order = "CDAB", data_type = "UFIXED", scale = 0.001, address = [5, 6] },
  { name = "voltage", byte_order = "DCBA", data_type = "FLOAT32-IEEE", address = [10, 11] },
  { name = "total", byte_order = "HGFEDCBA", data_type = "INT64", address = [20, 21, 22, 23] },
  { name = "scattered", byte_order = "ABCD", data_type = "INT32", address = [30, 32] },
  { name = "half", byte_order = "AB", data_type = "INT8L", address = [40] },
]
[inputs.modbus.workarounds]
pause_between_requests = "20ms"
pause_after_connect = "1s"

[[inputs.modbus]]
name = "Line"
controller = "file:///dev/ttyUSB0"
baud_rate = 19200
parity = "E"
transmission_mode = "RTU"
configuration_type = "request"
[[inputs.modbus.request]]
slave_id = 4
byte_order = "CDAB"
register = "input"
measurement = "drive"
fields = [
  { address = 0, name = "speed", type = "INT16", scale = 0.1, output = "FLOAT64" },
  { address = 1, name = "unused", type = "INT16", omit = true },
  { address = 2, name = "torque", type = "FLOAT32" },
  { address = 4, name = "word", type = "BIT", bit = 3 },
  { address = 10, name = "label", type = "STRING", length = 8 },
]
[inputs.modbus.request.tags]
machine = "press"
[[inputs.modbus.request]]
slave_id = 5
register = "coil"
fields = [ { address = 3, name = "door" } ]
"""


def test_points_of_telegraf_keep_place_type_order_and_scale() -> None:
    made = points(from_telegraf(TELEGRAF.encode()))
    assert made["pump"] == Point(name="pump", table="coil", address=7, type="bool", scan_ms=5000)
    assert (made["power_factor"].type, made["power_factor"].scale) == ("int16", 0.01)
    assert (made["energy"].type, made["energy"].order) == ("uint32", "CDAB")
    assert (made["voltage"].type, made["voltage"].order) == ("float32", "DCBA")
    assert (made["total"].type, made["total"].order) == ("int64", "DCBA")
    assert "scattered" not in made
    assert "half" not in made


def test_requests_of_telegraf_become_one_device_for_each_unit() -> None:
    made = from_telegraf(TELEGRAF.encode())
    assert [(d.name, d.unit) for d in made.devices] == [
        ("Meter", 2),
        ("Line 4", 4),
        ("Line 5", 5),
    ]
    drive, doors = points(made, 1), points(made, 2)
    assert (drive["speed"].table, drive["speed"].scale) == ("input", 0.1)
    assert (drive["torque"].type, drive["torque"].order) == ("float32", "CDAB")
    assert (drive["word"].type, drive["word"].bit) == ("bool", 3)
    assert drive["label"].length == 8
    assert doors["door"].table == "coil"


def test_the_connections_of_telegraf_are_taken_over() -> None:
    made = from_telegraf(TELEGRAF.encode())
    assert made.devices[0].connection == {
        "kind": "tcp",
        "host": "10.0.0.6",
        "port": 1502,
        "timeout_s": 2.0,
    }
    assert made.devices[0].limits == {"min_gap_ms": 20}
    assert made.devices[1].connection["serial"] == {
        "port": "/dev/ttyUSB0",
        "baud": 19200,
        "parity": "E",
    }


def test_nothing_of_telegraf_is_dropped_in_silence() -> None:
    notes = "\n".join(from_telegraf(TELEGRAF.encode()).notes)
    for said in (
        "agent: is not taken over",
        "busy_retries: is not taken over",
        "pause_after_connect: is not taken over",
        "scattered: is left out: the registers [30, 32] do not follow each other",
        "half: is left out: there is no type like INT8L here",
        "unused: is left out: omit is set",
        "tags: are not taken over",
        "measurement: is not taken over",
        "output: is not taken over",
    ):
        assert said in notes, said


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
        *((text, None) for text in ("abc", "1x", "", True, None, "1.2.3s")),
    ],
)
def test_durations_are_read_as_telegraf_writes_them(text: object, value: float | None) -> None:
    assert seconds(text) == value
