"""Modbus configurations of thingsboard-gateway, made into points of ours."""

from __future__ import annotations

import pytest
from foreign_configurations import points, thingsboard

from edge.profile import Point


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
    assert made["model_name"].order == "ABCD"  # its decoder puts no string in order


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
