"""Modbus TCP frames, from the server's side (MODBUS Messaging on TCP/IP V1.0b, protocol V1.1b3).

Written from the specification and not on the library that the gateway reads with: a mistake
there would hide if both sides made it. It serves the four reads; the plant takes no writes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from edge.profile import BIT_TABLES, Table

HEADER: Final = struct.Struct(">HHHB")  # transaction, protocol, length, unit
LONGEST_PDU: Final = 253
READS: Final[dict[int, Table]] = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}


class Refusal(IntEnum):
    """Exception codes."""

    ILLEGAL_FUNCTION = 0x01
    ILLEGAL_ADDRESS = 0x02
    ILLEGAL_VALUE = 0x03
    BUSY = 0x06
    NO_SUCH_UNIT = 0x0B


class NotModbus(ValueError):
    """The bytes are no Modbus TCP. Close the connection: the next frame cannot be found."""


class Request(NamedTuple):
    """A frame from a client."""

    transaction: int
    unit: int
    pdu: bytes


class Read(NamedTuple):
    """What a read request asks for."""

    table: Table
    address: int
    size: int  # registers or bits


def take_request(buffer: bytearray) -> Request | None:
    """Cut the first frame off the buffer; ``None`` when it is not complete yet.

    Raises:
        NotModbus: the buffer does not start with a frame.
    """
    if len(buffer) < HEADER.size:
        return None
    transaction, protocol, length, unit = HEADER.unpack_from(buffer)
    if protocol != 0 or not 2 <= length <= LONGEST_PDU + 1:
        raise NotModbus(f"protocol {protocol}, length {length}")
    end = HEADER.size - 1 + length  # the length counts the unit id, too
    if len(buffer) < end:
        return None
    pdu = bytes(buffer[HEADER.size : end])
    del buffer[:end]
    return Request(transaction, unit, pdu)


def parse_read(pdu: bytes) -> Read | Refusal:
    """Understand a read request."""
    table = READS.get(pdu[0])
    if table is None:
        return Refusal.ILLEGAL_FUNCTION
    if len(pdu) != 5:
        return Refusal.ILLEGAL_VALUE
    address, size = struct.unpack(">HH", pdu[1:])
    return Read(table, address, size)


def frame(request: Request, pdu: bytes) -> bytes:
    """Answer a request with its own transaction and unit."""
    return HEADER.pack(request.transaction, 0, len(pdu) + 1, request.unit) + pdu


def refuse(request: Request, code: Refusal) -> bytes:
    """Answer with an exception."""
    return frame(request, bytes([request.pdu[0] | 0x80, code]))


def answer(request: Request, table: Table, words: Sequence[int]) -> bytes:
    """Answer a read with its registers, or with its bits packed from the lowest bit up."""
    if table in BIT_TABLES:
        bits = sum(1 << i for i, word in enumerate(words) if word)
        data = bits.to_bytes((len(words) + 7) // 8, "little")
    else:
        data = struct.pack(f">{len(words)}H", *words)
    return frame(request, bytes([request.pdu[0], len(data)]) + data)
