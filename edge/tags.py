"""Registers to values and back, and which reads fetch them. Pure."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from edge.config import BIT_TABLES, Order, Table, TagConfig

MAX_BITS: Final = 2000  # in one read of a bit table, from the Modbus specification
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


class Block(NamedTuple):
    """One read: ``size`` registers (or bits) from ``address``, and the tags that lie in it."""

    table: Table
    address: int
    size: int
    tags: tuple[TagConfig, ...]

    def words_of(self, tag: TagConfig, words: Sequence[int]) -> Sequence[int]:
        """Cut the registers (or bits) of one tag out of the answer."""
        start = tag.address - self.address
        return words[start : start + tag.width]


class Decoded(NamedTuple):
    """A value in the tag's unit."""

    value: float | None  # None: the device says that it has no value (NaN, infinite)
    raw: str | None = None  # the exact integer where a float cannot hold it


def plan_reads(tags: Iterable[TagConfig], max_registers: int, max_gap: int) -> list[Block]:
    """Plan few reads that fetch all tags.

    Args:
        tags: in any order; they may overlap. None is wider than ``max_registers``.
        max_registers: length of the longest read. A bit table may have 16 bits for each.
        max_gap: registers that may be read needlessly to join two blocks.
    """
    blocks: list[Block] = []
    for tag in sorted(tags, key=lambda tag: (tag.table, tag.address, tag.width)):
        bits = tag.table in BIT_TABLES
        longest = min(MAX_BITS, max_registers * 16) if bits else max_registers
        gap = max_gap * 16 if bits else max_gap
        joined = _join(blocks[-1], tag, longest, gap) if blocks else None
        if joined:
            blocks[-1] = joined
        else:
            blocks.append(Block(tag.table, tag.address, tag.width, (tag,)))
    return blocks


def _join(block: Block, tag: TagConfig, longest: int, max_gap: int) -> Block | None:
    end = block.address + block.size
    size = max(end, tag.address + tag.width) - block.address
    if tag.table != block.table or tag.address - end > max_gap or size > longest:
        return None
    return Block(block.table, block.address, size, (*block.tags, tag))


def decode(tag: TagConfig, words: Sequence[int]) -> Decoded:
    """Decode the ``tag.width`` registers (or the bit) of a tag."""
    if tag.type == "bool":
        return Decoded(1.0 if words[0] else 0.0)
    number = _unpack(tag, words)
    if isinstance(number, int) and tag.scale == 1 and tag.offset == 0:
        return Decoded(float(number), str(number) if abs(number) > EXACT else None)
    value = number * tag.scale + tag.offset
    return Decoded(value if math.isfinite(value) else None)


def encode(tag: TagConfig, value: float) -> list[int]:
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


def _unpack(tag: TagConfig, words: Sequence[int]) -> int | float:
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
