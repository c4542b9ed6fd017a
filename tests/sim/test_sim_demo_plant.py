"""The plant that is shipped: believable, consistent, and readable as its files say."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus.client import AsyncModbusTcpClient

from edge.config import Config, load_config
from edge.plan import plan_reads
from edge.profile import BIT_TABLES, Point
from edge.profile.codec import decode
from edge.sim.simulation import Simulation, running
from edge.wire.configuration import DeviceConfig

FOLDER = Path(__file__).parents[2] / "edge" / "sim" / "plant"
CONFIGS: list[Config] = [load_config(path, {}) for path in sorted(FOLDER.glob("*.toml"))]
DEVICES: dict[str, DeviceConfig] = {d.uid: d for config in CONFIGS for d in config.devices}
TAGS = [(device, tag) for device in DEVICES.values() for tag in device.tags]
COUNTERS = [(d.uid, t.name) for d, t in TAGS if t.sim["wave"] == "counter"]
NOW_S = 1_795_600_000.0
HOURS = 3

Values = dict[tuple[str, str], float]

PHYSICAL = {  # what no instrument of this plant can ever show, by unit
    "%": (0, 100),
    "°C": (-10, 700),
    "bar": (0, 260),
    "mbar": (0, 400),
    "mm/s": (0, 12),
    "rpm": (0, 3000),
    "A": (0, 1000),
    "V": (350, 440),
    "Hz": (49, 51),
    "kW": (0, 700),
    "kg": (0, 500),
    "m/min": (0, 30),
    "m³/h": (0, 60),
    "m³/min": (0, 30),
    "t/h": (0, 12),
}


def snapshot(plant: Simulation) -> Values:
    return {
        (uid, tag): value
        for uid, device in plant.devices.items()
        for tag, value in device.process.values.items()
    }


def simulate(seconds: int, *, seed: int = 2026, start_s: float = NOW_S) -> list[Values]:
    plant = Simulation(CONFIGS, seed=seed, clock=lambda: start_s)
    values = [snapshot(plant)]
    for second in range(1, seconds + 1):
        plant.advance(start_s + second)
        values.append(snapshot(plant))
    return values


@pytest.fixture(scope="module")
def shift() -> list[Values]:
    """Every second of some hours."""
    return simulate(HOURS * 3600)


def course(shift: list[Values], uid: str, tag: str) -> list[float]:
    return [values[uid, tag] for values in shift]


# ------------------------------------------------------------------ the files


def test_there_are_two_gateways_and_sim001_is_behind_one() -> None:
    assert [config.gateway.uid for config in CONFIGS] == ["GW-PRESS", "GW-UTILITIES"]
    assert [tag.name for tag in DEVICES["SIM001"].tags] == ["temperature", "pressure", "rpm"]


def test_the_plant_has_several_areas_and_devices_of_believable_size() -> None:
    assert 7 <= len(DEVICES) <= 9
    assert 4 <= len({device.area for device in DEVICES.values()}) <= 5
    assert all(3 <= len(device.tags) <= 8 for device in DEVICES.values())


def test_the_plant_uses_every_type_table_and_word_order() -> None:
    tags = [tag for _, tag in TAGS]
    assert {tag.table for tag in tags} == {"holding", "input", "coil", "discrete"}
    assert {tag.order for tag in tags} == {"ABCD", "CDAB", "BADC", "DCBA"}
    assert len({tag.type for tag in tags}) == 9


@pytest.mark.parametrize(("device", "tag"), TAGS, ids=lambda item: getattr(item, "uid", item.name))
def test_a_tag_can_be_shown(device: DeviceConfig, tag: Point) -> None:
    assert tag.label
    assert device.name
    assert 500 <= tag.scan_ms <= 2000
    assert (tag.low is None) == (tag.high is None)
    assert tag.type != "bool" or tag.table in BIT_TABLES


# ------------------------------------------------------------------ the registers


async def test_every_tag_reads_back_within_its_resolution_by_the_reads_a_gateway_plans() -> None:
    seen: set[tuple[str, str]] = set()
    async with running(CONFIGS, clock=lambda: NOW_S) as plant:
        for config in CONFIGS:
            for connection in config.connections:
                host, port = plant.addresses[connection.name].rsplit(":", 1)
                client = AsyncModbusTcpClient(host, port=int(port), timeout=30, retries=0)
                assert await client.connect()
                for device in config.devices:
                    if device.connection == connection.name:
                        seen |= await check_device(client, plant, device)
                client.close()
    assert len(seen) == len(TAGS)


async def check_device(
    client: AsyncModbusTcpClient, plant: Simulation, device: DeviceConfig
) -> set[tuple[str, str]]:
    read = {
        "holding": client.read_holding_registers,
        "input": client.read_input_registers,
        "coil": client.read_coils,
        "discrete": client.read_discrete_inputs,
    }
    truth, seen = plant.devices[device.uid].process.values, set()
    for block in plan_reads(device.tags, device):
        answer = await read[block.table](block.address, count=block.size, device_id=device.unit)
        assert not answer.isError(), (device.uid, block)
        words = answer.bits if block.table in BIT_TABLES else answer.registers
        for tag in block.tags:
            value = decode(tag, block.words_of(tag, words)).value
            assert value == pytest.approx(truth[tag.name], abs=resolution(tag, truth[tag.name]))
            seen.add((device.uid, tag.name))
    return seen


def resolution(tag: Point, value: float) -> float:
    """Greatest rounding error of the register, in the tag's unit."""
    if tag.type == "float32":
        return abs(value) * 2**-24
    return 0.0 if tag.type in {"float64", "bool"} else abs(tag.scale) * 0.500001


