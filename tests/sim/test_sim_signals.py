from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sim.noise import jitter, smooth, uniform
from edge.sim.signals import (
    Affinity,
    Controller,
    Counter,
    Duty,
    Hysteresis,
    Level,
    Linear,
    Product,
    Step,
    Thermal,
    Vibration,
    Wander,
    Wave,
)

NOW_S = 1_795_600_000.0

seeds = st.integers(0, 2**32 - 1)
times = st.floats(NOW_S, NOW_S + 20 * 365 * 86400)
steps_s = st.floats(0.01, 600)
numbers = st.floats(-1e6, 1e6)


def at(
    tags: Mapping[str, float] | None = None,
    *,
    dt_s: float = 0.1,
    time_s: float = NOW_S,
    seed: int = 1,
) -> Step:
    return Step(time_s, dt_s, seed, tags or {})


def live(wave: Wave, tags: Mapping[str, float], *, steps: int, dt_s: float) -> Iterator[float]:
    state = wave.first(at(tags))
    for n in range(1, steps + 1):
        step = at(tags, dt_s=dt_s, time_s=NOW_S + n * dt_s)
        state = wave.next(state, step)
        yield wave.measure(state, step)


# ------------------------------------------------------------------ noise


@given(seeds, st.integers(-(2**60), 2**60), times)
def test_noise_stays_within_one(seed: int, index: int, time_s: float) -> None:
    assert -1 <= uniform(seed, index) < 1
    assert -1 <= smooth(seed, time_s / 300) <= 1
    assert -1 <= jitter(seed, time_s) <= 1


def test_noise_has_no_bias_and_depends_on_the_seed() -> None:
    values = [uniform(1, n) for n in range(20_000)]
    assert abs(sum(values) / len(values)) < 0.02
    assert abs(sum(v * v for v in values) / len(values) - 1 / 3) < 0.01
    assert values != [uniform(2, n) for n in range(20_000)]


@given(seeds, st.integers(0, 10**9))
def test_smooth_noise_has_no_jumps(seed: int, n: int) -> None:
    assert abs(smooth(seed, n / 1000) - smooth(seed, (n + 1) / 1000)) < 0.01


# ------------------------------------------------------------------ waves


@given(seeds, times, numbers, st.floats(0, 1e5), st.floats(0, 100))
def test_a_wander_keeps_to_its_swing_and_noise(
    seed: int, time_s: float, mean: float, swing: float, noise: float
) -> None:
    wave = Wander(mean=mean, swing=swing, noise=noise)
    step = at(time_s=time_s, seed=seed)
    assert abs(wave.measure(wave.first(step), step) - mean) <= swing + noise + 1e-6


@given(seeds, st.floats(0, 1))
def test_a_duty_cycle_is_on_for_its_part_of_the_period(seed: int, on: float) -> None:
    wave = Duty(period_s=100, on=on)
    states = [wave.first(at(time_s=NOW_S + n, seed=seed)) for n in range(100)]
    assert set(states) <= {0.0, 1.0}
    assert abs(sum(states) - 100 * on) <= 1


@given(numbers, numbers, st.floats(0.1, 1e5), st.lists(steps_s, max_size=50))
def test_a_thermal_lag_approaches_its_target_and_never_passes_it(
    start: float, target: float, tau_s: float, dts: list[float]
) -> None:
    wave = Thermal(base=target, gains={}, tau_s=tau_s, start=start)
    state, distance = start, abs(target - start)
    for dt_s in dts:
        state = wave.next(state, at(dt_s=dt_s))
        assert abs(target - state) <= distance + 1e-6
        distance = abs(target - state)


@given(st.floats(1, 1000), st.integers(1, 50))
def test_a_thermal_lag_does_not_depend_on_how_its_time_is_cut(tau_s: float, parts: int) -> None:
    wave = Thermal(base=20, gains={"load": 2}, tau_s=tau_s, start=0)
    [at_once] = live(wave, {"load": 30}, steps=1, dt_s=60)
    *_, in_parts = live(wave, {"load": 30}, steps=parts, dt_s=60 / parts)
    assert at_once == pytest.approx(in_parts)
    assert at_once == pytest.approx(80 * (1 - math.exp(-60 / tau_s)))


