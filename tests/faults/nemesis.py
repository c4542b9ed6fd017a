"""Breaks one thing after another, by a schedule that its seed gives again."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from typing import Final

from tests.faults.fault import Fault
from tests.faults.faults import inflict
from tests.faults.world import World

SHORT: Final = (5, 40)  # frames that are spooled while a fault lasts
LONG: Final = (200, 300)  # of all gateways together; more than 5 s, so readings become history
SETTLE: Final = 20  # frames stored between two faults


def make_schedule(seed: int, count: int, gateways: int, kinds: Sequence[str]) -> list[Fault]:
    """Draw a schedule: every kind has its turn before one comes again, in any order."""
    draw = random.Random(seed)
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += draw.sample(kinds, len(kinds))
    return [
        Fault(kind, draw.randrange(gateways), draw.randint(*(LONG if kind == "outage" else SHORT)))
        for kind in drawn[:count]
    ]


def torment(world: World, schedule: Sequence[Fault]) -> None:
    """Inflict the faults, with some frames stored in between; after the last one, of each."""
    for number, fault in enumerate(schedule, 1):
        say(f"  {number:3} {fault}")
        inflict(world, fault)
        # now and then all must have recovered; otherwise faults meet others that still heal
        world.wait_acked(SETTLE, each=False)
        if number % 4 == 0 or number == len(schedule):
            world.wait_acked(1, each=True)


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
