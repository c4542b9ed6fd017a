"""The control door of a running plant: a loopback port, one JSON line per request and answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import msgspec

from edge.sim.commands import Answer, Command, CommandRefused

HOST = "127.0.0.1"  # no other machine may break the plant
PORT = 15020
LONGEST_LINE = 4096

_decode_command = msgspec.json.Decoder[Command](Command).decode
_decode_answer = msgspec.json.Decoder(Answer).decode
_encode = msgspec.json.Encoder().encode


class NoPlant(ConnectionError):
    """No plant answers at the control door. Start one, or name the right door."""


class ControlDoor:
    """Takes commands for a plant."""

    def __init__(self, execute: Callable[[Command], Answer]) -> None:
        self.execute = execute
        self.transports: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> str:
        """Listen on the loopback interface, and return ``host:port``; port 0 takes a free one.

        Raises:
            OSError: the port cannot be used.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Visit(self), HOST, port)
        return f"{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening and cut all connections."""
        if self._server is None:
            return
        self._server.close()
        for transport in list(self.transports):
            transport.abort()
        await self._server.wait_closed()
        self._server = None


class _Visit(asyncio.Protocol):
    """One connection to the door."""

    def __init__(self, door: ControlDoor) -> None:
        self._door = door
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what TCP gives
        self._transport = transport
        self._door.transports.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._answer(line)
        if len(self._buffer) > LONGEST_LINE:
            self._transport.close()

    def _answer(self, line: bytes) -> None:
        if self._transport.is_closing():
            return
        try:
            answer = self._door.execute(_decode_command(line))
        except CommandRefused as error:
            answer = Answer(error=str(error))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # Closed at once, so that a browser that was led here cannot go on after its headers.
            self._transport.write(_encode(Answer(error=f"not a command: {error}")) + b"\n")
            self._transport.close()
            return
        self._transport.write(_encode(answer) + b"\n")


def ask(address: str, command: Command, *, timeout_s: float = 5.0) -> Answer:
    """Send one command to a plant's door and wait for the answer.

    Args:
        address: ``host:port`` of the door.
        command: what to do.
        timeout_s: for connecting and for the answer.

    Raises:
        NoPlant: nobody answers there.
        CommandRefused: the plant does not do it.
    """
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=timeout_s) as connection:
            connection.sendall(_encode(command) + b"\n")
            with connection.makefile("rb") as lines:
                line = lines.readline()
        answer = _decode_answer(line)
    except (OSError, ValueError) as error:
        raise NoPlant(f"no plant answers at {address}: {error}") from error
    if answer.error:
        raise CommandRefused(answer.error)
    return answer