def test_a_pump_at_half_speed_gives_a_quarter_of_the_pressure() -> None:
    wave = Affinity(of="rpm", rated_of=1480, rated=6.4)
    assert wave.first(at({"rpm": 1480})) == pytest.approx(6.4)
    assert wave.first(at({"rpm": 740})) == pytest.approx(1.6)
    assert wave.first(at({"rpm": -5})) == 0


def test_a_product_multiplies_and_a_linear_wave_adds() -> None:
    tags = {"u": 400.0, "i": 10.0}
    assert Product(of=["u", "i"], factor=0.001).first(at(tags)) == pytest.approx(4.0)
    assert Linear(base=1, gains={"u": 0.5, "i": -2}).first(at(tags)) == pytest.approx(181.0)


@given(
    st.floats(0, 200),
    st.floats(0, 200),
    st.floats(0.5, 500),
    st.floats(0, 100),
    st.lists(steps_s, max_size=50),
)
def test_a_tank_gains_what_flows_in_less_what_flows_out_and_never_leaves_its_walls(
    inflow: float, outflow: float, capacity_m3: float, start: float, dts: list[float]
) -> None:
    wave = Level(inflow="in", outflow="out", capacity_m3=capacity_m3, start=start)
    level = start
    for dt_s in dts:
        after = wave.next(level, at({"in": inflow, "out": outflow}, dt_s=dt_s))
        gained_m3 = (inflow - outflow) * dt_s / 3600
        assert 0 <= after <= 100
        if 0 < after < 100:
            assert (after - level) / 100 * capacity_m3 == pytest.approx(gained_m3, abs=1e-6)
        level = after


@pytest.mark.parametrize(
    ("on_at", "off_at", "path", "expected"),
    [
        (35, 80, [50, 34, 50, 81, 50, 36, 35], [1, 1, 1, 0, 0, 0, 1]),  # fills
        (8.5, 6.5, [7, 8.6, 7, 6.4, 7, 8.4, 8.5], [1, 1, 1, 0, 0, 0, 1]),  # cools
    ],
)
def test_a_hysteresis_switches_at_its_ends_and_keeps_its_state_between(
    on_at: float, off_at: float, path: list[float], expected: list[float]
) -> None:
    wave = Hysteresis(of="x", on_at=on_at, off_at=off_at)
    state, states = wave.first(at({"x": path[0]})), []
    for x in path:
        state = wave.next(state, at({"x": x}))
        states.append(state)
    assert states == expected


@given(numbers, numbers)
def test_a_controller_stays_between_shut_and_open(setpoint: float, measured: float) -> None:
    wave = Controller(setpoint="sp", measured="pv", gain=4, bias=50)
    step = at({"sp": setpoint, "pv": measured})
    output = wave.measure(wave.first(step), step)
    assert output == min(max(50 + 4 * (setpoint - measured), 0), 100)


@given(seeds, st.integers(0, 200))
def test_a_bearing_wears_until_it_is_replaced(seed: int, hour: int) -> None:
    wave = Vibration(of="rpm", rated_of=1000, rms=2, wear=1.5, wear_hours=72)
    tags = {"rpm": 1000.0}
    now, later, replaced = (
        wave.first(at(tags, time_s=NOW_S + h * 3600, seed=seed))
        for h in (hour, hour + 1, hour + 72)
    )
    assert 2 <= now <= 5
    assert later > now or later < 2.1  # it grows, or it was just replaced
    assert replaced == pytest.approx(now)
    assert wave.first(at({"rpm": 0.0})) == 0


@given(st.lists(st.tuples(st.floats(-10, 200), steps_s), max_size=100))
def test_a_counter_never_falls_and_counts_the_integral(course: list[tuple[float, float]]) -> None:
    wave = Counter(of="power", per_s=1 / 3600, most_of=100)
    state = first = wave.first(at())
    total = 0.0
    for power, dt_s in course:
        after = wave.next(state, at({"power": power}, dt_s=dt_s))
        assert after >= state
        state, total = after, total + min(max(power, 0), 100) * dt_s / 3600
    assert state - first == pytest.approx(total, abs=1e-6)


@given(st.floats(0, 100), st.floats(1, 86400), st.floats(0, 86400))
def test_a_counter_does_not_fall_over_a_restart(power: float, ran_s: float, down_s: float) -> None:
    wave = Counter(of="power", per_s=1 / 3600, most_of=100)
    [last] = live(wave, {"power": power}, steps=1, dt_s=ran_s)
    assert wave.first(at(time_s=NOW_S + ran_s + down_s)) >= last - 1e-6
