"""Lines that are cut, silent, slow or torn; and a device that does not answer."""

from __future__ import annotations

from typing import Final

from tests.faults.fault import Break, Fault, victim_of
from tests.faults.world import World


def cut(world: World, fault: Fault) -> None:
    """One line is cut, and can be made again at once."""
    world.network.do(victim_of(world, fault).proxy.cut())


def outage(world: World, fault: Fault) -> None:
    """All lines are cut, and stay so."""
    for gateway in world.gateways:
        world.network.do(gateway.proxy.cut(stay_down=True))
    world.wait_spooled(fault.frames)


def overflow(world: World, fault: Fault) -> None:
    """All lines stay cut until every spool is full and has dropped something."""
    for gateway in world.gateways:
        world.network.do(gateway.proxy.cut(stay_down=True))
    world.wait(lambda: all(g.has_dropped() for g in world.gateways), "full spools")


def black_hole(world: World, fault: Fault) -> None:
    """One line swallows everything without a word, and brings it later."""
    gateway = victim_of(world, fault)
    world.network.do(gateway.proxy.hold("up", "down"))
    world.wait_spooled(fault.frames, [gateway])


def half_open(world: World, fault: Fault) -> None:
    """One line swallows everything until the gateway gives it up and makes another one."""
    gateway = victim_of(world, fault)
    seen = gateway.proxy.counts.opened
    world.network.do(gateway.proxy.hold("up", "down"))
    world.wait(lambda: gateway.proxy.counts.opened > seen, f"another line of {gateway.uid}")


def deaf(world: World, fault: Fault) -> None:
    """Frames arrive and are stored, but no ack gets back; then the line is cut."""
    gateway = victim_of(world, fault)
    world.network.do(gateway.proxy.hold("down"))
    world.wait_spooled(fault.frames, [gateway])
    world.network.do(gateway.proxy.cut())


def torn_frame(world: World, fault: Fault) -> None:
    """One line ends in the middle of a frame."""
    gateway = victim_of(world, fault)
    seen = gateway.proxy.counts.torn
    world.network.do(gateway.proxy.tear(100 + fault.frames))
    world.wait(lambda: gateway.proxy.counts.torn > seen, f"a torn frame of {gateway.uid}")


def delay(world: World, fault: Fault) -> None:
    """One line is as long as to a satellite."""
    gateway = victim_of(world, fault)
    world.network.do(gateway.proxy.delay(0.6))
    world.wait_spooled(fault.frames, [gateway])


def trickle(world: World, fault: Fault) -> None:
    """One line brings byte by byte."""
    gateway = victim_of(world, fault)
    seen = gateway.proxy.counts.trickled
    world.network.do(gateway.proxy.trickle())
    world.wait(lambda: gateway.proxy.counts.trickled > seen + 500, "500 bytes, one by one")


def dead_unit(world: World, fault: Fault) -> None:
    """A device does not answer: bad readings, and events of its going and coming."""
    assert world.plant is not None
    gateway = victim_of(world, fault)
    world.plant.fault(gateway.devices[0], "dead")
    world.wait_spooled(fault.frames)
    world.plant.fault(gateway.devices[0], "clear")


FAULTS: Final[tuple[Break, ...]] = (
    cut,
    outage,
    overflow,
    black_hole,
    half_open,
    deaf,
    torn_frame,
    delay,
    trickle,
    dead_unit,
)
