"""The breakable line: a fault that does not break anything would make every run green."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from project.embedded.process import free_port
from tests.faults.proxy import Proxy

DEADLINE_S = 30.0
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Line:
    """A proxy with a server behind it that gives its ends to the test."""

    def __init__(self) -> None:
        self.proxy = Proxy(free_port(), 0)
        self.accepted: asyncio.Queue[Ends] = asyncio.Queue()
        self._servers: list[asyncio.Server] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> None:
        self.proxy.target = await self.serve(self.accepted)
        await self.proxy.start()

    async def serve(self, accepted: asyncio.Queue[Ends]) -> int:
        """Listen, put what is accepted into a queue, and return the port."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._writers.append(writer)
            await accepted.put((reader, writer))

        self._servers.append(await asyncio.start_server(serve, "127.0.0.1", 0))
        port: int = self._servers[-1].sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        await self.proxy.stop()
        for server in self._servers:
            server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # what was aborted is closed in the next round of the loop

    async def dial(self) -> Ends:
        ends = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        self._writers.append(ends[1])
        return ends

    async def connect(self) -> tuple[Ends, Ends]:
        """Return the gateway's end and the cloud's end of a new connection."""
        near = await self.dial()
        return near, await self.accepted.get()


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with asyncio.timeout(DEADLINE_S):
        line = Line()
        await line.start()
        yield line
        await line.stop()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """Return what still comes until the connection ends, in whatever way."""
    rest = b""
    try:
        while data := await reader.read(100):
            rest += data
    except ConnectionError:
        pass
    return rest


async def test_bytes_go_both_ways(line: Line) -> None:
    near, far = await line.connect()
    near[1].write(b"hello")
    assert await far[0].readexactly(5) == b"hello"
    far[1].write(b"welcome")
    assert await near[0].readexactly(7) == b"welcome"


async def test_an_end_that_closes_closes_the_other_one(line: Line) -> None:
    near, far = await line.connect()
    far[1].write(b"bye")
    far[1].close()
    assert await ended(near[0]) == b"bye"


async def test_a_cut_ends_both_ends_and_lets_new_connections_through(line: Line) -> None:
    near, far = await line.connect()
    await line.proxy.cut()
    assert await ended(near[0]) == await ended(far[0]) == b""
    near, far = await line.connect()
    near[1].write(b"x")
    assert await far[0].readexactly(1) == b"x"


async def test_a_line_that_stays_down_takes_nothing_until_it_is_healed(line: Line) -> None:
    await line.proxy.cut(stay_down=True)
    reader, _ = await line.dial()
    assert await ended(reader) == b""
    assert line.accepted.empty()
    await line.proxy.heal()
    await line.connect()


async def test_what_a_black_hole_swallowed_comes_after_healing(line: Line) -> None:
    near, far = await line.connect()
    await line.proxy.hold("up", "down")
    near[1].write(b"held")
    later = asyncio.ensure_future(far[0].readexactly(4))
    await line.dial()  # is taken, and leads nowhere
    assert line.accepted.empty()
    assert not later.done()
    await line.proxy.heal()
    assert await later == b"held"


async def test_a_deaf_line_brings_frames_up_and_nothing_down(line: Line) -> None:
    near, far = await line.connect()
    await line.proxy.hold("down")
    near[1].write(b"frame")
    assert await far[0].readexactly(5) == b"frame"
    far[1].write(b"ack")
    await far[1].drain()
    await line.proxy.cut()
    assert await ended(near[0]) == b""


async def test_a_torn_line_brings_the_beginning_of_what_was_sent(line: Line) -> None:
    near, far = await line.connect()
    await line.proxy.tear(4)
    near[1].write(b"frame")
    assert await ended(far[0]) == b"fram"
    assert await ended(near[0]) == b""
    assert line.proxy.counts.torn == 1


async def test_a_slow_line_brings_everything_in_order(line: Line) -> None:
    near, far = await line.connect()
    await line.proxy.trickle()
    near[1].write(b"drop by drop")
    assert await far[0].readexactly(12) == b"drop by drop"
    assert line.proxy.counts.trickled == 12
    await line.proxy.heal()
    await line.proxy.delay(0.01)
    near[1].write(b"late")
    assert await far[0].readexactly(4) == b"late"


async def test_a_moved_line_leads_elsewhere(line: Line) -> None:
    elsewhere: asyncio.Queue[Ends] = asyncio.Queue()
    await line.proxy.move(await line.serve(elsewhere))
    _, writer = await line.dial()
    writer.write(b"x")
    assert await (await elsewhere.get())[0].readexactly(1) == b"x"
    assert line.accepted.empty()
