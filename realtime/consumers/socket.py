"""A server-side websocket without Channels' dispatch: plain awaits, no thread hop per message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from edge import wire
from realtime.guard import remote_of

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

SEND_TIMEOUT_S = 10.0  # a peer that takes nothing for so long is gone


class Disconnected(Exception):
    """The peer is gone."""


class Closing(Exception):
    """Ends the connection with this close code, after an error frame that says why."""

    def __init__(
        self,
        close: wire.Close,
        code: str,
        message: str = "",
        *,
        stream: wire.Stream | None = None,
        seq: int | None = None,
    ) -> None:
        super().__init__(message or code)
        self.close = close
        self.code = code
        self.stream = stream  # with seq: the frame that is meant
        self.seq = seq


class Socket:
    """One accepted websocket that carries text."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send

    @property
    def remote(self) -> str:
        """The client's address."""
        return remote_of(self.scope)

    def header(self, name: str) -> str:
        """Return a request header, or nothing."""
        wanted = name.encode()
        for key, value in self.scope["headers"]:
            if key == wanted:
                return str(value.decode("latin-1"))
        return ""

    async def accept(self, subprotocol: str) -> None:
        """Accept, and speak the sub-protocol if the peer offered it."""
        await self._receive()  # websocket.connect
        offered = self.scope.get("subprotocols", [])
        chosen = subprotocol if subprotocol in offered else None
        await self._send({"type": "websocket.accept", "subprotocol": chosen})

    async def receive(self) -> str:
        """Return the next text message.

        Raises:
            Disconnected: the peer is gone.
            Closing: it sent bytes.
        """
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Disconnected
        text = message.get("text")
        if text is None:
            raise Closing(wire.Close.BAD_FRAME, "binary", "Send text frames.")
        return str(text)

    async def send(self, text: str) -> None:
        """Send one text message.

        Raises:
            Disconnected: the peer does not take it.
        """
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._send({"type": "websocket.send", "text": text})
        except (TimeoutError, OSError) as error:
            raise Disconnected from error

    async def fail(self, closing: Closing) -> None:
        """Tell the peer why, then close. A peer that is gone already is none of our trouble."""
        try:
            await self.send(self.explain(closing))
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._send({"type": "websocket.close", "code": int(closing.close)})
        except (Disconnected, OSError, RuntimeError, TimeoutError):
            pass  # the server raises RuntimeError when the peer closed first

    def explain(self, closing: Closing) -> str:
        """Write the error frame that tells why the connection ends."""
        error = wire.Error(closing.code, str(closing), closing.stream, closing.seq)
        return wire.encode(error)


async def race(*work: Coroutine[Any, Any, None]) -> None:
    """Run all of these until one ends, and end the others; what it raised is raised here."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in done:
        task.result()
