"""Gateways and web processes that die, stand still, or are started again."""

from __future__ import annotations

from typing import Final

from tests.faults.fault import Break, Fault, victim_of, writers_of
from tests.faults.processes import Process
from tests.faults.world import World


def gateway_kill(world: World, fault: Fault) -> None:
    """A gateway dies, and the machine starts it again at once."""
    victim_of(world, fault).process.kill()


def gateway_pause(world: World, fault: Fault) -> None:
    """A gateway stands still while the others go on."""
    _pause(world, fault, victim_of(world, fault).process)


def gateway_restart(world: World, fault: Fault) -> None:
    """A gateway is restarted by a service manager."""
    assert victim_of(world, fault).process.terminate() == 0


def web_kill(world: World, fault: Fault) -> None:
    """The web process of the gateways dies."""
    world.webs[0].kill()
    world.wait_spooled(fault.frames)


def web_pause(world: World, fault: Fault) -> None:
    """The web process of the gateways stands still, as in a pause of its machine."""
    _pause(world, fault, world.webs[0])


def web_restart(world: World, fault: Fault) -> None:
    """A web process is restarted as for an update."""
    world.webs[fault.victim % 2].terminate()


def page_web_kill(world: World, fault: Fault) -> None:
    """The web process of the pages dies."""
    seen = world.page.connections
    world.webs[1].kill()
    world.wait_spooled(fault.frames)
    world.revive()
    world.wait(lambda: world.page.connections > seen, "the return of the page")


def page_web_pause(world: World, fault: Fault) -> None:
    """The web process of the pages stands still."""
    _pause(world, fault, world.webs[1])


def zombie(world: World, fault: Fault) -> None:
    """A web process stands still, its gateways move to the other one, and then it wakes up again.

    What lay in its sockets is offered by two processes at once, and has to be stored by one.
    """
    world.webs[0].pause()
    world.wait_spooled(fault.frames)
    _fail_over(world, fault)


def zombie_in_transaction(world: World, fault: Fault) -> None:
    """The same, and where it stands still it holds the numbers that the other one has to claim."""

    def caught() -> bool:
        world.webs[0].pause()
        if writers_of(world, "pid"):
            return True
        world.webs[0].resume()
        return False

    world.wait(caught, "a transaction to stand still in")
    _fail_over(world, fault)


def _pause(world: World, fault: Fault, process: Process) -> None:
    others = [gateway for gateway in world.gateways if gateway.process is not process]
    process.pause()
    try:
        world.wait_spooled(fault.frames, others)
    finally:
        process.resume()


def _fail_over(world: World, fault: Fault) -> None:
    """Bring the gateways to the other web process, wake the first one up, and bring them back."""
    _move(world, world.ports[1])
    world.wait_acked(1, each=True)
    world.webs[0].resume()
    world.wait_acked(fault.frames)
    _move(world, world.ports[0])


def _move(world: World, port: int) -> None:
    for gateway in world.gateways:
        world.network.do(gateway.proxy.move(port))
        world.network.do(gateway.proxy.cut())


FAULTS: Final[tuple[Break, ...]] = (
    gateway_kill,
    gateway_pause,
    gateway_restart,
    web_kill,
    web_pause,
    web_restart,
    page_web_kill,
    page_web_pause,
    zombie,
    zombie_in_transaction,
)
