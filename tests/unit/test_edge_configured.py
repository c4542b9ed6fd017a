"""Parts become a whole, and what is told of devices is what changed."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.configured import MAX_CHARACTERS, Packed, Parts
from edge.wellbeing import COUNTERS_EVERY_S, Wellbeing
from edge.wire import Configuration, UnitHealth
from edge.wire.configuration import PART_CHARACTERS, ConfigurationError, parts_of


def parts(version: int, texts: list[str]) -> list[Configuration]:
    return [Configuration(version, i + 1, len(texts), text) for i, text in enumerate(texts)]


@given(st.lists(st.text(max_size=5), min_size=1, max_size=6), st.integers(0, 5))
def test_parts_that_come_in_order_become_the_whole_whatever_came_before(
    texts: list[str], broken_off: int
) -> None:
    whole = Parts()
    for part in parts(1, ["x"] * 9)[:broken_off]:
        assert whole.take(part) is None
    *first, last = parts(2, texts)
    assert [whole.take(part) for part in first] == [None] * len(first)
    assert whole.take(last) == Packed(2, "".join(texts))


@given(st.lists(st.sampled_from(parts(1, ["a", "b", "c"]) + parts(2, ["d", "e"])), max_size=12))
def test_no_order_of_parts_makes_something_else_of_them(frames: list[Configuration]) -> None:
    whole = Parts()
    for frame in frames:
        with contextlib.suppress(ConfigurationError):
            assert whole.take(frame) in {None, Packed(1, "abc"), Packed(2, "de")}


def test_a_configuration_without_end_is_given_up() -> None:
    whole = Parts()
    count = MAX_CHARACTERS // PART_CHARACTERS
    frames = parts(1, ["x" * PART_CHARACTERS] * (count + 1))
    assert [whole.take(frame) for frame in frames[:count]] == [None] * count
    with pytest.raises(ConfigurationError, match="longer than"):
        whole.take(frames[count])


@given(st.integers(0, 3 * PART_CHARACTERS))
def test_what_the_cloud_cuts_the_gateway_puts_together(size: int) -> None:
    whole = Parts()
    *_, last = (whole.take(part) for part in parts(1, parts_of("x" * size)))
    assert last == Packed(1, "x" * size)


UP = UnitHealth("D1", state="up", requests=10)


def test_a_new_connection_hears_of_every_device() -> None:
    (health,) = Wellbeing().news([UP, UnitHealth("D2")], 0.0)
    assert [unit.device for unit in health.units] == ["D1", "D2"]


def test_a_device_that_goes_down_is_told_at_once_and_one_that_did_not_change_never() -> None:
    wellbeing = Wellbeing()
    wellbeing.news([UP, UnitHealth("D2")], 0.0)
    down = msgspec.structs.replace(UP, state="down", timeouts=1, error="no answer")
    (health,) = wellbeing.news([down, UnitHealth("D2")], 5.0)
    assert health.units == [down]
    assert wellbeing.news([down, UnitHealth("D2")], 1_000.0) == []


def test_mere_counting_is_told_now_and_then() -> None:
    wellbeing = Wellbeing()
    wellbeing.news([UP], 0.0)
    later = msgspec.structs.replace(UP, requests=11, latency_ms=2.0)
    assert wellbeing.news([later], COUNTERS_EVERY_S - 0.1) == []
    (health,) = wellbeing.news([later], COUNTERS_EVERY_S)
    assert health.units == [later]


def test_many_devices_are_told_in_several_frames() -> None:
    units = [UnitHealth(f"D{i}") for i in range(600)]
    told = [unit for health in Wellbeing().news(units, 0.0) for unit in health.units]
    assert told == units
