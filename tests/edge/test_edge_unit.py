"""Scanning one device on a real Modbus server; only the clock is ours."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator

import pytest
from modbus_plant import Plant
from pymodbus.constants import ExcCodes

from edge.gather import Happening
from edge.modbus import ModbusLink
from edge.profile import Point
from edge.report import Reading
from edge.steps import Clock
from edge.unit import Unit
from edge.wire import Quality
from edge.wire.configuration import ConnectionConfig, DeviceConfig


class SetClock(Clock):
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def monotonic(self) -> float:
        return self.now_s

    def wall_ms(self) -> int:
        return int(self.now_s * 1000)


def tag(name: str, address: int, **more: object) -> Point:
    settings = {"name": name, "address": address, "type": "uint16", "silence_ms": 60_000}
    return Point(**(settings | more))  # type: ignore[arg-type]


class Scanner:
    """One unit of the plant with its tags."""

    def __init__(self, plant: Plant, *tags: Point, timeout_s: float = 5.0) -> None:
        self.plant = plant
        self.clock = SetClock()
        self.errors = 0
        config = DeviceConfig(uid="D1", connection="c", unit=1, max_gap=8, tags=list(tags))
        self.unit = Unit(config, self.count_error, self.clock)
        connection = ConnectionConfig(
            name="c", host="127.0.0.1", port=plant.port, timeout_s=timeout_s
        )
        self.link = ModbusLink(connection, self.clock.monotonic)

    def count_error(self) -> None:
        self.errors += 1

    async def scan(self) -> dict[str, tuple[float | None, int]]:
        """Scan once; return what was reported as tag -> (value, quality)."""
        return {r.tag: (r.value, r.quality) for r in (await self.scan_all())[0]}

    async def scan_all(self) -> tuple[list[Reading], list[Happening]]:
        """Probe the unit if that is due, as the scheduler does, and scan it."""
        self.plant.reads.clear()
        steps = []
        now = self.clock.monotonic()
        if self.unit.is_left_alone and self.unit.breaker.allows(now):
            steps.append(await self.unit.probe(self.link, 1.0))
        [scan] = self.unit.classes
        steps += [step async for step in self.unit.scan(self.link, scan)]
        return (
            [reading for step in steps for reading in step.readings],
            [happening for step in steps for happening in step.happenings],
        )


@pytest.fixture
async def plant() -> AsyncIterator[Plant]:
    plant = Plant(1)
    await plant.start()
    yield plant
    await plant.stop()


async def test_neighbours_are_read_together_and_stamped_with_the_time_of_the_answer(
    plant: Plant,
) -> None:
    plant.registers[1][4:8] = [7, 0, 0, 9]
    scanner = Scanner(plant, tag("a", 4), tag("b", 7))
    readings, happenings = await scanner.scan_all()
    assert readings == [
        Reading("D1", "a", 1_000_000, Quality.GOOD, 7.0),
        Reading("D1", "b", 1_000_000, Quality.GOOD, 9.0),
    ]
    assert plant.reads == [(1, 4, 4)]
    assert happenings == [Happening("device.up", "D1", 1_000_000)]


async def test_only_changes_are_reported(plant: Plant) -> None:
    scanner = Scanner(plant, tag("a", 4), tag("b", 7))
    await scanner.scan()
    assert await scanner.scan() == {}
    plant.registers[1][7] = 3
    assert await scanner.scan() == {"b": (3.0, Quality.GOOD)}
    scanner.clock.now_s += 60
    assert await scanner.scan() == {"a": (0.0, Quality.GOOD), "b": (3.0, Quality.GOOD)}


async def test_a_bad_register_does_not_take_its_neighbours_down(plant: Plant) -> None:
    plant.refused[1, 5] = ExcCodes.ILLEGAL_ADDRESS
    scanner = Scanner(plant, tag("a", 4), tag("bad", 5), tag("b", 6), tag("c", 7))
    assert await scanner.scan() == {
        "a": (0.0, Quality.GOOD),
        "bad": (None, Quality.CONFIG_ERROR),
        "b": (0.0, Quality.GOOD),
        "c": (0.0, Quality.GOOD),
    }
    await scanner.scan()
    assert plant.reads == [(1, 4, 1), (1, 6, 2)]  # the hole is not read again


async def test_what_was_refused_is_looked_at_again_after_a_minute_and_is_back_in_the_next_scan(
    plant: Plant,
) -> None:
    plant.refused[1, 5] = ExcCodes.ILLEGAL_ADDRESS
    scanner = Scanner(plant, tag("a", 4), tag("bad", 5), tag("b", 6))
    await scanner.scan()
    del plant.refused[1, 5]
    scanner.clock.now_s += 59
    await scanner.scan()
    assert (plant.reads, scanner.unit.health().holes) == ([(1, 4, 1), (1, 6, 1)], 1)
    scanner.clock.now_s += 1
    await scanner.scan()
    assert plant.reads == [(1, 4, 1), (1, 6, 1), (1, 5, 1)]  # behind what is read anyway
    assert scanner.unit.health().holes == 0
    assert (await scanner.scan())["bad"] == (0.0, Quality.GOOD)
    assert plant.reads == [(1, 4, 3)]


async def test_what_is_still_refused_costs_one_read_a_look_and_its_neighbours_nothing(
    plant: Plant,
) -> None:
    plant.refused[1, 5] = ExcCodes.ILLEGAL_ADDRESS
    scanner = Scanner(plant, tag("a", 4), tag("bad", 5), tag("b", 6))
    await scanner.scan()
    looks = []
    for minute in range(1, 9):
        scanner.clock.now_s += 60
        await scanner.scan()
        assert plant.reads[:2] == [(1, 4, 1), (1, 6, 1)]
        looks += [minute for read in plant.reads[2:] if read == (1, 5, 1)]
    assert looks == [1, 3, 7]  # after one minute, two more, four more
    assert not scanner.unit.is_down


async def test_a_refused_gap_between_two_tags_is_tried_with_the_read_that_reached_across_it(
    plant: Plant,
) -> None:
    plant.refused[1, 5] = ExcCodes.ILLEGAL_ADDRESS
    scanner = Scanner(plant, tag("a", 4), tag("b", 6))
    await scanner.scan()
    del plant.refused[1, 5]
    scanner.clock.now_s += 60
    await scanner.scan()
    assert plant.reads == [(1, 4, 1), (1, 6, 1), (1, 4, 3)]
    await scanner.scan()
    assert plant.reads == [(1, 4, 3)]


async def test_a_hole_between_two_tags_that_the_device_refuses_is_not_read_again(
    plant: Plant,
) -> None:
    plant.refused[1, 5] = ExcCodes.ILLEGAL_ADDRESS
    scanner = Scanner(plant, tag("a", 4), tag("b", 6))
    expected = {"a": (0.0, Quality.GOOD), "b": (0.0, Quality.GOOD)}
    assert await scanner.scan() == expected
    await scanner.scan()
    assert plant.reads == [(1, 4, 1), (1, 6, 1)]


async def test_a_device_that_says_it_failed_is_not_down(plant: Plant) -> None:
    scanner = Scanner(plant, tag("a", 4))
    await scanner.scan()
    plant.refused[1, 4] = ExcCodes.DEVICE_BUSY
    readings, happenings = await scanner.scan_all()
    assert [(r.value, r.quality) for r in readings] == [(None, Quality.DEVICE_FAILURE)]
    assert happenings == []
    assert plant.reads == [(1, 4, 1)] * 2  # a busy device is asked once more in the same scan
    assert scanner.errors == 2


async def test_a_sensor_without_a_value_says_so(plant: Plant) -> None:
    scanner = Scanner(plant, tag("t", 4, type="float32"))
    plant.registers[1][4:6] = struct.unpack(">2H", struct.pack(">f", float("nan")))
    assert await scanner.scan() == {"t": (None, Quality.SENSOR_FAILURE)}


async def test_an_integer_beyond_a_float_keeps_its_exact_text(plant: Plant) -> None:
    scanner = Scanner(plant, tag("n", 4, type="uint64"))
    plant.registers[1][4:8] = [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF]
    readings, _ = await scanner.scan_all()
    assert (readings[0].value, readings[0].raw) == (float(2**64 - 1), str(2**64 - 1))


async def test_a_silent_unit_turns_all_its_tags_bad_with_the_time_of_the_attempt(
    plant: Plant,
) -> None:
    scanner = Scanner(plant, tag("a", 4), tag("far", 40), timeout_s=0.1)
    plant.silent.add(1)
    scanner.clock.now_s += 1
    readings, happenings = await scanner.scan_all()
    assert readings == [
        Reading("D1", "a", 1_001_000, Quality.COMM_FAILURE),
        Reading("D1", "far", 1_001_000, Quality.COMM_FAILURE),
    ]
    assert happenings == [Happening("device.down", "D1", 1_001_000, "COMM_FAILURE")]
    assert plant.reads == [(1, 4, 1), (1, 4, 1)]  # the second block would only time out as well


async def test_a_silent_unit_is_left_alone_probed_once_after_a_pause_and_taken_back(
    plant: Plant,
) -> None:
    scanner = Scanner(plant, tag("a", 4), timeout_s=0.5)
    plant.silent.add(1)
    assert await scanner.scan() == {"a": (None, Quality.COMM_FAILURE)}
    scanner.clock.now_s += 1
    assert await scanner.scan() == {}
    assert plant.reads == []
    scanner.clock.now_s += 1.5
    assert await scanner.scan() == {}
    assert plant.reads == [(1, 4, 1)]
    plant.silent.clear()
    scanner.clock.now_s += 10
    readings, happenings = await scanner.scan_all()
    assert [(r.value, r.quality) for r in readings] == [(0.0, Quality.GOOD)]
    assert [h.kind for h in happenings] == ["device.up"]


async def test_a_lasting_failure_proves_itself_after_the_silence_with_the_time_of_that_scan(
    plant: Plant,
) -> None:
    scanner = Scanner(plant, tag("a", 4), timeout_s=0.1)
    plant.silent.add(1)
    await scanner.scan()
    scanner.clock.now_s += 60
    readings, happenings = await scanner.scan_all()
    assert readings == [Reading("D1", "a", 1_060_000, Quality.COMM_FAILURE)]
    assert happenings == []


async def test_a_unit_that_the_gateway_before_it_cannot_reach_is_down(plant: Plant) -> None:
    plant.refused[1, 4] = ExcCodes.GATEWAY_NO_RESPONSE
    scanner = Scanner(plant, tag("a", 4))
    readings, happenings = await scanner.scan_all()
    assert [r.quality for r in readings] == [Quality.COMM_FAILURE]
    assert [(h.kind, h.detail) for h in happenings] == [("device.down", "COMM_FAILURE")]


async def test_without_a_connection_the_tags_are_not_connected_until_it_is_back(
    plant: Plant,
) -> None:
    scanner = Scanner(plant, tag("a", 4))
    await plant.stop()
    readings, happenings = await scanner.scan_all()
    assert [(r.value, r.quality) for r in readings] == [(None, Quality.NOT_CONNECTED)]
    assert [(h.kind, h.detail) for h in happenings] == [("device.down", "NOT_CONNECTED")]
    await plant.start()
    scanner.clock.now_s += 10
    readings, happenings = await scanner.scan_all()
    assert [(r.value, r.quality) for r in readings] == [(0.0, Quality.GOOD)]
    assert [h.kind for h in happenings] == ["device.up"]


async def test_tags_of_different_periods_are_scanned_apart(plant: Plant) -> None:
    scanner = Scanner(plant, tag("slow", 4, scan_ms=1000), tag("fast", 5, scan_ms=100))
    fast, slow = scanner.unit.classes
    assert (fast.scan_ms, slow.scan_ms) == (100, 1000)
    steps = [step async for step in scanner.unit.scan(scanner.link, fast)]
    assert [r.tag for step in steps for r in step.readings] == ["fast"]
