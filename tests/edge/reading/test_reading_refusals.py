"""Reads that a real server refuses: found by halves, remembered, never read again."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator

import pytest
from modbus_plant import Plant
from pymodbus.constants import ExcCodes
from simulated_line import SimClock, device, tag

from edge.modbus import ModbusLink
from edge.profile import Point
from edge.report import Reading
from edge.unit import Unit
from edge.wire import Quality
from edge.wire.configuration import ConnectionConfig, DeviceConfig


@pytest.fixture
async def plant() -> AsyncIterator[Plant]:
    plant = Plant(1)
    await plant.start()
    yield plant
    await plant.stop()


class Scanner:
    def __init__(self, plant: Plant, config: DeviceConfig) -> None:
        self.plant = plant
        self.clock = SimClock(math.inf)
        self.unit = Unit(config, lambda: None, self.clock)
        self.link = ModbusLink(ConnectionConfig(name="c", host="127.0.0.1", port=plant.port))

    async def scan(self) -> dict[str, int]:
        """Scan once; return what was reported as tag -> quality."""
        self.plant.reads.clear()
        readings: list[Reading] = []
        for scan in self.unit.classes:
            async for step in self.unit.scan(self.link, scan):
                readings += step.readings
        return {reading.tag: reading.quality for reading in readings}


def sixty_tags() -> list[Point]:
    return [tag(f"t{i}", i) for i in range(60)]


async def test_one_bad_register_of_sixty_is_found_in_a_dozen_reads_and_never_read_again(
    plant: Plant,
) -> None:
    plant.refused[1, 37] = ExcCodes.ILLEGAL_ADDRESS
    scanner = Scanner(plant, device(1, *sixty_tags()))
    qualities = await scanner.scan()
    assert len(plant.reads) <= 1 + 2 * math.ceil(math.log2(60))
    assert qualities == {
        f"t{i}": Quality.CONFIG_ERROR if i == 37 else Quality.GOOD for i in range(60)
    }
    await scanner.scan()
    assert plant.reads == [(1, 0, 37), (1, 38, 22)]
    health = scanner.unit.health()
    assert (health.holes, health.blocks) == (1, 2)
    assert health.error == "exception code 2, illegal data address"


async def test_several_bad_registers_are_found_in_one_scan(plant: Plant) -> None:
    bad = {5, 6, 40}
    plant.refused |= {(1, address): ExcCodes.ILLEGAL_VALUE for address in bad}
    scanner = Scanner(plant, device(1, *sixty_tags()))
    qualities = await scanner.scan()
    assert {t for t, q in qualities.items() if q == Quality.CONFIG_ERROR} == {"t5", "t6", "t40"}
    assert len(plant.reads) <= 1 + 2 * 3 * math.ceil(math.log2(60))
    await scanner.scan()
    assert plant.reads == [(1, 0, 5), (1, 7, 33), (1, 41, 19)]


async def test_a_device_that_allows_shorter_reads_than_configured_is_read_in_pieces(
    plant: Plant,
) -> None:
    scanner = Scanner(plant, device(1, *sixty_tags()))
    refuse_longer_than(plant, 20)
    assert set((await scanner.scan()).values()) == {Quality.GOOD}
    await scanner.scan()  # its pieces join to one that is too long again
    await scanner.scan()
    assert len(plant.reads) == 4
    assert max(count for _, _, count in plant.reads) <= 20


def refuse_longer_than(plant: Plant, longest: int) -> None:
    class LongReads(dict[tuple[int, int], ExcCodes]):
        def __contains__(self, key: object) -> bool:
            return plant.reads[-1][2] > longest

        def __missing__(self, key: tuple[int, int]) -> ExcCodes:
            return ExcCodes.ILLEGAL_VALUE

    plant.refused = LongReads()


async def test_a_value_is_not_parted_from_its_factor_by_the_search(plant: Plant) -> None:
    plant.registers[1][0:6] = [100, 200, 300, 400, 0xFFFF, 7]
    plant.refused[1, 5] = ExcCodes.ILLEGAL_ADDRESS
    scaled = [tag(f"v{i}", i, scale_from="sf") for i in range(4)]
    factor = tag("sf", 4, type="int16")
    scanner = Scanner(plant, device(1, *scaled, factor, tag("bad", 5)))
    qualities = await scanner.scan()
    assert qualities.pop("bad") == Quality.CONFIG_ERROR
    assert set(qualities.values()) == {Quality.GOOD}
    await scanner.scan()
    assert plant.reads == [(1, 0, 5)]


async def test_a_function_that_a_device_does_not_know_is_not_searched_for(plant: Plant) -> None:
    plant.refused[1, 0] = ExcCodes.ILLEGAL_FUNCTION
    scanner = Scanner(plant, device(1, *sixty_tags()))
    assert set((await scanner.scan()).values()) == {Quality.CONFIG_ERROR}
    assert len(plant.reads) == 1
