"""A Modbus device on a socket, TCP or a serial server, that answers as a test tells it to."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from typing import Literal, NamedTuple

from pymodbus.framer import FramerRTU

Kind = Literal["tcp", "rtu_over_tcp"]


class Asked(NamedTuple):
    """A request as the device sees it."""

    transaction: int
    unit: int
    pdu: bytes

    @property
    def address(self) -> int:
        return int.from_bytes(self.pdu[1:3], "big")

    @property
    def count(self) -> int:
        return int.from_bytes(self.pdu[3:5], "big")


def value_answer(asked: Asked) -> bytes:
    """Each register holds its own address, so that a wrong register shows."""
    words = range(asked.address, asked.address + asked.count)
    return bytes([asked.pdu[0], 2 * asked.count]) + struct.pack(f">{asked.count}H", *words)


def frame(kind: Kind, asked: Asked, pdu: bytes, unit: int | None = None) -> bytes:
    unit = asked.unit if unit is None else unit
    if kind == "tcp":
        return struct.pack(">HHHB", asked.transaction, 0, len(pdu) + 1, unit) + pdu
    data = bytes([unit]) + pdu
    return data + FramerRTU.compute_CRC(data).to_bytes(2)


Behave = Callable[["BadDevice", Asked], list[bytes]]  # what goes onto the wire


def behaves(device: BadDevice, asked: Asked) -> list[bytes]:
    """As it should."""
    if asked.pdu[0] == 8:
        return [frame(device.kind, asked, asked.pdu)]
    return [frame(device.kind, asked, value_answer(asked))]


class BadDevice:
    """Listens; like a serial server it answers on whatever connection is the newest."""

    def __init__(self, kind: Kind, tls: ssl.SSLContext | None = None) -> None:
        self.kind = kind
        self._tls = tls
        self.port = 0
        self.behave: Behave = behaves
        self.asked: list[Asked] = []
        self.connections = 0
        self._writer: asyncio.StreamWriter | None = None
        self._serving: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for writer in self._serving.values():
                writer.close()
            if tasks := [task for task in self._serving if task]:
                await asyncio.wait(tasks)
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writer = self._serving[asyncio.current_task()] = writer
        try:
            while True:
                asked = await self._take(reader)
                self.asked.append(asked)
                for piece in self.behave(self, asked):
                    self._writer.write(piece)
                    await self._writer.drain()
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _take(self, reader: asyncio.StreamReader) -> Asked:
        if self.kind == "tcp":
            transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
            return Asked(transaction, unit, await reader.readexactly(length - 1))
        data = await reader.readexactly(8)  # reads and echoes, all of the same length
        return Asked(0, data[0], data[1:6])
