"""PostgreSQL and Valkey that die, stand still, lose what they hold, or make others wait."""

from __future__ import annotations

import os
import signal
from typing import Final

from tests.faults.fault import WRITES, Break, Fault, writers_of
from tests.faults.world import World

# ---------------------------------------------------------------- PostgreSQL


def postgres_kill(world: World, fault: Fault) -> None:
    """PostgreSQL's postmaster dies by SIGKILL."""
    _stop_postgres(world, signal.SIGKILL)
    world.wait_spooled(fault.frames)


def postgres_immediate(world: World, fault: Fault) -> None:
    """PostgreSQL is stopped without a checkpoint: it recovers from its log."""
    _stop_postgres(world, signal.SIGQUIT)
    world.wait_spooled(fault.frames)


def postgres_fast(world: World, fault: Fault) -> None:
    """PostgreSQL is restarted in an orderly way, with transactions under way."""
    _stop_postgres(world, signal.SIGINT)
    world.wait_spooled(fault.frames)


def backend_in_transaction(world: World, fault: Fault) -> None:
    """The connection that stores readings is ended in the middle of it."""
    _terminate_backend(world, WRITES)


def backend_in_commit(world: World, fault: Fault) -> None:
    """That connection is ended while it commits: nobody hears whether it did."""
    _terminate_backend(world, "query = 'COMMIT'")


def postgres_and_web_kill(world: World, fault: Fault) -> None:
    """PostgreSQL dies, and while frames wait for it, the web process that holds them."""
    _stop_postgres(world, signal.SIGKILL)
    world.wait_spooled(fault.frames)
    world.webs[0].kill()


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


def _stop_postgres(world: World, how: signal.Signals) -> None:
    server = world.ground.postgres.process
    assert server is not None
    server.send_signal(how)
    server.wait()


def _terminate_backend(world: World, busy_with: str) -> None:
    def hit() -> bool:
        return bool(writers_of(world, "pg_terminate_backend(pid)", busy_with))

    world.wait(hit, "a transaction to break")


# ---------------------------------------------------------------- Valkey


def valkey_flush(world: World, fault: Fault) -> None:
    """Valkey is emptied."""
    world.ground.flush_valkey()


def valkey_kill(world: World, fault: Fault) -> None:
    """Valkey dies. Readings are stored meanwhile: it is not on their path."""
    valkey = world.ground.valkey.process
    assert valkey is not None
    valkey.kill()
    valkey.wait()
    world.wait_acked(fault.frames)


def valkey_pause(world: World, fault: Fault) -> None:
    """Valkey stands still. Readings are stored meanwhile."""
    valkey = world.ground.valkey.process
    assert valkey is not None
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        world.wait_acked(fault.frames)
    finally:
        os.kill(valkey.pid, signal.SIGCONT)


FAULTS: Final[tuple[Break, ...]] = (
    postgres_kill,
    postgres_immediate,
    postgres_fast,
    backend_in_transaction,
    backend_in_commit,
    postgres_and_web_kill,
    locked_table,
    valkey_flush,
    valkey_kill,
    valkey_pause,
)
