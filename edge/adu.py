"""Modbus frames from the client's side. Pure.

Messages and checksums are pymodbus's. What is on top of it is strictness: an answer counts only if
its transaction, unit, function and length are those that the request asked for, because everything
else may be the value of another register. See docs/adr/0007-pymodbus-messages-own-channel.md.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu import bit_message as bits
from pymodbus.pdu import register_message as registers
from pymodbus.pdu.diag_message import ReturnQueryDataRequest

from edge.profile import BIT_TABLES, Table

READS: Final[dict[Table, type[ModbusPDU]]] = {
    "coil": bits.ReadCoilsRequest,
    "discrete": bits.ReadDiscreteInputsRequest,
    "holding": registers.ReadHoldingRegistersRequest,
    "input": registers.ReadInputRegistersRequest,
}
WRITE_COIL: Final = 5
WRITE_REGISTER: Final = 6
ECHO: Final = 8  # diagnostics, "return query data"; serial lines only
WRITE_COILS: Final = 15
WRITE_REGISTERS: Final = 16

_REFUSED: Final = 0x80  # set in the function code of an exception
_HEADER: Final = struct.Struct(">HHHB")  # transaction, protocol, length, unit
_LONGEST_PDU: Final = 253
_MOST_REGISTERS: Final = 123
_MOST_COILS: Final = 1968  # the longest PDU holds no more; pymodbus would write 2000
_DECODER: Final = DecodePDU(is_server=False)
_ANSWERS: Final = {function: _DECODER.pdu_table[function][1] for function in (1, 2, 3, 4)}
_KNOWN: Final = {*_ANSWERS, WRITE_COIL, WRITE_REGISTER, ECHO, WRITE_COILS, WRITE_REGISTERS}
_TCP: Final = FramerSocket(_DECODER)
_RTU: Final = FramerRTU(_DECODER)
_SHORTEST_RTU: Final = 5  # bytes: unit, function, one byte, checksum


class Nonsense(ValueError):
    """What came is not the answer. Nothing that comes later on this connection can be trusted."""


class Request(NamedTuple):
    """A question, and how its answer begins and how long it is."""

    unit: int
    pdu: bytes
    head: bytes
    size: int  # bytes of the PDU that answers it


def read_request(unit: int, table: Table, address: int, count: int) -> Request:
    """Ask for registers or bits.

    Raises:
        ValueError: no request can ask for so many, or there.
    """
    message = READS[table](address=address, count=count)
    data = (count + 7) // 8 if table in BIT_TABLES else 2 * count
    return Request(unit, _pdu(message), bytes([message.function_code, data]), 2 + data)


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
        pdu = _pdu(_write_one(function, address, values[0]))
        return Request(unit, pdu, pdu, len(pdu))
    message: ModbusPDU
    if function == WRITE_REGISTERS and 1 <= count <= _MOST_REGISTERS:
        message = registers.WriteMultipleRegistersRequest(address=address, registers=values)
    elif function == WRITE_COILS and 1 <= count <= _MOST_COILS:
        message = bits.WriteMultipleCoilsRequest(address=address, bits=[bool(v) for v in values])
    else:
        raise ValueError(f"function {function} does not write {count} values")
    head = struct.pack(">BHH", function, address, count)
    return Request(unit, _pdu(message), head, len(head))


def _write_one(function: int, address: int, value: int) -> ModbusPDU:
    if function == WRITE_COIL:
        return bits.WriteSingleCoilRequest(address=address, bits=[bool(value)])
    return registers.WriteSingleRegisterRequest(address=address, registers=[value])


def echo_request(unit: int, nonce: int) -> Request:
    """Ask a serial device to repeat a number, which shows that it has done with all before."""
    pdu = _pdu(ReturnQueryDataRequest(message=nonce))
    return Request(unit, pdu, pdu, len(pdu))


def _pdu(message: ModbusPDU) -> bytes:
    return bytes([message.function_code]) + message.encode()


def refusal(request: Request, pdu: bytes) -> int | None:
    """The exception code of an answer; None: it is what was asked for.

    Raises:
        Nonsense: it is neither.
    """
    function = request.pdu[0]
    if pdu[0] == function | _REFUSED and len(pdu) == 2:
        answer = ExceptionResponse(function)
        answer.decode(pdu[1:])
        return answer.exception_code
    if pdu[0] & ~_REFUSED != function:
        raise Nonsense(f"an answer to function {pdu[0] & ~_REFUSED} instead of {function}")
    if len(pdu) != request.size or not pdu.startswith(request.head):
        raise Nonsense(f"an answer of {len(pdu)} bytes that does not fit the request")
    return None


def values_of(table: Table, count: int, pdu: bytes) -> Sequence[int]:
    """The registers, or the bits as 0 and 1, of an answer that was checked."""
    answer = _ANSWERS[READS[table].function_code]()
    answer.decode(pdu[1:])
    return [int(bit) for bit in answer.bits[:count]] if table in BIT_TABLES else answer.registers


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
        return _TCP.encode(request.pdu, request.unit, self._transaction)

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
        return _RTU.encode(request.pdu, request.unit, 0)

    def take(self, buffer: bytearray, request: Request) -> bytes | None:
        """Cut the answer off; what other units answer too late is dropped."""
        while (size := _rtu_size(buffer)) and len(buffer) >= size:
            frame = bytes(buffer[:size])
            if not FramerRTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:])):
                raise Nonsense("an answer with a wrong checksum")
            del buffer[:size]
            if frame[0] == request.unit:
                return frame[1:-2]
        return None


def _rtu_size(buffer: bytearray) -> int:
    """Length of the frame that begins here; 0: too little is there to say."""
    if len(buffer) < _SHORTEST_RTU:
        return 0
    data, function = bytes(buffer), buffer[1]
    kind = _DECODER.lookupPduClass(data)
    if kind is None or function & ~_REFUSED not in _KNOWN:
        raise Nonsense("an answer that is not Modbus RTU")
    return kind.calculateRtuFrameSize(data)
