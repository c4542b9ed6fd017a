"""What is read of one device: from its tags, and from what it was seen to refuse. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edge.decoding import BlockDecoder
from edge.halving import Split, cut
from edge.plan import Block, Hole, plan_reads
from edge.profile import Point
from edge.report import Reading, Reporter
from edge.sunspec import BASES, Chain, missing, place
from edge.wire import Quality
from edge.wire.configuration import DeviceConfig


class ScanClass:
    """The tags of one device that are read at the same period (or together, on demand)."""

    def __init__(self, tags: Sequence[Point], reporters: Mapping[str, Reporter]) -> None:
        self.scan_ms = tags[0].scan_ms
        self.tags = tags
        self.reporters = reporters
        self.blocks: list[BlockDecoder] = []
        self.unreadable: list[Point] = []

    def plan(self, blocks: list[BlockDecoder]) -> None:
        """Read these blocks from now on; tags in none of them cannot be read."""
        self.blocks = blocks
        readable = {tag.name for decoder in blocks for tag in decoder.block.tags}
        self.unreadable = [tag for tag in self.tags if tag.name not in readable]

    def fail(self, quality: Quality, now_ms: int) -> list[Reading]:
        """Say of all tags that they could not be read; return what is worth a report."""
        judged = (self.reporters[tag.name].judge(now_ms, quality) for tag in self.tags)
        return [reading for reading in judged if reading is not None]

    def refuse_unreadable(self, now_ms: int) -> list[Reading]:
        """Say of what cannot be read that it cannot; return what is worth a report."""
        quality = Quality.CONFIG_ERROR
        judged = (self.reporters[tag.name].judge(now_ms, quality) for tag in self.unreadable)
        return [reading for reading in judged if reading is not None]


class UnitPlan:
    """The scan classes of one device, planned anew whenever more is known about it."""

    def __init__(self, config: DeviceConfig) -> None:
        self._config = config
        self._reporters = {tag.name: Reporter(config.uid, tag) for tag in config.tags}
        self._on_demand = [tag for tag in config.tags if tag.scan == "demand"]
        on_grid = [tag for tag in config.tags if tag.scan != "demand"]
        self.classes = [
            ScanClass([tag for tag in on_grid if tag.scan_ms == period], self._reporters)
            for period in sorted({tag.scan_ms for tag in on_grid})
        ]
        self.holes: set[Hole] = set()
        self._chain: Chain = {}
        self._factors: dict[str, Point] = {}
        self.needs_chain = self._has_models = any(tag.model for tag in config.tags)
        self._is_settled = False
        self.settle()

    # ------------------------------------------------------------ what was learnt

    def add_hole(self, hole: Hole) -> None:
        """Never read this again, from the next plan on."""
        self.holes.add(hole)
        self._is_settled = False

    def drop_hole(self, hole: Hole) -> None:
        """Read this again, from now on."""
        self.holes.discard(hole)
        self._is_settled = False
        self.settle()

    def take_chain(self, chain: Chain) -> str:
        """Place the tags of SunSpec models; returns what is missing, in plain words."""
        self.needs_chain = False
        if chain != self._chain:
            self._chain = chain
            self._is_settled = False
            self.settle()
        return missing(self._config.tags, chain)

    def doubt(self) -> None:
        """The device was away, and may be another one now: find out again what it has."""
        self.needs_chain = self._has_models
        self._is_settled = self._is_settled and not self.holes
        self.holes.clear()
        self.settle()

    def settle(self) -> None:
        """Plan anew if anything was learnt since the last plan."""
        if self._is_settled:
            return
        self._is_settled = True
        self._factors = {tag.name: tag for tag in place(self._config.tags, self._chain)}
        for scan in self.classes:
            self.plan(scan)

    # ------------------------------------------------------------ the plan

    def plan(self, scan: ScanClass) -> None:
        """Plan the reads of a class with what is known now."""
        tags = [self._factors[tag.name] for tag in scan.tags if tag.name in self._factors]
        blocks = plan_reads(tags, self._config, self.holes, self._factors)
        scan.plan([self._decoder(scan, block) for block in blocks])

    def on_demand(self) -> ScanClass | None:
        """What is read when somebody asks: with a fresh memory, so that all of it is reported."""
        if not self._on_demand:
            return None
        reporters = {tag.name: Reporter(self._config.uid, tag) for tag in self._on_demand}
        scan = ScanClass(self._on_demand, reporters)
        self.plan(scan)
        return scan

    def halve(
        self, scan: ScanClass, block: Block
    ) -> tuple[BlockDecoder, BlockDecoder, Split] | Hole:
        """Cut a refused block in two, or say that all of it is a hole."""
        halves = cut(block, self._config, self._factors)
        if isinstance(halves, Hole):
            return halves
        left, right, split = halves
        return self._decoder(scan, left), self._decoder(scan, right), split

    def probe_block(self) -> Block:
        """A read that shows whether the device is there."""
        decoder = next((one for scan in self.classes for one in scan.blocks), None)
        return decoder.block if decoder else Block("holding", BASES[0], 1, ())

    def count_blocks(self) -> int:
        """How many requests one round of all scan classes takes."""
        return sum(len(scan.blocks) for scan in self.classes)

    def count_unreadable(self) -> int:
        """How many tags the device refuses."""
        return sum(len(scan.unreadable) for scan in self.classes) if not self.needs_chain else 0

    def _decoder(self, scan: ScanClass, block: Block) -> BlockDecoder:
        return BlockDecoder(block, scan.reporters, self._factors)
