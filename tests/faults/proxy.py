"""A stretch of network that can be broken: a TCP proxy between one gateway and its web process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["up", "down"]  # towards the cloud, towards the gateway
CHUNK = 65_536
TRICKLE_S = 0.002  # for each byte


@dataclass(eq=False)
class _Line:
    """One connection: both ends, and the task that moves the bytes."""

    client: asyncio.StreamWriter
    task: asyncio.Task[None]
    server: asyncio.StreamWriter | None = None

    def abort(self) -> None:
        """Cut both ends hard (RST): what is under way is gone."""
        for end in (self.client, self.server):
            if end is not None:
                end.transport.abort()
        self.task.cancel()


@dataclass
class Counts:
    """What has come by so far."""

    opened: int = 0  # connections that the gateway asked for
    torn: int = 0  # connections that ended in the middle of a frame
    up: int = 0  # bytes
    trickled: int = 0  # bytes, one at a time


@dataclass
class Proxy:
    """Forwards to ``target`` what comes in at ``port``. Use it on one event loop.

    Every fault lasts until ``heal``, but for those that end a connection.
    """

    port: int
    target: int  # port on the same host
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()
        self._tear_after: int | None = None
        self._open = {"up": asyncio.Event(), "down": asyncio.Event()}
        self._clear()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Stop listening, cut everything, and wait for its end."""
        if self._server is not None:
            self._server.close()
        tasks = [line.task for line in self._lines]
        self._cut_all()
        if tasks:
            await asyncio.wait(tasks)

    # ------------------------------------------------------------ faults

    async def cut(self, *, stay_down: bool = False) -> None:
        """Cut every connection; with ``stay_down`` also every new one, as soon as it is made."""
        self._down = stay_down
        self._cut_all()

    async def hold(self, *ways: Way) -> None:
        """Let nothing through, without a word: a black hole, in one direction or in both."""
        for way in ways:
            self._open[way].clear()

    async def tear(self, after: int) -> None:
        """Let so many more bytes up, then end that connection in the middle of what it sends."""
        self._tear_after = after

    async def delay(self, seconds: float) -> None:
        """Hold back everything for so long, in order."""
        self._delay_s = seconds

    async def trickle(self) -> None:
        """Let what goes up through byte by byte."""
        self._trickles = True

    async def move(self, target: int) -> None:
        """Send new connections to another port."""
        self.target = target

    async def heal(self) -> None:
        """End all faults. What was held back goes on its way."""
        self._clear()

    def _clear(self) -> None:
        self._down = self._trickles = False
        self._delay_s = 0.0
        self._tear_after = None
        for gate in self._open.values():
            gate.set()

    def _cut_all(self) -> None:
        for line in list(self._lines):
            line.abort()

    # ------------------------------------------------------------ moving bytes

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        line = _Line(writer, task)
        self._lines.add(line)
        self.counts.opened += 1
        try:
            if not self._down:
                await self._join(line, reader)
        except (OSError, asyncio.CancelledError):
            pass  # refused, reset or cut: for the other end it is a lost connection either way
        finally:
            self._lines.discard(line)
            for end in (line.client, line.server):
                if end is not None:
                    end.close()

    async def _join(self, line: _Line, reader: asyncio.StreamReader) -> None:
        await self._open["up"].wait()
        answers, line.server = await asyncio.open_connection("127.0.0.1", self.target)
        pumps = [
            asyncio.ensure_future(self._pump("up", reader, line.server)),
            asyncio.ensure_future(self._pump("down", answers, line.client)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.wait(pumps)

    async def _pump(
        self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while data := await reader.read(CHUNK):
                await self._open[way].wait()
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                if way == "up" and not await self._send_up(data, writer):
                    return
                if way == "down":
                    await _send(data, writer)
        except OSError:
            pass  # one end reset the connection; the other one is closed with it

    async def _send_up(self, data: bytes, writer: asyncio.StreamWriter) -> bool:
        """Say whether the connection goes on."""
        whole = len(data)
        if self._tear_after is not None:
            data = data[: self._tear_after]
            self._tear_after -= len(data)
        for piece in (data[i : i + 1] for i in range(len(data))) if self._trickles else (data,):
            if self._trickles:  # it may end while a long piece is under way
                await asyncio.sleep(TRICKLE_S)
                self.counts.trickled += len(piece)
            await _send(piece, writer)
        self.counts.up += len(data)
        if len(data) == whole:
            return True
        self._tear_after = None
        self.counts.torn += 1
        return False


async def _send(data: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(data)
    await writer.drain()