# ------------------------------------------------------------------ the physics


def test_no_value_leaves_its_physical_bounds_in_hours(shift: list[Values]) -> None:
    for device, tag in TAGS:
        values = course(shift, device.uid, tag.name)
        low, high = PHYSICAL.get(tag.unit, (0, math.inf))
        if tag.type == "bool":
            high = 1
        assert low <= min(values), (device.uid, tag.name)
        assert max(values) <= high, (device.uid, tag.name)


def test_the_plant_is_within_its_normal_bands_nearly_always(shift: list[Values]) -> None:
    for device, tag in TAGS:
        if tag.low is not None and tag.high is not None:
            values = course(shift, device.uid, tag.name)
            outside = sum(not tag.low <= value <= tag.high for value in values)
            assert outside <= 0.02 * len(values), (device.uid, tag.name)


def test_every_tag_but_a_setpoint_moves(shift: list[Values]) -> None:
    still = {key for key in shift[0] if len({values[key] for values in shift}) == 1}
    assert still == {("FRN001", "setpoint"), ("BLR001", "pressure_setpoint")}


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32), st.floats(NOW_S, NOW_S + 10 * 365 * 86400))
def test_counters_never_fall_and_bounds_hold_whatever_the_seed(seed: int, start_s: float) -> None:
    values = simulate(600, seed=seed, start_s=start_s)
    for key in COUNTERS:
        assert all(a[key] <= b[key] for a, b in pairwise(values))
        assert values[-1][key] > values[0][key]
    for device, tag in TAGS:
        low, high = PHYSICAL.get(tag.unit, (0, math.inf))
        assert all(low <= v[device.uid, tag.name] <= high for v in values)


def test_the_same_seed_gives_the_same_plant() -> None:
    assert simulate(60) == simulate(60)
    assert simulate(60) != simulate(60, seed=7)


def test_a_counter_of_ten_years_still_fits_its_register() -> None:
    plant = Simulation(CONFIGS, clock=lambda: NOW_S + 10 * 365 * 86400)
    for uid, name in COUNTERS:
        device = plant.devices[uid]
        plant_value = device.process.values[name]
        device.set_value(name, plant_value)  # refused when the register cannot hold it


def test_active_power_is_voltage_times_current_times_power_factor(shift: list[Values]) -> None:
    for values in shift[::60]:
        volt, amp, factor = (values["PWR001", t] for t in ("voltage", "current", "power_factor"))
        expected_kw = math.sqrt(3) * volt * amp * factor / 1000
        assert values["PWR001", "power"] == pytest.approx(expected_kw)


def test_energy_is_the_integral_of_power(shift: list[Values]) -> None:
    for uid in ("PWR001", "FRN001"):
        energy, power = course(shift, uid, "energy"), course(shift, uid, "power")
        assert energy[-1] - energy[0] == pytest.approx(sum(power[1:]) / 3600, rel=1e-3)


def test_the_tank_gains_what_flows_in_less_what_flows_out(shift: list[Values]) -> None:
    level = course(shift, "TNK001", "level")
    net_m3 = sum(
        (values["TNK001", "inflow"] - values["TNK001", "outflow"]) / 3600 for values in shift[1:]
    )
    assert (level[-1] - level[0]) / 100 * 18 == pytest.approx(net_m3, abs=0.05)


def test_the_chilled_water_comes_back_warmer_by_the_heat_load(shift: list[Values]) -> None:
    for values in shift[::60]:
        rise = values["CHL001", "return_temperature"] - values["CHL001", "supply_temperature"]
        assert rise == pytest.approx(values["CHL001", "heat_load"] / 25)


def test_a_machine_at_rest_takes_little_current_and_does_not_shake(shift: list[Values]) -> None:
    resting = [values for values in shift if values["CMP001", "motor_running"] == 0]
    assert resting
    assert all(values["CMP001", "motor_current"] == 0 for values in resting)
    assert max(values["CMP001", "vibration"] for values in resting) <= 0.1


def test_the_furnace_follows_its_setpoint() -> None:
    plant = Simulation(CONFIGS, clock=lambda: NOW_S)
    furnace = plant.devices["FRN001"]
    furnace.set_value("setpoint", 500)
    for second in range(1, 1801):
        plant.advance(NOW_S + second)
    assert 485 < furnace.process.values["zone_1_temperature"] < 515
