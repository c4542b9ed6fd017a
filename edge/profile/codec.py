"""Registers to values and back. Pure."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from edge.profile.point import Order, Point

EXACT: Final = 2**53  # integers beyond this do not fit a float

_CODES: Final = {
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}


class Decoded(NamedTuple):
    """A value in the tag's unit."""

    value: float | None  # None: the device says that it has no value (NaN, infinite)
    raw: str | None = None  # the exact integer where a float cannot hold it


def decode(tag: Point, words: Sequence[int]) -> Decoded:
    """Decode the ``tag.width`` registers (or the bit) of a tag."""
    if tag.type == "bool":
        return Decoded(1.0 if words[0] else 0.0)
    number = _unpack(tag, words)
    if isinstance(number, int) and tag.scale == 1 and tag.offset == 0:
        return Decoded(float(number), str(number) if abs(number) > EXACT else None)
    value = number * tag.scale + tag.offset
    return Decoded(value if math.isfinite(value) else None)


def encode(tag: Point, value: float) -> list[int]:
    """Encode a value in the tag's unit into registers (or one bit): what ``decode`` reads back.

    Raises:
        ValueError: the type of the tag cannot hold the value.
    """
    if tag.type == "bool":
        return [1 if value else 0]
    number = value if tag.scale == 1 and tag.offset == 0 else (value - tag.offset) / tag.scale
    if tag.type not in {"float32", "float64"}:
        if not math.isfinite(number):
            raise ValueError(f"{tag.name}: a {tag.type} cannot hold {value}")
        number = round(number)
    try:
        data = struct.pack(f">{_CODES[tag.type]}", number)
    except (struct.error, OverflowError) as error:
        raise ValueError(f"{tag.name}: a {tag.type} cannot hold {value}") from error
    return [word for (word,) in struct.iter_unpack(">H", _reorder(data, tag.order))]


def _unpack(tag: Point, words: Sequence[int]) -> int | float:
    data = _reorder(struct.pack(f">{tag.width}H", *words), tag.order)
    number: int | float = struct.unpack(f">{_CODES[tag.type]}", data)[0]
    return number


def _reorder(data: bytes, order: Order) -> bytes:
    """Between the order of the device and big-endian; the same way there and back."""
    if order in {"CDAB", "DCBA"}:  # the least significant word first
        data = b"".join(data[i : i + 2] for i in range(len(data) - 2, -1, -2))
    if order in {"BADC", "DCBA"}:  # the bytes of each word swapped
        data = b"".join(data[i + 1 : i + 2] + data[i : i + 1] for i in range(0, len(data), 2))
    return data
