"""Every kind of fault: what is broken, for how long, and how it is mended.

A fault lasts until something has happened (so many frames were written meanwhile), never for a
time: on a busy machine a second may be nothing. Whatever was killed, the caller revives.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tests.faults.processes import Process
from tests.faults.world import Gateway, World


class Fault(NamedTuple):
    """One entry of a schedule."""

    kind: str
    victim: int  # which gateway; or, of the web processes, even and odd
    frames: int  # that are spooled while it lasts

    def __str__(self) -> str:
        """Write it for the printed schedule."""
        return f"{self.kind}({self.victim}, {self.frames})"


WRITES: Final = "query ~ 'devices_reading|latest_stage|devices_position'"  # of ingest, not a commit
Break = Callable[[World, Fault], None]
KINDS: Final[dict[str, Break]] = {}


def kind(function: Break) -> Break:
    """Register a fault under the name of its function."""
    KINDS[function.__name__] = function
    return function


def ordinary_kinds() -> list[str]:
    """Return all kinds but the one that takes a spool of the smallest size."""
    return [name for name in KINDS if name != "overflow"]


def inflict(world: World, fault: Fault) -> None:
    """Break something, let it last, mend it."""
    KINDS[fault.kind](world, fault)
    world.heal()
    world.revive()


# ---------------------------------------------------------------- gateways and web processes


@kind
def gateway_kill(world: World, fault: Fault) -> None:
    """A gateway dies, and the machine starts it again at once."""
    _victim(world, fault).process.kill()


@kind
def gateway_pause(world: World, fault: Fault) -> None:
    """A gateway stands still while the others go on."""
    _pause(world, fault, _victim(world, fault).process)


@kind
def gateway_restart(world: World, fault: Fault) -> None:
    """A gateway is restarted by a service manager."""
    assert _victim(world, fault).process.terminate() == 0


@kind
def web_kill(world: World, fault: Fault) -> None:
    """The web process of the gateways dies."""
    world.webs[0].kill()
    world.wait_spooled(fault.frames)


@kind
def web_pause(world: World, fault: Fault) -> None:
    """The web process of the gateways stands still, as in a pause of its machine."""
    _pause(world, fault, world.webs[0])


@kind
def web_restart(world: World, fault: Fault) -> None:
    """A web process is restarted as for an update."""
    world.webs[fault.victim % 2].terminate()


@kind
def page_web_kill(world: World, fault: Fault) -> None:
    """The web process of the pages dies."""
    seen = world.page.connections
    world.webs[1].kill()
    world.wait_spooled(fault.frames)
    world.revive()
    world.wait(lambda: world.page.connections > seen, "the return of the page")


@kind
def page_web_pause(world: World, fault: Fault) -> None:
    """The web process of the pages stands still."""
    _pause(world, fault, world.webs[1])


@kind
def zombie(world: World, fault: Fault) -> None:
    """A web process stands still, its gateways move to the other one, and then it wakes up again.

    What lay in its sockets is offered by two processes at once, and has to be stored by one.
    """
    world.webs[0].pause()
    world.wait_spooled(fault.frames)
    _fail_over(world, fault)


@kind
def zombie_in_transaction(world: World, fault: Fault) -> None:
    """The same, and where it stands still it holds the numbers that the other one has to claim."""

    def caught() -> bool:
        world.webs[0].pause()
        if _writers(world, "pid"):
            return True
        world.webs[0].resume()
        return False

    world.wait(caught, "a transaction to stand still in")
    _fail_over(world, fault)


# ---------------------------------------------------------------- PostgreSQL


@kind
def postgres_kill(world: World, fault: Fault) -> None:
    """PostgreSQL's postmaster dies by SIGKILL."""
    _stop_postgres(world, signal.SIGKILL)
    world.wait_spooled(fault.frames)


@kind
def postgres_immediate(world: World, fault: Fault) -> None:
    """PostgreSQL is stopped without a checkpoint: it recovers from its log."""
    _stop_postgres(world, signal.SIGQUIT)
    world.wait_spooled(fault.frames)


@kind
def postgres_fast(world: World, fault: Fault) -> None:
    """PostgreSQL is restarted in an orderly way, with transactions under way."""
    _stop_postgres(world, signal.SIGINT)
    world.wait_spooled(fault.frames)


@kind
def backend_in_transaction(world: World, fault: Fault) -> None:
    """The connection that stores readings is ended in the middle of it."""
    _terminate_backend(world, WRITES)


@kind
def backend_in_commit(world: World, fault: Fault) -> None:
    """That connection is ended while it commits: nobody hears whether it did."""
    _terminate_backend(world, "query = 'COMMIT'")


@kind
def postgres_and_web_kill(world: World, fault: Fault) -> None:
    """PostgreSQL dies, and while frames wait for it, the web process that holds them."""
    _stop_postgres(world, signal.SIGKILL)
    world.wait_spooled(fault.frames)
    world.webs[0].kill()


