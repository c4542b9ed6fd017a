"""Modbus frames from the client's side. Pure.

Written from the specifications (Application Protocol V1.1b3, Messaging on TCP/IP V1.0b, over
Serial Line V1.02). An answer counts only if its transaction, unit, function and length are those
that the request asked for: everything else may be the value of another register.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from edge.profile import BIT_TABLES, Table

READS: Final[dict[Table, int]] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
WRITE_COIL: Final = 5
WRITE_REGISTER: Final = 6
ECHO: Final = 8  # diagnostics, "return query data"; serial lines only
WRITE_COILS: Final = 15
WRITE_REGISTERS: Final = 16

_REFUSED: Final = 0x80  # set in the function code of an exception
_HEADER: Final = struct.Struct(">HHHB")  # transaction, protocol, length, unit
_LONGEST_PDU: Final = 253
_ECHOED: Final = frozenset({WRITE_COIL, WRITE_REGISTER, ECHO, WRITE_COILS, WRITE_REGISTERS})


class Nonsense(ValueError):
    """What came is not the answer. Nothing that comes later on this connection can be trusted."""


class Request(NamedTuple):
    """A question, and how its answer begins and how long it is."""

    unit: int
    pdu: bytes
    head: bytes
    size: int  # bytes of the PDU that answers it


def read_request(unit: int, table: Table, address: int, count: int) -> Request:
    """Ask for registers or bits."""
    function = READS[table]
    data = (count + 7) // 8 if table in BIT_TABLES else 2 * count
    pdu = struct.pack(">BHH", function, address, count)
    return Request(unit, pdu, bytes([function, data]), 2 + data)


def write_request(unit: int, function: int, address: int, values: Sequence[int]) -> Request:
    """Write one or more registers or bits; devices differ in which functions they know.

    Args:
        unit: who is meant.
        function: 5 or 6 for exactly one bit or register, 15 or 16 for one to many.
        address: of the first, on the wire.
        values: registers (0 to 65535), or bits (0 or 1).

    Raises:
        ValueError: the function takes other values.
    """
    count = len(values)
    if function in {WRITE_COIL, WRITE_REGISTER} and count == 1:
        value = values[0] if function == WRITE_REGISTER else 0xFF00 * bool(values[0])
        pdu = struct.pack(">BHH", function, address, value)
        return Request(unit, pdu, pdu, len(pdu))
    if function == WRITE_REGISTERS and 1 <= count <= 123:
        data = struct.pack(f">{count}H", *values)
    elif function == WRITE_COILS and 1 <= count <= 1968:
        bits = sum(1 << i for i, value in enumerate(values) if value)
        data = bits.to_bytes((count + 7) // 8, "little")
    else:
        raise ValueError(f"function {function} does not write {count} values")
    head = struct.pack(">BHH", function, address, count)
    return Request(unit, head + bytes([len(data)]) + data, head, len(head))


def echo_request(unit: int, nonce: int) -> Request:
    """Ask a serial device to repeat a number, which shows that it has done with all before."""
    pdu = struct.pack(">BHH", ECHO, 0, nonce)
    return Request(unit, pdu, pdu, len(pdu))


def refusal(request: Request, pdu: bytes) -> int | None:
    """The exception code of an answer; None: it is what was asked for.

    Raises:
        Nonsense: it is neither.
    """
    function = request.pdu[0]
    if pdu[0] == function | _REFUSED and len(pdu) == 2:
        return pdu[1]
    if pdu[0] & ~_REFUSED != function:
        raise Nonsense(f"an answer to function {pdu[0] & ~_REFUSED} instead of {function}")
    if len(pdu) != request.size or not pdu.startswith(request.head):
        raise Nonsense(f"an answer of {len(pdu)} bytes that does not fit the request")
    return None


def values_of(table: Table, count: int, pdu: bytes) -> Sequence[int]:
    """The registers, or the bits as 0 and 1, of an answer that was checked."""
    if table in BIT_TABLES:
        bits = int.from_bytes(pdu[2:], "little")
        return [bits >> i & 1 for i in range(count)]
    return struct.unpack_from(f">{count}H", pdu, 2)


# ---------------------------------------------------------------- on the wire


class Framing(Protocol):
    """How a PDU travels."""

    def wrap(self, request: Request) -> bytes:
        """Make the frame of a request."""

    def take(self, buffer: bytearray, request: Request) -> bytes | None:
        """Cut the answer's PDU off the buffer; None: it is not all there yet.

        Raises:
            Nonsense: what is there is not a frame, or not of this unit.
        """


class Mbap:
    """Modbus TCP: every frame says which request it answers."""

    def __init__(self) -> None:
        self._transaction = 0

    def wrap(self, request: Request) -> bytes:
        """Make the frame of a request, under a number of its own."""
        self._transaction = (self._transaction + 1) % 0x10000
        header = _HEADER.pack(self._transaction, 0, len(request.pdu) + 1, request.unit)
        return header + request.pdu

    def take(self, buffer: bytearray, request: Request) -> bytes | None:
        """Cut the answer off; answers to other requests are dropped."""
        while len(buffer) > _HEADER.size:
            transaction, protocol, length, unit = _HEADER.unpack_from(buffer)
            if protocol or not 2 <= length <= _LONGEST_PDU + 1:
                raise Nonsense("an answer that is not Modbus TCP")
            end = _HEADER.size - 1 + length  # the length counts the unit id, too
            if len(buffer) < end:
                return None
            pdu = bytes(buffer[_HEADER.size : end])
            del buffer[:end]
            if transaction != self._transaction:
                continue
            if unit != request.unit:
                raise Nonsense(f"unit {unit} answered instead of {request.unit}")
            return pdu
        return None


class Rtu:
    """Modbus RTU: a frame names its unit and has a checksum, but not the request it answers."""

    def wrap(self, request: Request) -> bytes:
        """Make the frame of a request."""
        frame = bytes([request.unit]) + request.pdu
        return frame + struct.pack("<H", crc(frame))

    def take(self, buffer: bytearray, request: Request) -> bytes | None:
        """Cut the answer off; what other units answer too late is dropped."""
        while (size := _rtu_size(buffer)) and len(buffer) >= size:
            frame = bytes(buffer[:size])
            if crc(frame):
                raise Nonsense("an answer with a wrong checksum")
            del buffer[:size]
            if frame[0] == request.unit:
                return frame[1:-2]
        return None


def _rtu_size(buffer: bytearray) -> int:
    """Length of the frame that begins here; 0: too little is there to say."""
    if len(buffer) < 3:
        return 0
    function = buffer[1]
    if function & _REFUSED:
        return 5
    if function in READS.values():
        return 5 + buffer[2]
    if function in _ECHOED:
        return 8
    raise Nonsense("an answer that is not Modbus RTU")


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC: Final = [_crc_of_byte(byte) for byte in range(256)]


def crc(data: bytes) -> int:
    """CRC-16/MODBUS; sent low byte first, so that a whole frame with its checksum gives 0."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return value
