"""Modbus configurations of Telegraf, made into points of ours."""

from __future__ import annotations

from foreign_configurations import TELEGRAF, points

from edge.profile import Point
from edge.profile.convert import (
    from_telegraf,
)


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


def test_what_has_no_interval_is_read_at_that_of_the_agent() -> None:
    made = from_telegraf(TELEGRAF.encode())
    assert points(made, 1)["speed"].scan_ms == 10_000
    assert points(made, 0)["pump"].scan_ms == 5_000


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
