"""Which reads fetch the tags of a device. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from edge.profile import BIT_TABLES, Point, ReadLimits, Table

MAX_BITS: Final = 2000  # in one read of a bit table, from the Modbus specification
BITS: Final = 16  # of a bit table count as much as one register


class Hole(NamedTuple):
    """Registers or bits from ``start`` to before ``end`` that the device refuses.

    An empty one (``start == end``) is a seam: no read may reach across it.
    """

    table: Table
    start: int
    end: int

    def blocks(self, table: Table, start: int, end: int) -> bool:
        """Say whether a read may not go from ``start`` to before ``end``."""
        return table == self.table and start < self.end and end > self.start


class Span(NamedTuple):
    """What must be read together: a tag, with the one that holds its factor."""

    table: Table
    start: int
    end: int
    tag: Point


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


def plan_reads(
    tags: Iterable[Point],
    limits: ReadLimits,
    holes: Collection[Hole] = (),
    factors: Mapping[str, Point] | None = None,
) -> list[Block]:
    """Plan few reads that fetch all tags, each tag in exactly one.

    A tag that cannot be read within the limits, or not without touching a hole, is in none.

    Args:
        tags: in any order; they may overlap. SunSpec addresses are resolved already.
        limits: of the device. A bit table may have 16 bits for each register.
        holes: what the device refuses.
        factors: the tags that ``scale_from`` names, which are read in the same block.
    """
    blocks: list[Block] = []
    spans = filter(None, (span_of(tag, limits, factors or {}) for tag in tags))
    for span in sorted(spans, key=lambda span: (*span[:3], span.tag.name)):
        if not _is_allowed(span.table, span.start, span.end, limits, holes):
            continue
        joined = _join(blocks[-1], span, limits, holes) if blocks else None
        if joined:
            blocks[-1] = joined
        else:
            blocks.append(Block(span.table, span.start, span.end - span.start, (span.tag,)))
    return blocks


def span_of(tag: Point, limits: ReadLimits, factors: Mapping[str, Point]) -> Span | None:
    """What has to be read for a tag; None: no single read can."""
    start, end = tag.address, tag.address + tag.width
    if tag.scale_from:
        factor = factors.get(tag.scale_from)
        if factor is None or factor.table != tag.table:
            return None
        start = min(start, factor.address)
        end = max(end, factor.address + factor.width)
    if limits.even_align and tag.table not in BIT_TABLES:
        start, end = start - start % 2, end + end % 2
    return Span(tag.table, start, end, tag)


def _join(block: Block, span: Span, limits: ReadLimits, holes: Collection[Hole]) -> Block | None:
    gap = limits.max_gap * (BITS if span.table in BIT_TABLES else 1)
    end = block.address + block.size
    if span.table != block.table or span.start - end > gap:
        return None
    end = max(end, span.end)
    if not _is_allowed(block.table, block.address, end, limits, holes):
        return None
    return Block(block.table, block.address, end - block.address, (*block.tags, span.tag))


def _is_allowed(
    table: Table, start: int, end: int, limits: ReadLimits, holes: Collection[Hole]
) -> bool:
    return end - start <= longest(table, limits) and not any(
        hole.blocks(table, start, end) for hole in holes
    )


def longest(table: Table, limits: ReadLimits) -> int:
    """How many registers or bits one read may fetch."""
    if table in BIT_TABLES:
        return min(MAX_BITS, limits.max_registers * BITS)
    return limits.max_registers - limits.max_registers % 2 * limits.even_align
