"""Test vectors: bytes of a request and a reply, and what they mean. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from edge.profile.codec import decode
from edge.profile.model import Vector
from edge.profile.point import BIT_TABLES, Point, Table

_TABLES: Final[dict[int, Table]] = {
    1: "coil",
    2: "discrete",
    3: "holding",
    4: "input",
    5: "coil",
    6: "holding",
    15: "coil",
    16: "holding",
}
_SUNS: Final = [0x5375, 0x6E53]
_END_OF_MODELS: Final = 0xFFFF


class VectorError(ValueError):
    """The bytes are no request and reply of Modbus."""


class Exchange(NamedTuple):
    """What went over the wire: registers (or bits) that were read or written."""

    unit: int
    table: Table
    address: int
    words: list[int]

    def words_of(self, point: Point) -> list[int] | None:
        """Registers (or the bit) of a point; None: not wholly in here."""
        base = 0
        if point.model:
            found = models_in(self.address, self.words).get(point.model)
            if found is None:
                return None
            base = found
        start = base + point.address - self.address
        if point.table != self.table or start < 0 or start + point.width > len(self.words):
            return None
        return self.words[start : start + point.width]


def parse_exchange(request: str, reply: str) -> Exchange:
    """Understand a request and its reply, both in hex, unit id first, without CRC.

    Raises:
        VectorError: they are no request and reply of function 1 to 6, 15 or 16.
    """
    asked, answered = _bytes(request, "request"), _bytes(reply, "reply")
    unit, function = asked[0], asked[1]
    table = _TABLES.get(function)
    if table is None:
        raise VectorError(f"request: function {function} is not one of 1 to 6, 15 and 16")
    if answered[0] != unit:
        raise VectorError(f"reply: comes from unit {answered[0]}, asked was unit {unit}")
    if answered[1] == function | 0x80:
        raise VectorError(f"reply: is exception {answered[2]}; a vector needs values")
    if answered[1] != function:
        raise VectorError(f"reply: has function {answered[1]}, asked was {function}")
    if function <= 4:
        return _parse_read(unit, table, asked[2:], answered[2:])
    return _parse_write(unit, table, asked, answered)


def _bytes(text: str, what: str) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise VectorError(f"{what}: is not hex") from error
    if len(data) < 3:
        raise VectorError(f"{what}: is too short")
    return data


def _parse_read(unit: int, table: Table, asked: bytes, answered: bytes) -> Exchange:
    if len(asked) != 4:
        raise VectorError(f"request: {_no_crc(len(asked), 4)}")
    address, count = struct.unpack(">HH", asked)
    size = (count + 7) // 8 if table in BIT_TABLES else 2 * count
    if answered[0] != size:
        raise VectorError(f"reply: says {answered[0]} bytes; {count} values need {size}")
    data = answered[1:]
    if len(data) != size:
        raise VectorError(f"reply: {_no_crc(len(data), size)}")
    return Exchange(unit, table, address, _unpack(data, count, table))


def _parse_write(unit: int, table: Table, asked: bytes, answered: bytes) -> Exchange:
    function = asked[1]
    (address,) = struct.unpack_from(">H", asked, 2)
    if function in {5, 6}:
        if len(asked) != 6:
            raise VectorError(f"request: {_no_crc(len(asked), 6)}")
        words = [int.from_bytes(asked[4:6], "big")]
        if function == 5:
            words = [1 if words[0] == 0xFF00 else 0]
    else:
        if len(asked) < 7 or len(asked) != 7 + asked[6]:
            raise VectorError("request: its length does not fit; leave the CRC away")
        words = _unpack(asked[7:], int.from_bytes(asked[4:6], "big"), table)
    if answered != asked[:6]:
        raise VectorError("reply: does not repeat address and value (or count) of the request")
    return Exchange(unit, table, address, words)


def _unpack(data: bytes, count: int, table: Table) -> list[int]:
    if table in BIT_TABLES:
        return [data[i // 8] >> i % 8 & 1 for i in range(min(count, 8 * len(data)))]
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


def _no_crc(got: int, expected: int) -> str:
    if got == expected + 2:
        return "two bytes too long; leave the CRC away"
    return f"{got} bytes follow where {expected} are expected"


def models_in(address: int, words: Sequence[int]) -> dict[int, int]:
    """Addresses of the SunSpec models (of their ID) in a block that starts with one, or "SunS"."""
    found: dict[int, int] = {}
    at = 2 if list(words[:2]) == _SUNS else 0
    while at + 1 < len(words) and words[at] != _END_OF_MODELS:
        found.setdefault(words[at], address + at)
        at += words[at + 1] + 2
    return found


def vector_mistakes(vector: Vector, points: Mapping[str, Point]) -> Iterator[str]:
    """Say what a vector decodes to where that is not what it says."""
    try:
        exchange = parse_exchange(vector.request, vector.reply)
    except (VectorError, struct.error, IndexError) as error:
        yield str(error)
        return
    if not vector.expect:
        yield "expect: names no point"
    for name, expected in vector.expect.items():
        point = points.get(name)
        if point is None:
            yield f"expect: there is no point {name}"
        elif (words := exchange.words_of(point)) is None:
            yield f"expect.{name}: the point does not lie in these bytes"
        else:
            yield from _mistakes_of_value(vector, exchange, point, words, points, expected)


def _mistakes_of_value(
    vector: Vector,
    exchange: Exchange,
    point: Point,
    words: list[int],
    points: Mapping[str, Point],
    expected: float | str | None,
) -> Iterator[str]:
    exponent: float | None = None
    if point.scale_from and (factor := points.get(point.scale_from)):
        factor_words = exchange.words_of(factor)
        if factor_words is None:
            yield f"expect.{point.name}: {factor.name}, its scale_from, is not in these bytes"
            return
        exponent = decode(factor, factor_words).value
    decoded = decode(point, words, exponent)
    found = decoded.raw if isinstance(expected, str) else decoded.value
    if not _agree(found, expected, vector.tolerance):
        said = "not available" if expected is None else repr(expected)
        got = "not available" if found is None else repr(found)
        yield f"expect.{point.name}: says {said}, but the bytes give {got}"


def _agree(found: float | str | None, expected: float | str | None, tolerance: float) -> bool:
    if isinstance(found, (int, float)) and isinstance(expected, (int, float)):
        return abs(found - expected) <= tolerance * max(abs(expected), 1e-12)
    return found == expected
