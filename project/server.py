"""uvicorn's protocols with limits of our own, so that no peer keeps the process from the others.

    uvicorn --http project.server:Http --ws project.server:WebSocket project.asgi:application

All of this happens below the application, most of it before any token was looked at. By itself
uvicorn takes request heads of any size, works off everything that one websocket has sent before it
turns to the next connection, answers pings without end, and keeps a closed socket for as long as
its peer reads nothing.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import TimerHandle, Transport
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame

from project.turns import Turns
from realtime.limits import Bucket

logger = logging.getLogger(__name__)

HEAD_BYTES: Final = 64 << 10
HEAD_FIELDS: Final = 100
HEAD_S: Final = 10.0  # from the first byte of a head to its last
FRAGMENTS: Final = 1024  # of one message; they may be empty, so its size does not bound them
CONTROLS_PER_S, CONTROLS_BURST = 10.0, 100.0  # pings and pongs
CLOSE_S: Final = 3.0  # for the peer's half of the closing handshake
LINGER_S: Final = CLOSE_S + 2.0  # after its end a socket is cut, even if the peer reads nothing


class Http(HttpToolsProtocol):
    """Bounds the head of a request, in size and in time. Bodies: ``project.bounds``."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = True
        self._received = 0  # of the head, in pieces that did not end it
        self._fields = self._field_bytes = 0
        self._head_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; a field without an end never reaches ``on_header``, so it is counted here."""
        began_in_head = self._in_head
        super().data_received(data)
        if began_in_head and self._in_head:
            self._received += len(data)
            if self._received > HEAD_BYTES and not self.transport.is_closing():
                logger.warning("a request head of more than %d bytes was refused", HEAD_BYTES)
                self.send_400_response("The request head is too large.")

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._expect_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field.

        Raises:
            ValueError: one too many; the parser answers 400.
        """
        self._fields += 1
        self._field_bytes += len(name) + len(value)
        if self._fields > HEAD_FIELDS or self._field_bytes > HEAD_BYTES:
            raise ValueError("the request head is too large")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the head; fields after the body, which nobody reads, count on."""
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._stop_timer()
        self._in_head = True
        self._received = self._fields = self._field_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_S, self._head_overdue)

    def _head_overdue(self) -> None:
        logger.info("a request head did not arrive within %g s", HEAD_S)
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class WebSocket(WebSocketsSansIOProtocol):
    """Gives every socket its turn, and an end to each."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.close_timeout = CLOSE_S
        self._controls = Bucket(CONTROLS_PER_S, CONTROLS_BURST, self.loop.time())
        self._cut: TimerHandle | None = None

    # ------------------------------------------------------------ turns

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        self._turns = Turns(
            self.loop,
            parse=super().data_received,
            pause=transport.pause_reading,
            resume=transport.resume_reading,
            busy=lambda: self.read_paused,  # until the application has taken what there was
            closing=lambda: self.close_sent,
        )

    def data_received(self, data: bytes) -> None:
        """Take what was received."""
        self._turns.take(data)

    async def receive(self) -> Any:
        """Return the next message; as uvicorn does, but what waits here comes before new data."""
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self._turns.go_on()
        return message

    async def send(self, message: Any) -> None:
        """Send; after a close, the peer's half of it may already wait here."""
        await super().send(message)
        if self.close_sent:
            self._turns.go_on()

    # ------------------------------------------------------------ frames below messages

    def handle_cont(self, event: Frame) -> None:
        """Take a fragment."""
        super().handle_cont(event)
        if len(self.frames) > FRAGMENTS:
            self.frames = []
            self._refuse("too many fragments")

    def handle_ping(self) -> None:
        """Answer a ping, unless there are too many."""
        if self._take_control():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Take a pong, asked for or not."""
        if self._take_control():
            super().handle_pong(event)

    def _take_control(self) -> bool:
        self._controls.take(1, self.loop.time())
        if self._controls.exhausted:
            self._refuse("too many pings")
        return not self.close_sent

    def _refuse(self, why: str) -> None:
        if not self.close_sent:
            logger.warning("a websocket was closed: %s", why)
            self.conn.fail(CloseCode.POLICY_VIOLATION, why)
            self.handle_parser_exception()

    # ------------------------------------------------------------ the end

    async def run_asgi(self) -> None:
        """Serve; then the connection ends, whether or not the peer takes what was sent."""
        try:
            await super().run_asgi()
        finally:
            if not self.disconnected:
                self._cut = self.loop.call_later(LINGER_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._turns.end()
        if self._cut is not None:
            self._cut.cancel()
        super().connection_lost(exc)
