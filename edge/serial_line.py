"""A serial port as an asyncio transport: the one file that knows pyserial."""

from __future__ import annotations

import asyncio
from typing import Final

import serial  # type: ignore[import-untyped]

from edge.wire.configuration import SerialLine

_QUIET_CHARACTERS: Final = 3.5  # between two frames, from the Modbus serial line specification
_LEAST_QUIET_S: Final = 0.00175  # above 19,200 baud


def quiet_s(line: SerialLine) -> float:
    """How long the line must rest between two frames."""
    bits = 1 + line.data_bits + (line.parity != "N") + line.stop_bits
    return max(_QUIET_CHARACTERS * bits / line.baud, _LEAST_QUIET_S)


class SerialTransport(asyncio.Transport):
    """An open port that nobody else may open (POSIX)."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, line: SerialLine, protocol: asyncio.Protocol
    ) -> None:
        """Open the port and begin to read.

        Raises:
            OSError: there is no such port, or another process has it.
        """
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._port = serial.Serial(
            line.port,
            line.baud,
            line.data_bits,
            line.parity,
            line.stop_bits,
            timeout=0,
            write_timeout=0,
            exclusive=True,
        )
        self._port.reset_input_buffer()  # what a unit said to nobody
        loop.add_reader(self._port.fileno(), self._read)
        protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send a frame. It always fits the buffer of the port, or the port is broken."""
        try:
            if self._port.write(data) != len(data):
                self._lose(ConnectionResetError("the port does not take bytes"))
        except OSError as error:
            self._lose(error)

    def is_closing(self) -> bool:
        """Say whether the port is closed."""
        return not self._port.is_open

    def close(self) -> None:
        """Close the port."""
        self._lose(None)

    def abort(self) -> None:
        """Close the port."""
        self._lose(None)

    def _read(self) -> None:
        try:
            data = self._port.read(1024)
        except OSError as error:  # unplugged
            self._lose(error)
            return
        if data:
            self._protocol.data_received(data)

    def _lose(self, error: Exception | None) -> None:
        if self._port.is_open:
            self._loop.remove_reader(self._port.fileno())
            self._port.close()
            self._loop.call_soon(self._protocol.connection_lost, error)
