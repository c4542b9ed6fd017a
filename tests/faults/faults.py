"""Every kind of fault: what is broken, for how long, and how it is mended.

A fault lasts until something has happened (so many frames were written meanwhile), never for a
time: on a busy machine a second may be nothing. Whatever was killed is revived here.
"""

from __future__ import annotations

from typing import Final

from tests.faults import faults_of_network, faults_of_processes, faults_of_servers
from tests.faults.fault import Break, Fault
from tests.faults.world import World

KINDS: Final[dict[str, Break]] = {
    fault.__name__: fault
    for fault in (
        *faults_of_processes.FAULTS,
        *faults_of_servers.FAULTS,
        *faults_of_network.FAULTS,
    )
}


def ordinary_kinds() -> list[str]:
    """Return all kinds but the one that takes a spool of the smallest size."""
    return [name for name in KINDS if name != "overflow"]


def inflict(world: World, fault: Fault) -> None:
    """Break something, let it last, mend it."""
    KINDS[fault.kind](world, fault)
    world.heal()
    world.revive()
