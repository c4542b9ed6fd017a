"""Which reads fetch the tags of a device. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from edge.profile import BIT_TABLES, Point, Table

MAX_BITS: Final = 2000  # in one read of a bit table, from the Modbus specification


class Block(NamedTuple):
    """One read: ``size`` registers (or bits) from ``address``, and the tags that lie in it."""

    table: Table
    address: int
    size: int
    tags: tuple[Point, ...]

    def words_of(self, tag: Point, words: Sequence[int]) -> Sequence[int]:
        """Cut the registers (or bits) of one tag out of the answer."""
        start = tag.address - self.address
        return words[start : start + tag.width]


def plan_reads(tags: Iterable[Point], max_registers: int, max_gap: int) -> list[Block]:
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


def _join(block: Block, tag: Point, longest: int, max_gap: int) -> Block | None:
    end = block.address + block.size
    size = max(end, tag.address + tag.width) - block.address
    if tag.table != block.table or tag.address - end > max_gap or size > longest:
        return None
    return Block(block.table, block.address, size, (*block.tags, tag))
