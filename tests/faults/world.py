"""Everything of one run: two web processes, a simulated plant, gateways behind breakable lines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import psycopg2

from edge.sim.launch import RunningPlant, start_plant
from project.embedded.process import free_port
from tests.e2e.running import documented
from tests.faults.ground import Ground
from tests.faults.network import Network
from tests.faults.page import Page
from tests.faults.plantfile import Load, device_uids, write_config
from tests.faults.processes import Process, wait_for
from tests.faults.proxy import Proxy

Server = Literal["web", "web-daphne"]
APPLICATION: Final = "project.asgi:application"
GATEWAY: Final = "python -m edge"


@dataclass(frozen=True)
class Cast:
    """What is started: the product, or a variant with a bug in it."""

    server: Server = "web"
    application: str = APPLICATION
    gateway: str = GATEWAY
    load: Load = field(default_factory=Load)


@dataclass(eq=False)
class Gateway:
    """One gateway, its files, and the line to the cloud."""

    uid: str
    config: Path
    devices: list[str]
    proxy: Proxy
    process: Process
    drain: Process

    def __post_init__(self) -> None:
        self._lines = self._read = 0

    @property
    def truth(self) -> Path:
        """Its truth log."""
        return self.config.with_suffix(".truth")

    @property
    def spool(self) -> Path:
        """Its spool."""
        return self.config.with_suffix(".spool")

    def spooled(self) -> int:
        """Count the frames in its truth log."""
        if self.truth.exists():
            with self.truth.open("rb") as file:
                file.seek(self._read)
                new = file.read()
            self._lines += new.count(b"\n")
            self._read += len(new)
        return self._lines

    def has_dropped(self) -> bool:
        """Say whether its spool was full: some frames in it have no readings any more."""
        without = "stream <> 'events' and (reason is not null or readings = 0)"
        with closing(sqlite3.connect(f"file:{self.spool}?mode=ro", uri=True)) as spool:
            return bool(spool.execute(f"select count(*) from frame where {without}").fetchone()[0])


class World:
    """Started by ``open_world``."""

    def __init__(self, name: str, cast: Cast, ground: Ground, network: Network) -> None:
        self.name = name
        self.cast = cast
        self.ground = ground
        self.network = network
        self.folder = ground.folder / name
        self.folder.mkdir(mode=0o700)
        self.webs = [self._web("a"), self._web("b")]
        self.ports = [int(web.environment["PORT"]) for web in self.webs]
        self.gateways = [self._gateway(f"{name}-GW{i + 1}") for i in range(cast.load.gateways)]
        told = json.loads(ground.run("-m", "tests.faults.seed", str(self.folder), name))
        self.site: int = told["site"]
        channels = [f"devices:{self.site}", f"tel:site:{self.site}"]
        channels += [f"tel:device:{device}" for device in told["devices"]]
        self.page = Page(self.ports[1], told["session"], tuple(channels))
        self.plant: RunningPlant | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What all processes of this world share."""
        return self.ground.environment | {"CHANNEL_PREFIX": self.name, "LOG_LEVEL": "INFO"}

    def _web(self, letter: str) -> Process:
        port = free_port()
        command = documented(self.cast.server).replace(APPLICATION, self.cast.application)
        own = {"PORT": str(port), "ALLOWED_ORIGINS": f"http://127.0.0.1:{port}"}
        log = self.folder / f"web-{letter}.log"
        return Process(f"web {letter}", command, self.environment | own, log)

    def _gateway(self, uid: str) -> Gateway:
        proxy = Proxy(free_port(), self.ports[0])
        url = f"ws://127.0.0.1:{proxy.port}/ws/v1/gateway"
        load = self.cast.load
        config = write_config(self.folder, uid, url, load)
        environment = {"PATH": self.environment["PATH"], "GATEWAY_CONFIG": str(config)}
        log = self.folder / f"{uid}.log"
        command = documented("gateway").replace(GATEWAY, self.cast.gateway)
        return Gateway(
            uid,
            config,
            device_uids(uid, load),
            proxy,
            Process(uid, command, environment, log),
            Process(f"{uid} drain", command.replace(" run ", " drain "), environment, log),
        )

    # ------------------------------------------------------------ life

    def start(self, stack: ExitStack) -> None:
        """Start everything; the stack ends it."""
        stack.callback(self._finish)
        for gateway in self.gateways:
            self.network.do(gateway.proxy.start())
        plant = stack.enter_context(start_plant(*(g.config for g in self.gateways)))
        for gateway in self.gateways:
            gateway.process.environment = {**gateway.process.environment, **plant.environment}
        self.plant = plant
        self.revive()
        self.network.begin(self.page.stay_open())
        self.wait_acked(1, each=True)
        self.wait(lambda: self.page.connections > 0, "the first snapshot of the page")

    def _finish(self) -> None:
        for process in self.processes:
            process.finish()
        for gateway in self.gateways:
            self.network.do(gateway.proxy.stop())

    @property
    def processes(self) -> list[Process]:
        """All that may be broken, apart from the servers."""
        return [*self.webs, *(gateway.process for gateway in self.gateways)]

    def revive(self) -> None:
        """Start whatever is not running.

        Raises:
            AssertionError: something ended that nobody had told to.
        """
        self.ground.revive()
        for process in self.processes:
            if not process.is_up():
                process.start()

    def heal(self) -> None:
        """End all faults of the network."""
        for gateway in self.gateways:
            self.network.do(gateway.proxy.heal())

    # ------------------------------------------------------------ progress

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something that must come true.

        Raises:
            AssertionError: it did not, or something ended meanwhile that nobody had told to.
        """

        def met() -> bool:
            for process in self.processes:
                process.is_up()
            return condition()

        wait_for(met, what, *(process.log for process in self.processes))

    def wait_spooled(self, frames: int, gateways: Sequence[Gateway] = ()) -> None:
        """Wait until the gateways (all, together) have written so many frames more."""
        watched = gateways or self.gateways
        goal = sum(gateway.spooled() for gateway in watched) + frames
        self.wait(
            lambda: sum(gateway.spooled() for gateway in watched) >= goal,
            f"{frames} more frames in spools",
        )

    def wait_acked(self, frames: int, *, each: bool = False) -> None:
        """Wait until so many frames more are stored: in all, or of each gateway."""
        before = self.claimed()

        def reached() -> bool:
            try:
                more = [last - before[uid] for uid, last in self.claimed().items()]
            except psycopg2.OperationalError:
                return False
            return min(more) >= frames if each else sum(more) >= frames

        self.wait(reached, f"{frames} more frames stored")

    def claimed(self) -> dict[str, int]:
        """Frames that the database has taken from each gateway.

        Raises:
            psycopg2.OperationalError: it is away.
        """
        rows = self.ground.query(
            "select d.uid, sum(p.last)::bigint from devices_position p"
            " join devices_device d on d.id = p.device_id where d.site_id = %s group by 1",
            self.site,
        )
        return {gateway.uid: 0 for gateway in self.gateways} | dict(rows)


@contextmanager
def open_world(name: str, cast: Cast, ground: Ground) -> Iterator[World]:
    """Start a world on the servers, and end it with the block."""
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        world = World(name, cast, ground, network)
        world.start(stack)
        yield world
