"""Finding what a device refuses in a read of many tags: by halves, not one read for each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.plan import Block, Hole, Span, span_of
from edge.profile import Point, ReadLimits

NAMED: Final = frozenset({2, 3})  # exception codes that one register of the read may have caused


class Split:
    """A refused read that was cut in two. If both halves are fine, it was what lies between."""

    def __init__(self, block: Block, between: Hole) -> None:
        self.block = block
        self._between = between
        self._pending = 2
        self._is_explained = False

    def accepted(self) -> Hole | None:
        """One half was read. Returns the hole if that makes it certain."""
        self._pending -= 1
        return self._between if not self._pending and not self._is_explained else None

    def refused(self) -> None:
        """One half was refused as well: the fault lies within it."""
        self._pending -= 1
        self._is_explained = True


def cut(
    block: Block, limits: ReadLimits, factors: Mapping[str, Point]
) -> tuple[Block, Block, Split] | Hole:
    """Cut a refused read in two; a hole: it cannot be cut, and nothing of it can be read."""
    spans = [span for tag in block.tags if (span := span_of(tag, limits, factors)) is not None]
    spans.sort(key=lambda span: span[:3])
    cuts = [i for i in range(1, len(spans)) if _end(spans[:i]) <= spans[i].start]
    if not cuts:
        return Hole(block.table, block.address, block.address + block.size)
    at = min(cuts, key=lambda i: abs(2 * i - len(spans)))
    left, right = spans[:at], spans[at:]
    return _block(left), _block(right), Split(block, Hole(block.table, _end(left), right[0].start))


def _end(spans: list[Span]) -> int:
    return max(span.end for span in spans)


def _block(spans: list[Span]) -> Block:
    start = spans[0].start
    return Block(spans[0].table, start, _end(spans) - start, tuple(span.tag for span in spans))
