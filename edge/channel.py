"""An open connection that carries one request at a time, over TCP, TLS or a serial line."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

from edge.adu import Framing, Nonsense, Request, refusal
from edge.serial_line import SerialTransport
from edge.wire.configuration import ConnectionConfig

_MOST_BUFFERED: Final = 1024  # bytes; the longest frame has 260


class Channel(asyncio.Protocol):
    """One connection. After any error from ``exchange`` it must be closed, and another opened."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._buffer = bytearray()
        self._request: Request | None = None
        self._patient = False
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        """Say whether the peer has not closed it yet."""
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: Request, timeout_s: float, *, patient: bool = False) -> bytes:
        """Send a request and wait for the PDU of its answer, an exception code included.

        Args:
            request: what to ask.
            timeout_s: for the whole answer, however slowly its bytes come.
            patient: drop answers to something else, instead of giving up at the first.

        Raises:
            TimeoutError: the answer did not come, or not the whole of it.
            Nonsense: something else came.
            ConnectionError: the connection was closed.
        """
        if self._transport is None or not self.is_open:
            raise ConnectionResetError("the connection was closed")
        self._buffer.clear()
        self._request, self._patient = request, patient
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(self._framing.wrap(request))
        try:
            async with asyncio.timeout(timeout_s):
                return await self._answer
        except TimeoutError:
            raise TimeoutError(self._what_is_missing(timeout_s)) from None
        finally:
            self._request = self._answer = None

    def close(self) -> None:
        """Close it at once; what was not sent is dropped."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _what_is_missing(self, timeout_s: float) -> str:
        if self._buffer:
            return f"only {len(self._buffer)} bytes of an answer within {timeout_s:.3g} s"
        return f"no answer within {timeout_s:.3g} s"

    # ------------------------------------------------------------ called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what all three kinds give
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Look for the answer in what has come so far."""
        answer, request = self._answer, self._request
        if answer is None or request is None or answer.done():
            return  # nobody asked
        self._buffer += data
        try:
            while (pdu := self._framing.take(self._buffer, request)) is not None:
                if self._is_answer(request, pdu):
                    answer.set_result(pdu)
                    return
            if len(self._buffer) > _MOST_BUFFERED:
                raise Nonsense("more bytes than any answer has")
        except Nonsense as error:
            answer.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits."""
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("closed before the answer"))

    def _is_answer(self, request: Request, pdu: bytes) -> bool:
        try:
            refusal(request, pdu)
        except Nonsense:
            if self._patient:
                return False
            raise
        return True


async def open_channel(config: ConnectionConfig, framing: Framing) -> Channel:
    """Open the connection; takes its timeout at most.

    Raises:
        OSError: it cannot be opened (or not in time, or the peer's certificate is not right).
    """
    channel = Channel(framing)
    loop = asyncio.get_running_loop()
    if config.serial is not None:
        SerialTransport(loop, config.serial, channel)
        return channel
    secure = tls_context(config) if config.kind == "tls" else None
    name = (config.server_name or config.host) if secure else None
    async with asyncio.timeout(config.timeout_s):
        await loop.create_connection(
            lambda: channel, config.host, config.port, ssl=secure, server_hostname=name
        )
    return channel


def tls_context(config: ConnectionConfig) -> ssl.SSLContext:
    """Trust the CA of the connection, or those of the system; nothing is ever accepted unseen."""
    return ssl.create_default_context(cafile=config.ca_file or None)
