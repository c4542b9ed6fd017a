"""SunSpec devices: their models are found wherever they lie, and again when they moved."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec import structs
from simulated_line import SimClock, device, tag

from edge.modbus import DeviceRefused, NoAnswer
from edge.plan import Block
from edge.report import Reading
from edge.sunspec import MOST_MODELS
from edge.unit import Unit
from edge.wire import Quality

MARK = [0x5375, 0x6E53]


class SunSpecDevice:
    """Registers at some addresses; all others are refused."""

    def __init__(self) -> None:
        self.registers: dict[int, int] = {}
        self.is_silent = False
        self.reads: list[tuple[int, int]] = []

    def put(self, address: int, *words: int) -> None:
        self.registers |= {address + i: word for i, word in enumerate(words)}

    def build(self, base: int, *models: tuple[int, list[int]]) -> None:
        self.registers.clear()
        self.put(base, *MARK)
        at = base + 2
        for model, words in models:
            self.put(at, model, len(words), *words)
            at += 2 + len(words)
        self.put(at, 0xFFFF, 0)

    async def read(
        self, unit: int, block: Block, *, timeout_s: float | None = None, rest_s: float = 0.0
    ) -> Sequence[int]:
        self.reads.append((block.address, block.size))
        if self.is_silent:
            raise NoAnswer("no answer")
        words = [self.registers.get(block.address + i) for i in range(block.size)]
        if None in words:
            raise DeviceRefused(2)
        return [word for word in words if word is not None]


POWER = tag("W", 2, model=103, type="int16", scale_from="W_SF", sentinels=[-32768])
FACTOR = tag("W_SF", 3, model=103, type="int16", sentinels=[-32768])


async def scan(unit: Unit, line: SunSpecDevice) -> dict[str, Reading]:
    [scan_class] = unit.classes
    steps = [step async for step in unit.scan(line, scan_class)]
    return {reading.tag: reading for step in steps for reading in step.readings}


def make_unit(clock: SimClock) -> Unit:
    return Unit(device(1, POWER, FACTOR), lambda: None, clock, retries=0)


@pytest.mark.parametrize("base", [40000, 0, 50000])
async def test_a_model_is_found_behind_others_at_each_of_the_three_addresses(base: int) -> None:
    line = SunSpecDevice()
    line.build(base, (1, [0] * 66), (103, [0xFB2E, 0xFFFF]))
    readings = await scan(make_unit(SimClock(60)), line)
    assert (readings["W"].value, readings["W"].quality) == (-123.4, Quality.GOOD)
    assert line.reads[-1] == (base + 2 + 68 + 2, 2)


async def test_a_device_without_the_model_says_so_in_plain_words() -> None:
    line, unit = SunSpecDevice(), make_unit(SimClock(60))
    line.build(40000, (1, [0] * 66))
    assert {r.quality for r in (await scan(unit, line)).values()} == {Quality.CONFIG_ERROR}
    assert unit.health().error == "no SunSpec model 103"
    assert unit.health().holes == 2


async def test_a_device_that_speaks_no_sunspec_says_so_and_is_not_asked_in_every_scan() -> None:
    line, unit = SunSpecDevice(), make_unit(SimClock(60))
    line.put(40000, 1, 2)
    assert {r.quality for r in (await scan(unit, line)).values()} == {Quality.CONFIG_ERROR}
    assert unit.health().error == "no SunSpec map at 40000, 0, 50000"
    line.reads.clear()
    await scan(unit, line)
    assert line.reads == []


async def test_models_that_moved_while_the_device_was_away_are_found_again() -> None:
    clock = SimClock(600)
    line, unit = SunSpecDevice(), make_unit(clock)
    line.build(40000, (103, [100, 0]))
    assert (await scan(unit, line))["W"].value == 100.0
    line.is_silent = True
    assert (await scan(unit, line))["W"].quality == Quality.COMM_FAILURE
    line.is_silent = False
    line.build(40000, (1, [0] * 66), (103, [200, 0]))
    clock.spend(60)
    await unit.probe(line, 1.0)
    assert (await scan(unit, line))["W"].value == 200.0


async def test_a_tag_of_a_model_is_read_on_demand_before_any_other_scan() -> None:
    line = SunSpecDevice()
    line.build(0, (103, [100, 0]))
    asked = structs.replace(POWER, scan="demand")
    unit = Unit(device(1, asked, FACTOR), lambda: None, SimClock(60))
    scan_class = unit.on_demand()
    assert scan_class is not None
    steps = [step async for step in unit.scan(line, scan_class, even_if_silent=True)]
    assert [r.value for step in steps for r in step.readings] == [100.0]


async def test_a_silent_device_is_no_device_without_models() -> None:
    line, unit = SunSpecDevice(), make_unit(SimClock(60))
    line.is_silent = True
    assert {r.quality for r in (await scan(unit, line)).values()} == {Quality.COMM_FAILURE}
    assert unit.health().state == "down"


async def test_a_chain_without_an_end_is_given_up() -> None:
    line, unit = SunSpecDevice(), make_unit(SimClock(60))
    line.put(40000, *MARK)
    line.put(40002, *[7, 0] * 5000)
    await scan(unit, line)
    assert len(line.reads) == 1 + MOST_MODELS
