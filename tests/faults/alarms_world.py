"""A site whose alarms move: web processes, a worker, senders, an operator, a page, a receiver."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec
import psycopg2

from project.embedded.process import free_port
from tests.alarms.notify.notify_https import write_certificate
from tests.e2e.running import answers, documented
from tests.faults.alarms_driver import Driver
from tests.faults.alarms_operator import Operator
from tests.faults.alarms_receiver import Receiver, receiver
from tests.faults.ground import Ground
from tests.faults.nemesis import say
from tests.faults.network import Network
from tests.faults.page import Page
from tests.faults.processes import Process, wait_for
from tests.faults.world import APPLICATION, Server

SERVERS: Final[tuple[Server, Server]] = ("web", "web-daphne")
WORKER: Final = "celery -A project"
LOOPBACK: Final = "127.0.0.0/8,::1/128"
STUCK_S: Final = 15.0  # a post that takes longer is worth a look at what it waits for
_ACTIVITY: Final = """
select pid, state, wait_event_type, wait_event, now() - xact_start, pg_blocking_pids(pid),
       left(query, 100)
from pg_stat_activity where xact_start is not null and application_name = 'sentinel'"""


class Seeded(msgspec.Struct):
    """What `tests.faults.alarms_seed` printed."""

    site: int
    uid: str  # of the device
    token: str
    alarms: dict[str, int]  # by tag
    routes: dict[str, int]  # by path at the receiver
    session: str  # of the operator


class AlarmsWorld:
    """Started by `open_alarms_world`."""

    def __init__(
        self, name: str, ground: Ground, network: Network, book: Receiver, application: str
    ) -> None:
        self.name, self.ground, self.network, self.receiver = name, ground, network, book
        self.folder = ground.folder / name
        self._looked = False
        self.ports = [free_port() for _ in SERVERS]
        self.webs = [
            self._web(server, port, application)
            for server, port in zip(SERVERS, self.ports, strict=True)
        ]
        self.worker = self._worker()
        if not (ground.folder / "static").exists():  # what a page of an error is drawn with
            ground.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        told = ground.run("-m", "tests.faults.alarms_seed", name, str(book.port))
        self.seeded = msgspec.json.decode(told, type=Seeded)
        self.topic = f"alarms:{self.seeded.site}"
        self.page = Page(self.ports[0], self.seeded.session, (self.topic,))

    @property
    def environment(self) -> dict[str, str]:
        """What all processes share."""
        return self.ground.environment | {
            "CHANNEL_PREFIX": self.name,
            "LOG_LEVEL": "INFO",
            "NOTIFY_ALLOW_NETWORKS": LOOPBACK,
            "SSL_CERT_FILE": str(certificate_of(self.folder)),
        }

    def _web(self, server: Server, port: int, application: str) -> Process:
        command = documented(server).replace(APPLICATION, application)
        own = {"PORT": str(port), "ALLOWED_ORIGINS": f"http://127.0.0.1:{port}"}
        return Process(server, command, self.environment | own, self.folder / f"{server}.log")

    def _worker(self) -> Process:
        command = documented("worker").replace(WORKER, "celery -A tests.faults.alarms_worker")
        own = {"BEAT_SCHEDULE": str(self.folder / "beat")}
        return Process("worker", command, self.environment | own, self.folder / "worker.log")

    # ------------------------------------------------------------ life

    def start(self, stack: ExitStack, seed: int) -> None:
        """Start everything; the stack ends it."""
        stack.callback(self._finish)
        self.revive()
        for port in self.ports:
            self.wait(lambda port=port: answers(f"http://127.0.0.1:{port}/readyz"), "a web process")
        self.network.begin(self.page.stay_open())
        seeded = self.seeded
        self.driver = Driver(self.ports, seeded.uid, seeded.token, seed)
        self.operator = Operator(self.ports, seeded.session, self.name, seed)
        stack.callback(self.operator.give_up)
        stack.callback(self.driver.give_up)
        self.wait(lambda: self.page.connections > 0, "the first snapshot of the page")
        self.driver.start()
        self.operator.start()

    def _finish(self) -> None:
        for process in self.processes:
            process.finish()

    @property
    def processes(self) -> list[Process]:
        """All that may be killed, apart from the servers."""
        return [*self.webs, self.worker]

    def revive(self) -> None:
        """Start whatever is not running.

        Raises:
            AssertionError: something ended that nobody had told to.
        """
        self.ground.revive()
        for process in self.processes:
            if not process.is_up():
                process.start()

    # ------------------------------------------------------------ progress

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something that must come true.

        Raises:
            AssertionError: it did not, or something failed meanwhile.
        """

        def met() -> bool:
            for process in self.processes:
                process.is_up()
            if hasattr(self, "operator"):
                for error in [*self.driver.errors, *self.operator.errors]:
                    raise AssertionError("a sender or the operator was refused") from error
                self._look_at_stuck()
            return condition()

        wait_for(met, what, *(process.log for process in self.processes))

    def _look_at_stuck(self) -> None:
        """Print once what PostgreSQL is doing when a post is not acknowledged for long."""
        if self._looked or not self.driver.stuck(STUCK_S):
            return
        try:
            rows = self.ground.query(_ACTIVITY)
        except psycopg2.OperationalError as error:
            rows = [(str(error),)]
        self._looked = True
        say("\n".join(["a post is stuck; transactions:", *map(str, rows)]))

    def wait_crossings(self, count: int) -> None:
        """Wait until so many crossings more are acknowledged."""
        goal = self.driver.crossings + count
        self.wait(lambda: self.driver.crossings >= goal, f"{count} more crossings")

    def wait_failed(self, count: int) -> None:
        """Wait until so many tries more were not answered."""
        goal = self.driver.failed + count
        self.wait(lambda: self.driver.failed >= goal, f"{count} tries that fail")

    def count(self, table: str, condition: str) -> int:
        """Count rows of this site."""
        statement = f"select count(*) from {table} where site_id = %s and {condition}"
        return int(self.ground.query(statement, self.seeded.site)[0][0])

    def shown(self, page: Page) -> dict[int, object]:
        """Return the list that a page shows, as JSON has it."""
        rows: dict[int, object] = json.loads(json.dumps(list(page.shown[self.topic].values())))
        return {row["id"]: row for row in rows}  # type: ignore[index, misc]


def certificate_of(folder: Path) -> Path:
    """Return where the certificate of the receiver lies."""
    return folder / "receiver.pem"


@contextmanager
def open_alarms_world(
    name: str, ground: Ground, seed: int, application: str = APPLICATION
) -> Iterator[AlarmsWorld]:
    """Start a world on these servers, and end it with the block."""
    with ExitStack() as stack:
        folder = ground.folder / name
        folder.mkdir(mode=0o700)
        book = stack.enter_context(receiver(write_certificate(certificate_of(folder), "localhost")))
        network = stack.enter_context(Network())
        world = AlarmsWorld(name, ground, network, book, application)
        world.start(stack, seed)
        yield world
