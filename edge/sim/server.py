"""A Modbus TCP server for the units behind one address.

Each request is answered under its own transaction number, however late and in whatever order,
and a slow unit does not hold up the others on the same connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from edge.sim.adu import NotModbus, Read, Refusal, Request, parse_read, refuse, take_request
from edge.sim.adu import answer as answer_frame

logger = logging.getLogger(__name__)

MOST_PENDING = 16  # slow answers of one connection; further requests are refused as busy


class Unit(Protocol):
    """What answers behind a unit id."""

    @property
    def dead(self) -> bool:
        """It takes requests and never answers."""

    @property
    def delay_s(self) -> float:
        """How long it takes to answer."""

    def serve(self, read: Read) -> list[int] | Refusal:
        """Words or bits of a block, or why not."""


class ModbusServer:
    """Listens on one address. Unit ids that nobody has are refused with exception 0x0B.

    That is what a gateway to a serial line answers for a unit that does not reply to it; a
    directly connected PLC would ignore the unit id instead.
    """

    def __init__(self, units: Mapping[int, Unit]) -> None:
        self.units = units
        self.transports: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen, and return the address; port 0 takes a free one.

        Raises:
            OSError: the address cannot be used.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Conversation(self), host, port)
        name = self._server.sockets[0].getsockname()
        return str(name[0]), int(name[1])

    async def stop(self) -> None:
        """Stop listening and cut all connections."""
        if self._server is None:
            return
        self._server.close()
        for transport in list(self.transports):
            transport.abort()
        await self._server.wait_closed()
        self._server = None


class _Conversation(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, server: ModbusServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._pending: set[asyncio.TimerHandle] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what TCP gives
        self._transport = transport
        self._server.transports.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.transports.discard(self._transport)
        for timer in self._pending:
            timer.cancel()

    def pause_writing(self) -> None:
        self._transport.pause_reading()  # a client that takes no answers may not ask for more

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            while request := take_request(self._buffer):
                self._take(request)
        except NotModbus as error:
            peer = self._transport.get_extra_info("peername")
            logger.warning("%s does not speak Modbus TCP (%s), connection closed", peer, error)
            self._transport.close()

    def _take(self, request: Request) -> None:
        unit = self._server.units.get(request.unit)
        if unit is None:
            self._transport.write(refuse(request, Refusal.NO_SUCH_UNIT))
        elif unit.dead:
            pass  # silence is the answer
        elif not unit.delay_s:
            self._transport.write(_respond(unit, request))
        elif len(self._pending) >= MOST_PENDING:
            self._transport.write(refuse(request, Refusal.BUSY))
        else:
            self._answer_later(unit, request)

    def _answer_later(self, unit: Unit, request: Request) -> None:
        def send() -> None:
            self._pending.discard(timer)
            if not unit.dead:  # it may have died while it thought
                self._transport.write(_respond(unit, request))

        timer = asyncio.get_running_loop().call_later(unit.delay_s, send)
        self._pending.add(timer)


def _respond(unit: Unit, request: Request) -> bytes:
    read = parse_read(request.pdu)
    if isinstance(read, Refusal):
        return refuse(request, read)
    words = unit.serve(read)
    if isinstance(words, Refusal):
        return refuse(request, words)
    return answer_frame(request, read.table, words)
