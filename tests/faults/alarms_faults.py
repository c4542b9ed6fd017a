"""What is killed while alarms move, and for how long: until something has happened."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Sequence
from typing import Final

import psycopg2

from tests.faults.alarms_world import AlarmsWorld

Break = Callable[[AlarmsWorld], None]
LASTS: Final = 15  # crossings that are stored while something is dead, where that can be
HELD: Final = 3  # messages without an answer; a worker has four at once
_WRITES: Final = "query ~ 'alarms_|devices_reading|latest_stage|devices_position'"


def uvicorn_kill(world: AlarmsWorld) -> None:
    """The web process of the page dies; the other one takes everything."""
    world.webs[0].kill()
    world.wait_crossings(LASTS)


def daphne_kill(world: AlarmsWorld) -> None:
    """The other web process dies."""
    world.webs[1].kill()
    world.wait_crossings(LASTS)


def uvicorn_kill_in_transaction(world: AlarmsWorld) -> None:
    """It stands still in the middle of a transaction, and then it dies there."""

    def caught() -> bool:
        world.webs[0].pause()
        if writers_of(world, "pid", _WRITES):
            return True
        world.webs[0].resume()
        return False

    world.wait(caught, "a transaction to die in")
    world.webs[0].kill()
    world.wait_crossings(LASTS)


def both_webs_kill(world: AlarmsWorld) -> None:
    """Nobody takes anything for a while."""
    for web in world.webs:
        web.kill()
    world.wait_failed(8)


def worker_kill(world: AlarmsWorld) -> None:
    """The worker dies, with beat and whatever its processes were doing."""
    world.worker.kill()
    world.wait_crossings(LASTS)


def worker_kill_sending(world: AlarmsWorld) -> None:
    """The worker dies when the receiver has messages of which the worker heard no answer."""
    world.receiver.hold()
    try:
        world.wait(lambda: world.receiver.held >= HELD, "messages without an answer")
        world.worker.kill()
    finally:
        world.receiver.release()


def postgres_kill(world: AlarmsWorld) -> None:
    """PostgreSQL's postmaster dies by SIGKILL."""
    server = world.ground.postgres.process
    assert server is not None
    server.send_signal(signal.SIGKILL)
    server.wait()
    world.wait_failed(8)


def postgres_and_webs_kill(world: AlarmsWorld) -> None:
    """PostgreSQL dies, and then the web processes that wait for it."""
    postgres_kill(world)
    both_webs_kill(world)


def backend_in_commit(world: AlarmsWorld) -> None:
    """A connection is ended while it commits: nobody hears whether it did."""
    world.wait(
        lambda: bool(writers_of(world, "pg_terminate_backend(pid)", "query = 'COMMIT'")),
        "a commit to break",
    )


def valkey_flush(world: AlarmsWorld) -> None:
    """Valkey is emptied: wakes of the worker and what the pages were told are gone."""
    world.ground.flush_valkey()


KINDS: Final[tuple[Break, ...]] = (
    uvicorn_kill,
    uvicorn_kill_in_transaction,
    daphne_kill,
    both_webs_kill,
    worker_kill,
    worker_kill_sending,
    postgres_kill,
    postgres_and_webs_kill,
    backend_in_commit,
    valkey_flush,
)


def make_schedule(seed: int, count: int, kinds: Sequence[Break] = KINDS) -> list[Break]:
    """Draw a schedule: every kind has its turn before one comes again, in any order."""
    draw, drawn = random.Random(seed), list[Break]()
    while len(drawn) < count:
        drawn += draw.sample(kinds, len(kinds))
    return drawn[:count]


def writers_of(world: AlarmsWorld, what: str, busy_with: str) -> list[tuple[object, ...]]:
    """Ask something of every session that is in a transaction that writes, at this very moment."""
    try:
        return world.ground.query(
            f"select {what} from pg_stat_activity where application_name = 'sentinel'"
            f" and backend_xid is not null and {busy_with}"
        )
    except psycopg2.OperationalError:
        return []
