"""The readers of a document: a poller for each connection, and cameras; changed as they run."""

from __future__ import annotations

import asyncio
from functools import partial

from edge.camera.cameras import Cameras
from edge.gather import Gather
from edge.modbus import ModbusError
from edge.plan import Block
from edge.poller import Poller
from edge.steps import Clock, Reader
from edge.wire import Answer, Probe, Reply, Show, UnitHealth
from edge.wire.configuration import ConnectionConfig, Document


class Pollers:
    """Starts and stops pollers and cameras; one that crashes is told by ``failed``."""

    def __init__(
        self, gather: Gather, clock: Clock | None = None, cameras: Cameras | None = None
    ) -> None:
        self._gather = gather
        self._clock = clock or Clock()
        self._cameras = cameras
        self._start = self._clock.monotonic()
        self._running: dict[str, tuple[Poller, asyncio.Task[None]]] = {}
        self._crashed: asyncio.Queue[Exception] = asyncio.Queue()

    async def apply(self, document: Document) -> None:
        """Read what this document says, and nothing else; what is as before goes on undisturbed."""
        wanted = {connection.name: connection for connection in document.connections}
        for name, (poller, task) in list(self._running.items()):
            if poller.connection != wanted.get(name) or task.done():
                del self._running[name]
                await _end([task])
        self._crashed = asyncio.Queue()
        for connection in document.connections:
            poller = self._poller_of(connection)
            poller.change_devices([d for d in document.devices if d.connection == connection.name])
        if self._cameras:
            await self._cameras.apply(document, self._ended)

    async def failed(self) -> Exception:
        """Wait until a reader crashed."""
        return await self._crashed.get()

    def health(self) -> list[UnitHealth]:
        """Say how the devices answer."""
        return [unit.health() for poller, _ in self._running.values() for unit in poller.units]

    async def probe(self, frame: Probe) -> Answer:
        """Read registers now, between the scans of their connection."""
        running = self._running.get(frame.connection)
        if running is None:
            return Answer(frame.id, error=f"there is no connection {frame.connection!r}")
        return await running[0].ask(partial(self._read, frame))

    async def scan_now(self, device: str) -> Answer:
        """Read the tags of a device that are read on demand; they come as readings."""
        for poller, _ in self._running.values():
            for unit in poller.units:
                if unit.config.uid == device:
                    return await poller.scan_now(unit)
        return Answer("", error=f"there is no device {device!r}")

    async def show(self, question: Show) -> Reply:
        """The newest picture of a camera, or why there is none."""
        if self._cameras is None:
            return Answer(question.id, error="this gateway watches no cameras")
        return await self._cameras.show(question)

    async def stop(self) -> None:
        """Stop reading."""
        tasks = [task for _, task in self._running.values()]
        self._running.clear()
        await _end(tasks)
        if self._cameras:
            await self._cameras.stop()

    def _poller_of(self, connection: ConnectionConfig) -> Poller:
        if connection.name in self._running:
            return self._running[connection.name][0]
        poller = Poller(connection, self._gather, self._start, self._clock)
        task = asyncio.create_task(poller.run(), name=f"poll {connection.name}")
        task.add_done_callback(self._ended)
        self._running[connection.name] = (poller, task)
        return poller

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._crashed.put_nowait(error)

    async def _read(self, frame: Probe, link: Reader) -> Answer:
        block, began = Block(frame.table, frame.address, frame.count, ()), self._clock.monotonic()
        try:
            words = await link.read(frame.unit, block)
        except ModbusError as error:
            return Answer(frame.id, error=str(error))
        took_s = self._clock.monotonic() - began
        return Answer(frame.id, list(words), latency_ms=round(took_s * 1000, 1))


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
