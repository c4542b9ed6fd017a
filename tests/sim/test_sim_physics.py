"""All tags of one device, stepped together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.config import ConfigError, load_config
from edge.sim.process import LONGEST_STEP_S, Process

NOW_S = 1_795_600_000.0

DEVICE = """
[gateway]
url = "ws://127.0.0.1/"
uid = "GW"
spool = "spool"
[[connection]]
name = "plc"
host = "127.0.0.1"
[[device]]
uid = "DEV"
connection = "plc"
[[device.tag]]
name = "temperature"
address = 0
type = "float32"
sim = { wave = "thermal", base = 20, gains = { rpm = 0.03 }, tau_s = 60, noise = 0.5 }
[[device.tag]]
name = "rpm"
address = 2
type = "float32"
sim = SIM
"""
RPM = '{ wave = "wander", mean = 1400, swing = 100, noise = 3 }'


def start(tmp_path: Path, sim: str = RPM, *, seed: int = 1) -> Process:
    file = tmp_path / "device.toml"
    file.write_text(DEVICE.replace("SIM", sim), encoding="utf-8")
    return Process(load_config(file, {}).devices[0], seed=seed, time_s=NOW_S)


def history(process: Process, seconds: int) -> list[dict[str, float]]:
    values = []
    for n in range(1, seconds * 10 + 1):
        process.advance(NOW_S + n / 10)
        values.append(dict(process.values))
    return values


def test_the_same_seed_and_times_give_the_same_values(tmp_path: Path) -> None:
    once, again = (history(start(tmp_path), 30) for _ in range(2))
    assert once == again
    assert once != history(start(tmp_path, seed=2), 30)


def test_a_device_starts_in_its_steady_state(tmp_path: Path) -> None:
    values = start(tmp_path, '{ wave = "constant", value = 1000 }').values
    assert values["rpm"] == 1000
    assert abs(values["temperature"] - 50) <= 0.5


def test_time_that_was_lost_is_not_lived_through(tmp_path: Path) -> None:
    late, prompt = start(tmp_path), start(tmp_path)
    for process in (late, prompt):
        process.hold("rpm", 0)
    late.advance(NOW_S + 3600)
    prompt.advance(NOW_S + LONGEST_STEP_S)
    assert late.values["temperature"] == pytest.approx(prompt.values["temperature"], abs=1.0)


def test_a_clock_that_is_set_back_does_not_stop_the_process(tmp_path: Path) -> None:
    process = start(tmp_path)
    process.advance(NOW_S - 3600)
    before = dict(process.values)
    process.advance(NOW_S - 3599.5)
    assert process.values != before


@pytest.mark.parametrize(
    ("sim", "complaint"),
    [
        ("{ value = 1 }", "wave"),
        ('{ wave = "sawtooth" }', "sawtooth"),
        ('{ wave = "constant" }', "value"),
        ('{ wave = "constant", value = 1, valu = 2 }', "valu"),
        ('{ wave = "wander", mean = 1, swing = 1, period_s = 0 }', "period_s"),
        ('{ wave = "affinity", of = "speed", rated_of = 1, rated = 1 }', "no tag 'speed'"),
        ('{ wave = "counter", per_s = 1, most_of = 3 }', "both of and most_of"),
        ('{ wave = "text", value = "on" }', "of strings"),
    ],
)
def test_a_bad_wave_is_refused_with_its_device_and_tag(
    tmp_path: Path, sim: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=f"device DEV, tag rpm: sim: .*{complaint}"):
        start(tmp_path, sim)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_temperature_follows_speed_within_its_physical_bounds(seed: int) -> None:
    device = load_config(Path(__file__).parents[2] / "edge/sim/plant/gw-utilities.toml", {})
    pump = next(d for d in device.devices if d.uid == "SIM001")
    process = Process(pump, seed=seed, time_s=NOW_S)
    for second in range(1, 3601):
        process.advance(NOW_S + second)
        values = process.values
        assert 1338 - 0.1 <= values["rpm"] <= 1562 + 0.1
        assert 31 + 0.0235 * 1338 - 0.3 <= values["temperature"] <= 31 + 0.0235 * 1562 + 0.3
        assert values["pressure"] == pytest.approx(6.4 * (values["rpm"] / 1480) ** 2, abs=0.04)
