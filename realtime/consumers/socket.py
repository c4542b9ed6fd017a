"""A server-side websocket without Channels' dispatch: plain awaits, no thread hop per message."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from edge import wire
from realtime.guard import remote_of

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")

SEND_TIMEOUT_S: Final = 10.0  # a peer that takes nothing for so long is gone
DRAIN_S: Final = 2.0  # longer than a server waits for the peer's half of the closing handshake
AHEAD_MESSAGES, AHEAD_BYTES = 1_000, 16 << 20  # that may come while the database is asked


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
    """One accepted websocket."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._ahead: deque[dict[str, Any]] = deque()  # received while something else was waited for
        self._ahead_bytes = 0

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

    async def accept(self, subprotocol: str, wait_s: float = 0) -> None:
        """Accept, and speak the sub-protocol if the peer offered it.

        Args:
            subprotocol: its name.
            wait_s: let the peer wait so long for the answer to its handshake.

        Raises:
            Disconnected: it did not wait.
        """
        await self._receive()  # websocket.connect
        if wait_s:
            try:
                async with asyncio.timeout(wait_s):
                    await self._receive()  # before the answer, nothing comes but the end
                raise Disconnected
            except TimeoutError:
                pass
        offered = self.scope.get("subprotocols", [])
        chosen = subprotocol if subprotocol in offered else None
        await self._send({"type": "websocket.accept", "subprotocol": chosen})

    async def receive(self) -> str:
        """Return the next message, which must be text.

        Raises:
            Disconnected: the peer is gone.
            Closing: it sent bytes.
        """
        message = await self.receive_any()
        if isinstance(message, bytes):
            raise Closing(wire.Close.BAD_FRAME, "binary", "Send text frames.")
        return message

    async def receive_any(self) -> str | bytes:
        """Return the next message, text or binary.

        Raises:
            Disconnected: the peer is gone.
        """
        if self._ahead:
            message = self._ahead.popleft()
            self._ahead_bytes -= _size(message)
        else:
            message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Disconnected
        text: str | None = message.get("text")
        return bytes(message["bytes"]) if text is None else text

    async def beside(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for slow work, and meanwhile keep what the peer sends, up to a limit.

        A server without back-pressure would keep it for us without any.

        Raises:
            Closing: the peer sends too much.
        """
        working = asyncio.create_task(work)
        try:
            while not working.done() and not self._ends_ahead:
                await self._read_ahead(working)
            return await working
        finally:
            working.cancel()

    async def _read_ahead(self, working: asyncio.Task[T]) -> None:
        hearing = asyncio.ensure_future(self._receive())
        try:
            await asyncio.wait({working, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hearing.cancel()  # if it has not ended: a message that comes later stays in the server
        await asyncio.wait({hearing})
        if hearing.cancelled():
            return
        self._ahead.append(hearing.result())
        self._ahead_bytes += _size(self._ahead[-1])
        if len(self._ahead) > AHEAD_MESSAGES or self._ahead_bytes > AHEAD_BYTES:
            raise Closing(wire.Close.TOO_MANY, "rate", "More came than could be looked at.")

    @property
    def _ends_ahead(self) -> bool:
        return bool(self._ahead) and self._ahead[-1]["type"] == "websocket.disconnect"

    async def send(self, text: str) -> None:
        """Send one text message.

        Raises:
            Disconnected: the peer does not take it.
        """
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._send({"type": "websocket.send", "text": text})
        except (TimeoutError, OSError, RuntimeError) as error:
            raise Disconnected from error  # RuntimeError: the server has closed it just now

    async def fail(self, closing: Closing) -> None:
        """Tell the peer why, then close. A peer that is gone already is none of our trouble."""
        self._ahead.clear()  # now: whoever raised this may keep us alive until garbage is collected
        try:
            await self.send(self.explain(closing))
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._send({"type": "websocket.close", "code": int(closing.close)})
            await self._drain()
        except (Disconnected, OSError, RuntimeError, TimeoutError):
            pass  # the server raises RuntimeError when the peer closed first

    async def _drain(self) -> None:
        """Throw away what still comes: a server may keep it until the peer is gone, and longer."""
        async with asyncio.timeout(DRAIN_S):
            while (await self._receive())["type"] != "websocket.disconnect":
                pass

    def explain(self, closing: Closing) -> str:
        """Write the error frame that tells why the connection ends."""
        message = str(closing)[: wire.MAX_TEXT]  # it may quote what was sent
        return wire.encode(wire.Error(closing.code, message, closing.stream, closing.seq))


def _size(message: dict[str, Any]) -> int:
    return len(message.get("text") or message.get("bytes") or "")


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
