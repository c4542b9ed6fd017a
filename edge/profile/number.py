"""Bytes to raw numbers and back, before anything is scaled. Pure."""

from __future__ import annotations

import math
import struct
from typing import Final

from edge.profile.point import WIDTH, Order, Type

WORD_BITS: Final = 16

_CODES: Final[dict[str, struct.Struct]] = {
    name: struct.Struct(">" + code)
    for name, code in {
        "int16": "h",
        "uint16": "H",
        "int32": "i",
        "uint32": "I",
        "int64": "q",
        "uint64": "Q",
        "float16": "e",
        "float32": "f",
        "float64": "d",
    }.items()
}


def unpack(kind: Type, data: bytes) -> int | float | None:
    """Read a number from big-endian bytes; None: a digit of a BCD number is not 0 to 9."""
    code = _CODES.get(kind)
    if code is not None:
        number: int | float = code.unpack(data)[0]
        return number
    digits = data.hex()
    return int(digits) if digits.isdecimal() else None


def pack(kind: Type, number: float) -> bytes:
    """Write a number as big-endian bytes; what a whole number cannot hold exactly is rounded.

    Raises:
        ValueError, OverflowError: the type cannot hold it.
    """
    code = _CODES.get(kind)
    if not kind.startswith("float"):
        if not math.isfinite(number):
            raise ValueError("not a finite number")
        number = round(number)
    if code is None:
        digits = 4 * WIDTH[kind]
        if not 0 <= number < 10**digits:
            raise ValueError(f"{digits} decimal digits cannot hold it")
        return bytes.fromhex(f"{number:0{digits}d}")
    try:
        return code.pack(number)
    except struct.error as error:
        raise ValueError(str(error)) from error


def limits(kind: Type) -> tuple[float, float]:
    """The least and the greatest raw number of a type."""
    if kind == "bool":
        return 0, 1
    bits = WORD_BITS * WIDTH[kind]
    if kind.startswith("float"):
        greatest = {16: 65504.0, 32: 3.4028234663852886e38, 64: 1.7976931348623157e308}[bits]
        return -greatest, greatest
    if kind.startswith("bcd"):
        return 0, 10 ** (bits // 4) - 1
    return (
        (0, 2**bits - 1) if kind.startswith("uint") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    )


def reorder(data: bytes, order: Order) -> bytes:
    """Between the order of the device and big-endian; the same way there and back."""
    if order in {"CDAB", "DCBA"}:  # the least significant word first
        data = b"".join([data[i : i + 2] for i in range(len(data) - 2, -1, -2)])
    if order in {"BADC", "DCBA"}:  # the bytes of each word swapped
        data = b"".join([data[i : i + 2][::-1] for i in range(0, len(data), 2)])
    return data
