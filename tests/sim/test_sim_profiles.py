"""Every profile that comes along, served by the simulator and read back over Modbus TCP."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from bench_plant import START_S
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from profile_reader import link_to, read_all

from edge.modbus import DeviceRefused
from edge.plan import Block
from edge.profile import BIT_TABLES, Point, Profile
from edge.profile.library import shipped, shipped_profile
from edge.profile.quality import GOOD
from edge.sim.commands import CommandRefused, InjectFault, ListDevices, SetValue
from edge.sim.device import SimulatedDevice
from edge.sim.profiled import device_of, plant_of
from edge.sim.simulation import Simulation, running
from edge.wire.configuration import DeviceConfig

UNIT = 7


@asynccontextmanager
async def served(device: DeviceConfig) -> AsyncIterator[Simulation]:
    document = plant_of(device, host="127.0.0.1", port=5020)
    async with running([document], clock=lambda: START_S) as plant:
        yield plant


def step_of(point: Point, device: SimulatedDevice) -> float:
    """Half of what one count of the register is worth, or the rounding of a float."""
    value = abs(device.process.values[point.name])
    if point.type.startswith("float"):
        return value * {"float16": 1e-3, "float32": 1e-7, "float64": 0.0}[point.type]
    exponent = device.process.values[point.scale_from] if point.scale_from else 0
    return abs(point.scale) * 10.0**exponent * 0.5 + value * 1e-12


@pytest.mark.parametrize("profile", shipped(), ids=lambda profile: profile.id)
async def test_every_point_reads_as_the_simulator_says(profile: Profile) -> None:
    device = device_of(profile, unit=UNIT)
    async with served(device) as plant:
        simulated = plant.devices[profile.id]
        seen = await read_all(plant, device)
    assert seen.refusals == 0
    assert set(seen.readings) == {point.name for point in profile.points}
    for point in profile.points:
        reading = seen.readings[point.name]
        value, raw = reading.value, reading.raw
        assert reading.quality == GOOD, point.name
        if point.type == "string":
            assert (value, raw) == (None, simulated.texts[point.name])
        else:
            assert value is not None
            said = simulated.process.values[point.name]
            assert math.isclose(value, said, rel_tol=0, abs_tol=step_of(point, simulated))


@pytest.mark.parametrize("profile", shipped(), ids=lambda profile: profile.id)
def test_the_simulated_values_stay_within_limits_for_a_day(profile: Profile) -> None:
    device = SimulatedDevice(device_of(profile), seed=1, time_s=START_S)
    first = dict(device.process.values)
    counters = [point for point in profile.points if point.kind == "counter"]
    for minute in range(1, 1441):
        device.advance(START_S + 60 * minute)
        for point in profile.points:
            value = device.process.values.get(point.name, 0.0)
            assert point.range is None or point.range[0] <= value <= point.range[1], point.name
            if point.low is not None and point.high is not None:
                assert point.low <= value <= point.high, point.name
    for point in counters:
        assert device.process.values[point.name] >= first[point.name]
    assert any(device.process.values[point.name] > first[point.name] for point in counters) or (
        not counters
    )


# ---------------------------------------------------------------- what the device is like


async def code(plant: Simulation, table: str, address: int, size: int) -> int:
    link = link_to(plant)
    try:
        await link.read(UNIT, Block(table, address, size, ()))  # type: ignore[arg-type]
    except DeviceRefused as error:
        return error.code
    finally:
        link.close()
    return 0


async def test_a_meter_that_reads_evenly_refuses_odd_places_and_lengths() -> None:
    async with served(device_of(shipped_profile("eastron-sdm630"), unit=UNIT)) as plant:
        assert await code(plant, "input", 0, 80) == 0
        assert await code(plant, "input", 0, 82) == 3
        assert await code(plant, "input", 0, 3) == 3
        assert await code(plant, "input", 1, 2) == 2
        assert await code(plant, "input", 0x2000, 2) == 2


async def test_gaps_that_the_profile_lets_a_reader_touch_are_there_and_no_others() -> None:
    async with served(device_of(shipped_profile("abb-b23"), unit=UNIT)) as plant:
        assert await code(plant, "holding", 0x5B06, 6) == 0  # between voltages and currents
        assert await code(plant, "holding", 0x5008, 2) == 2
    async with served(device_of(shipped_profile("siemens-v20"), unit=UNIT)) as plant:
        assert await code(plant, "holding", 3, 1) == 2  # max_gap is 0


async def test_a_sunspec_device_begins_with_its_mark_and_ends_with_its_end() -> None:
    async with served(device_of(shipped_profile("sunspec-inverter-103"), unit=UNIT)) as plant:
        link = link_to(plant)
        first = await link.read(UNIT, Block("holding", 40000, 4, ()))
        second = await link.read(UNIT, Block("holding", 40070, 2, ()))
        last = await link.read(UNIT, Block("holding", 40122, 2, ()))
        link.close()
    assert [*first] == [0x5375, 0x6E53, 1, 66]
    assert ([*second], [*last]) == ([103, 50], [0xFFFF, 0])


# ---------------------------------------------------------------- values and faults


def one(*points: Point) -> SimulatedDevice:
    config = DeviceConfig(uid="DEV", connection="c", tags=list(points))
    return SimulatedDevice(config, seed=1, time_s=START_S)


W = Point(name="w", address=0, type="int16", scale_from="sf", sentinels=[-32768])
SF = Point(name="sf", address=1, type="int16", sim={"wave": "constant", "value": -1})


@given(st.integers(-10, 10), st.integers(-32767, 32767))
def test_a_value_is_encoded_with_the_exponent_of_the_moment(exponent: int, raw: int) -> None:
    device = one(W, SF)
    device.set_value("sf", exponent)
    device.set_value("w", raw * 10.0**exponent)
    device.set_value("sf", exponent)
    assert device.shown("w") == pytest.approx(raw * 10.0**exponent)


def test_an_exponent_that_makes_no_sense_cannot_be_set() -> None:
    with pytest.raises(CommandRefused, match="-10 to 10"):
        one(W, SF).set_value("sf", 11)


def test_a_fault_makes_an_integer_with_a_sentinel_not_available() -> None:
    device = one(W, SF)
    device.inject(InjectFault(device="DEV", kind="nan", tag="w"))
    assert device.shown("w") is None
    with pytest.raises(CommandRefused, match="only a float"):
        device.inject(InjectFault(device="DEV", kind="nan", tag="sf"))


@given(st.lists(st.booleans(), min_size=16, max_size=16), st.integers(0, 65535))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_bits_of_one_register_are_set_one_by_one(values: list[bool], word: int) -> None:
    bits = [Point(name=f"b{i}", address=0, type="bool", bit=i) for i in range(16)]
    device = one(Point(name="word", address=0, type="uint16"), *bits)
    device.set_value("word", word)
    for i, value in enumerate(values):
        device.set_value(f"b{i}", value)
    assert [device.shown(f"b{i}") for i in range(16)] == [float(value) for value in values]
    assert device.shown("word") == sum(1 << i for i, value in enumerate(values) if value)


def test_a_text_is_served_and_cannot_be_set_to_a_number() -> None:
    device = one(Point(name="model", label="Meter", address=0, type="string", length=4))
    assert device.shown("model") == "Meter"
    with pytest.raises(CommandRefused, match="is a text"):
        device.set_value("model", 5)


async def test_a_plant_lists_the_texts_of_its_devices() -> None:
    async with served(device_of(shipped_profile("sunspec-meter-203"), unit=UNIT)) as plant:
        plant.execute(SetValue(device="sunspec-meter-203", tag="frequency", value=50.01))
        [listed] = plant.execute(ListDevices()).devices or []
    assert listed.texts["manufacturer"] == "Sentinel"
    assert (listed.values["frequency"], listed.held) == (50.01, ["frequency"])


# ---------------------------------------------------------------- points without a sim table


def point_of_any_kind(kind: str, number: int, **more: object) -> Point:
    length = {"length": 3} if kind == "string" else {}
    fields = {"name": f"p{number}", "address": 8 * number, "type": kind, "scan": "demand"}
    return Point(**fields | length | more)  # type: ignore[arg-type]


def test_every_type_is_simulated_without_a_word_about_it() -> None:
    kinds = ["bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16"]
    kinds += ["float32", "float64", "bcd16", "bcd32", "bcd64", "string"]
    points = [point_of_any_kind(kind, number) for number, kind in enumerate(kinds)]
    device = one(*points)
    for point in points:
        assert device.shown(point.name) is not None


@pytest.mark.parametrize(
    ("more", "low", "high"),
    [
        ({"low": 20.0, "high": 40.0}, 20, 40),
        ({"range": (100.0, 200.0)}, 100, 200),
        ({"write": {"low": 5.0, "high": 6.0}}, 5, 6),
        ({"scale": 0.1, "offset": -40.0}, -40, 60),
    ],
)
def test_a_chosen_wave_keeps_to_what_the_point_says(
    more: dict[str, object], low: float, high: float
) -> None:
    fields = {"name": "p", "address": 0, "type": "int16"} | more
    point = msgspec.convert(fields, Point)
    device = one(point)
    for second in range(600):
        device.advance(START_S + second)
        assert low <= device.process.values["p"] <= high


def test_a_counter_without_a_wave_counts() -> None:
    device = one(Point(name="c", address=0, type="uint32", kind="counter"))
    before = device.process.values["c"]
    for second in range(1, 11):
        device.advance(START_S + second)
    assert device.process.values["c"] == pytest.approx(before + 0.1)


def test_a_state_holds_its_first_state() -> None:
    device = one(Point(name="s", address=0, type="uint16", states={4: "Running", 7: "Fault"}))
    assert device.shown("s") == 4


@given(st.sampled_from(["coil", "discrete"]), st.booleans())
def test_a_bit_table_holds_bits(table: str, value: bool) -> None:
    assert table in BIT_TABLES
    point = Point(name="b", table=table, address=3, type="bool")  # type: ignore[arg-type]
    device = one(point)
    device.set_value("b", value)
    assert device.shown("b") == value
