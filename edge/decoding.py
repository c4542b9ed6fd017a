"""From the words of one block to readings: worked out once for each block. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edge.plan import Block
from edge.profile import Point
from edge.profile.codec import decode
from edge.report import Reading, Reporter
from edge.wire import Quality


class BlockDecoder:
    """Knows where in a block each of its tags lies, and the factor that scales it."""

    def __init__(
        self, block: Block, reporters: Mapping[str, Reporter], factors: Mapping[str, Point]
    ) -> None:
        self.block = block
        self._reporters = [reporters[tag.name] for tag in block.tags]
        self._places = [
            (reporters[tag.name], tag, *self._place(tag), factors.get(tag.scale_from))
            for tag in block.tags
        ]

    def decode(self, words: Sequence[int], now_ms: int) -> list[Reading]:
        """Decode all tags; return what is worth a report."""
        readings = []
        for reporter, tag, start, end, factor in self._places:
            exponent = self._exponent(factor, words) if factor else None
            value, raw, quality = decode(tag, words[start:end], exponent)
            if (reading := reporter.judge(now_ms, quality, value, raw)) is not None:
                readings.append(reading)
        return readings

    def fail(self, quality: Quality, now_ms: int) -> list[Reading]:
        """Say of all tags that they could not be read; return what is worth a report."""
        judged = (reporter.judge(now_ms, quality) for reporter in self._reporters)
        return [reading for reading in judged if reading is not None]

    def _place(self, tag: Point) -> tuple[int, int]:
        start = tag.address - self.block.address
        return start, start + tag.width

    def _exponent(self, factor: Point, words: Sequence[int]) -> float | None:
        start, end = self._place(factor)
        return decode(factor, words[start:end]).value
