"""The way from the channel layer to Redis, to be shut and cut."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from live_page import DEADLINE_S
from pytest_django.fixtures import Settings

from project.embedded.process import free_port


def use(settings: Settings, url: str) -> None:
    """Have the channel layer use this server."""
    layers = copy.deepcopy(settings.CHANNEL_LAYERS)
    layers["default"]["CONFIG"]["hosts"][0]["address"] = url
    settings.CHANNEL_LAYERS = layers


async def until(came_true: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for something that must come true."""
    deadline = time.monotonic() + DEADLINE_S
    while not (await answer if isinstance(answer := came_true(), Awaitable) else answer):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


class Wire:
    """The way to Redis, which can be cut so that neither end hears of it."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._cut = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = free_port()
        self.url = self._to._replace(netloc=f":{self._to.password}@127.0.0.1:{self._port}").geturl()

    async def open(self) -> None:
        """Let connections in; before, they are refused."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    def cut(self) -> None:
        """Swallow whatever is sent on the connections of now; new ones work."""
        self._cut.set()
        self._cut = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        cut = self._cut
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._to.port)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(reader, ours, cut))
                group.create_task(self._carry(theirs, writer, cut))
        finally:
            ours.close()
            writer.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        while data := await reader.read(65536):
            if not cut.is_set():
                writer.write(data)
        if not cut.is_set():
            writer.close()