@kind
def locked_table(world: World, fault: Fault) -> None:
    """Somebody holds the readings table for longer than a transaction waits for it."""
    waiting = (
        "select backend_xid::text from pg_stat_activity where application_name = 'sentinel'"
        " and wait_event_type = 'Lock' and query ~ 'devices_reading'"
    )
    tried: set[str] = set()

    def gave_up_once() -> bool:
        tried.update(xid for (xid,) in world.ground.query(waiting))
        return len(tried) > 1

    with world.ground.locked("devices_reading"):
        world.wait(gave_up_once, "a second transaction that waits for the table")


# ---------------------------------------------------------------- Valkey


@kind
def valkey_flush(world: World, fault: Fault) -> None:
    """Valkey is emptied."""
    world.ground.flush_valkey()


@kind
def valkey_kill(world: World, fault: Fault) -> None:
    """Valkey dies. Readings are stored meanwhile: it is not on their path."""
    valkey = world.ground.valkey.process
    assert valkey is not None
    valkey.kill()
    valkey.wait()
    world.wait_acked(fault.frames)


@kind
def valkey_pause(world: World, fault: Fault) -> None:
    """Valkey stands still. Readings are stored meanwhile."""
    valkey = world.ground.valkey.process
    assert valkey is not None
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        world.wait_acked(fault.frames)
    finally:
        os.kill(valkey.pid, signal.SIGCONT)


# ---------------------------------------------------------------- network


@kind
def cut(world: World, fault: Fault) -> None:
    """One line is cut, and can be made again at once."""
    world.network.do(_victim(world, fault).proxy.cut())


@kind
def outage(world: World, fault: Fault) -> None:
    """All lines are cut, and stay so."""
    for gateway in world.gateways:
        world.network.do(gateway.proxy.cut(stay_down=True))
    world.wait_spooled(fault.frames)


@kind
def overflow(world: World, fault: Fault) -> None:
    """All lines stay cut until every spool is full and has dropped something."""
    for gateway in world.gateways:
        world.network.do(gateway.proxy.cut(stay_down=True))
    world.wait(lambda: all(g.has_dropped() for g in world.gateways), "full spools")


@kind
def black_hole(world: World, fault: Fault) -> None:
    """One line swallows everything without a word, and brings it later."""
    gateway = _victim(world, fault)
    world.network.do(gateway.proxy.hold("up", "down"))
    world.wait_spooled(fault.frames, [gateway])


@kind
def half_open(world: World, fault: Fault) -> None:
    """One line swallows everything until the gateway gives it up and makes another one."""
    gateway = _victim(world, fault)
    seen = gateway.proxy.counts.opened
    world.network.do(gateway.proxy.hold("up", "down"))
    world.wait(lambda: gateway.proxy.counts.opened > seen, f"another line of {gateway.uid}")


@kind
def deaf(world: World, fault: Fault) -> None:
    """Frames arrive and are stored, but no ack gets back; then the line is cut."""
    gateway = _victim(world, fault)
    world.network.do(gateway.proxy.hold("down"))
    world.wait_spooled(fault.frames, [gateway])
    world.network.do(gateway.proxy.cut())


@kind
def torn_frame(world: World, fault: Fault) -> None:
    """One line ends in the middle of a frame."""
    gateway = _victim(world, fault)
    seen = gateway.proxy.counts.torn
    world.network.do(gateway.proxy.tear(100 + fault.frames))
    world.wait(lambda: gateway.proxy.counts.torn > seen, f"a torn frame of {gateway.uid}")


@kind
def delay(world: World, fault: Fault) -> None:
    """One line is as long as to a satellite."""
    gateway = _victim(world, fault)
    world.network.do(gateway.proxy.delay(0.6))
    world.wait_spooled(fault.frames, [gateway])


@kind
def trickle(world: World, fault: Fault) -> None:
    """One line brings byte by byte."""
    gateway = _victim(world, fault)
    seen = gateway.proxy.counts.trickled
    world.network.do(gateway.proxy.trickle())
    world.wait(lambda: gateway.proxy.counts.trickled > seen + 500, "500 bytes, one by one")


# ---------------------------------------------------------------- plant


@kind
def dead_unit(world: World, fault: Fault) -> None:
    """A device does not answer: bad readings, and events of its going and coming."""
    assert world.plant is not None
    gateway = _victim(world, fault)
    world.plant.fault(gateway.devices[0], "dead")
    world.wait_spooled(fault.frames)
    world.plant.fault(gateway.devices[0], "clear")


# ---------------------------------------------------------------- parts


def _victim(world: World, fault: Fault) -> Gateway:
    return world.gateways[fault.victim % len(world.gateways)]


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


def _stop_postgres(world: World, how: signal.Signals) -> None:
    server = world.ground.postgres.process
    assert server is not None
    server.send_signal(how)
    server.wait()


def _writers(world: World, what: str, busy_with: str = WRITES) -> list[tuple[Any, ...]]:
    """Ask something of every session that stores readings at this very moment."""
    return world.ground.query(
        f"select {what} from pg_stat_activity where application_name = 'sentinel'"
        f" and backend_xid is not null and {busy_with}"
    )


def _terminate_backend(world: World, busy_with: str) -> None:
    def hit() -> bool:
        return bool(_writers(world, "pg_terminate_backend(pid)", busy_with))

    world.wait(hit, "a transaction to break")
