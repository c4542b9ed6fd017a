"""Who is asked when on one connection, in simulated time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from simulated_line import Scene, device, tag

FAST = {"scan_ms": 1000}


def ten_devices() -> list[object]:
    return [device(unit, tag("a", 0, **FAST)) for unit in range(1, 11)]


def lateness(starts: list[float], period_s: float) -> list[float]:
    """How long after a moment of the grid each scan began."""
    return [start % period_s for start in starts]


async def test_scans_stay_on_their_grid_for_an_hour() -> None:
    scene = Scene(device(1, tag("a", 0, scan_ms=250)), until_s=3599.9)
    await scene.play()
    starts = scene.line.starts(1)
    assert len(starts) == 4 * 3600
    assert max(lateness([s + 1e-9 for s in starts], 0.25)) < 1e-6


@pytest.mark.parametrize("timeout_s", [0.5, 1.0, 3.0])
async def test_one_dead_unit_among_ten_leaves_the_nine_on_their_grid(timeout_s: float) -> None:
    scene = Scene(*ten_devices(), until_s=600.0, timeout_s=timeout_s)
    await scene.play()
    scene.line.asked.clear()
    scene.line.dead.add(5)
    scene.clock.until_s = 4200.0
    await scene.play()
    fell_silent = scene.line.starts(5)[1]
    for unit in {*range(1, 11)} - {5}:
        starts = [start for start in scene.line.starts(unit) if start > fell_silent + timeout_s + 1]
        assert len(starts) >= 3590 - 2 * timeout_s
        assert max(lateness([start + 1e-9 for start in starts], 1.0)) < 0.06
    probes = [asked for asked in scene.line.asked if asked.unit == 5][2:]
    assert 100 < len(probes) < 300  # every half minute at most
    assert max(probe.took_s for probe in probes) <= min(timeout_s, 1.0)


async def test_a_unit_that_was_dead_from_the_start_costs_at_most_one_timeout_in_a_while() -> None:
    scene = Scene(*ten_devices(), until_s=3600.0, timeout_s=3.0)
    scene.line.dead.add(5)
    await scene.play()
    long = [asked for asked in scene.line.asked if asked.took_s == 3.0][2:]
    assert len(long) <= 3600 / 30 / 8 + 1
    assert scene.poller.units[0].counters.overruns <= 3 * (2 + len(long))


async def test_a_dead_unit_is_taken_back_by_its_next_probe() -> None:
    scene = Scene(*ten_devices(), until_s=100.0)
    scene.line.dead.add(5)
    await scene.play()
    scene.line.dead.clear()
    scene.line.asked.clear()
    scene.clock.until_s = 200.0
    await scene.play()
    assert len(scene.line.starts(5)) >= 68
    assert scene.poller.units[4].health().state == "up"


async def test_five_dead_units_are_probed_one_at_a_time_between_the_scans_of_the_others() -> None:
    scene = Scene(*ten_devices(), until_s=60.0)
    await scene.play()
    dead = {1, 3, 5, 7, 9}
    scene.line.dead |= dead
    scene.clock.until_s = 90.0
    await scene.play()
    scene.line.asked.clear()
    scene.clock.until_s = 690.0
    await scene.play()
    order = [asked.unit in dead for asked in scene.line.asked]
    assert not any(a and b for a, b in pairwise(order))
    for unit in {*range(1, 11)} - dead:
        assert len(scene.line.starts(unit)) == 600
        assert max(lateness([s + 1e-9 for s in scene.line.starts(unit)], 1.0)) < 0.06


async def test_a_slow_unit_is_found_by_a_probe_that_waits_for_the_whole_timeout() -> None:
    scene = Scene(*ten_devices(), until_s=600.0, timeout_s=2.0)
    scene.line.latency_s[5] = 1.5  # longer than the line is ever idle
    await scene.play()
    assert any(asked.took_s == 1.5 for asked in scene.line.asked if asked.unit == 5)


async def test_the_retry_of_a_silent_unit_waits_for_the_others() -> None:
    scene = Scene(*ten_devices(), until_s=4.0, timeout_s=0.5)
    scene.line.dead.add(1)
    await scene.play()
    assert [asked.unit for asked in scene.line.asked[:11]] == [1, *range(2, 11), 1]


async def test_a_fast_scan_goes_between_the_requests_of_a_slow_one() -> None:
    slow = [tag(f"s{i}", 100 * i, scan_ms=10_000) for i in range(20)]
    scene = Scene(device(1, *slow), device(2, tag("f", 0, scan_ms=200)), until_s=9.9)
    scene.line.latency_s[1] = 0.1  # the whole slow scan takes ten periods of the fast one
    await scene.play()
    starts = scene.line.starts(2)
    assert len(starts) == 50
    assert max(lateness([start + 1e-9 for start in starts], 0.2)) <= 0.1 + 1e-6
    assert len(scene.line.starts(1)) == 20


async def test_what_cannot_be_kept_is_counted_and_shared_by_all() -> None:
    devices = [device(unit, tag("a", 0, scan_ms=100)) for unit in (1, 2, 3)]
    scene = Scene(*devices, until_s=60.0)
    scene.line.latency_s = dict.fromkeys((1, 2, 3), 0.1)  # three times what the line can carry
    await scene.play()
    counts = [len(scene.line.starts(unit)) for unit in (1, 2, 3)]
    assert max(counts) - min(counts) <= 2
    for unit, count in zip(scene.poller.units, counts, strict=True):
        assert abs(unit.counters.overruns - (600 - count)) <= 3


async def test_a_line_that_is_never_idle_still_probes() -> None:
    devices = [device(unit, tag("a", 0, scan_ms=100)) for unit in (1, 2)]
    scene = Scene(*devices, until_s=120.0)
    scene.line.latency_s[1] = 0.2
    scene.line.dead.add(2)
    await scene.play()
    assert len(scene.line.starts(2)) > 5


async def test_a_changed_configuration_leaves_equal_devices_as_they_are() -> None:
    first, second = device(1, tag("a", 0, **FAST)), device(2, tag("a", 0, **FAST))
    scene = Scene(first, second, until_s=10.5)
    await scene.play()
    kept = scene.poller.units[0]
    changed = device(2, tag("b", 4, scan_ms=500))
    scene.poller.change_devices([first, changed, device(3, tag("c", 0, **FAST))])
    scene.clock.until_s = 20.5
    await scene.play()
    assert scene.poller.units[0] is kept
    assert [unit.config.unit for unit in scene.poller.units] == [1, 2, 3]
    asked = [(a.unit, a.address) for a in scene.line.asked if a.at_s > 10.5]
    assert asked.count((1, 0)) == 10
    assert asked.count((2, 4)) == 20
    assert asked.count((3, 0)) == 10
    assert (2, 0) not in asked
