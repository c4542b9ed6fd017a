"""When a device is asked again for what it refused."""

from __future__ import annotations

from edge.holes import FIRST_S, LONGEST_S, Looks
from edge.plan import Block, Hole

HOLE = Hole("holding", 5, 6)
BLOCK = Block("holding", 5, 1, ())
OTHER = Hole("holding", 9, 10)
OTHER_BLOCK = Block("holding", 9, 1, ())


def pauses(looks: Looks, count: int) -> list[float]:
    """Look in vain so many times, each time at the first moment at which it is due."""
    found, now = [], 0.0
    for _ in range(count):
        pause = 0.0
        while looks.due(now + pause) is None:
            pause += FIRST_S
        now += pause
        found.append(pause)
        looks.was_in_vain(HOLE, now)
    return found


def test_a_look_comes_after_a_minute_then_after_twice_as_long_up_to_an_hour() -> None:
    looks = Looks()
    looks.add(HOLE, BLOCK, 0.0)
    assert pauses(looks, 8) == [60, 120, 240, 480, 960, 1920, LONGEST_S, LONGEST_S]


def test_one_hole_is_looked_at_at_a_time_the_one_that_waited_longest_first() -> None:
    looks = Looks()
    looks.add(OTHER, OTHER_BLOCK, 1.0)
    looks.add(HOLE, BLOCK, 0.0)
    assert looks.due(FIRST_S - 0.1) is None
    assert looks.due(FIRST_S + 1) == (HOLE, BLOCK)
    looks.forget(HOLE)
    assert looks.due(FIRST_S + 1) == (OTHER, OTHER_BLOCK)


def test_a_hole_that_is_found_again_keeps_its_time_and_a_cleared_one_has_none() -> None:
    looks = Looks()
    looks.add(HOLE, BLOCK, 0.0)
    looks.add(HOLE, BLOCK, 30.0)
    assert looks.due(FIRST_S) == (HOLE, BLOCK)
    looks.clear()
    assert looks.due(LONGEST_S) is None
