"""Scanning one device: blocks to readings, a failure to readings that say so."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from edge.gather import Happening
from edge.modbus import DeviceRefused, LinkDown, ModbusError
from edge.pacing import Breaker
from edge.plan import Block, plan_reads
from edge.profile import Point
from edge.profile.codec import decode
from edge.report import Reading, is_worth_reporting
from edge.wire import Quality
from edge.wire.configuration import DeviceConfig

logger = logging.getLogger(__name__)

_REFUSED_REGISTERS = {2, 3}  # exception codes that one register of the block may have caused
_SILENT = {Quality.COMM_FAILURE, Quality.NOT_CONNECTED}


class Reader(Protocol):
    """What a scan needs of a connection; see ``edge.modbus.ModbusLink``."""

    async def read(self, unit: int, block: Block, *, attempts: int = 2) -> list[int]:
        """Read one block."""


class Clock:
    """The two clocks of a scan: one that never jumps, one that says what time it is."""

    def monotonic(self) -> float:
        """Seconds; only differences mean anything."""
        return time.monotonic()

    def wall_ms(self) -> int:
        """UTC epoch milliseconds."""
        return time.time_ns() // 1_000_000


class ScanClass:
    """The tags of one device that are read at the same period."""

    def __init__(self, device: DeviceConfig, tags: Sequence[Point]) -> None:
        self.scan_ms = tags[0].scan_ms
        self.blocks = plan_reads(tags, device.max_registers, device.max_gap)
        self._max_registers = device.max_registers

    def replan(self, block: Block, refused: list[Point]) -> None:
        """Keep registers that the device refuses out of the reads of their neighbours."""
        good = [tag for tag in block.tags if tag not in refused]
        # Without a gap: the refused register may also be one that was only read to join two.
        parts = plan_reads(good, self._max_registers, max_gap=0)
        if parts == [block]:  # the device refuses the length, not a register
            parts = singles(block)
        at = self.blocks.index(block)
        self.blocks[at : at + 1] = [
            *parts,
            *(Block(tag.table, tag.address, tag.width, (tag,)) for tag in refused),
        ]


def singles(block: Block) -> list[Block]:
    """Split a block into one read for each tag."""
    return [Block(tag.table, tag.address, tag.width, (tag,)) for tag in block.tags]


class Unit:
    """One device: its plan, its breaker, what was last reported of it, and whether it is down."""

    def __init__(
        self, config: DeviceConfig, on_error: Callable[[], None], clock: Clock | None = None
    ) -> None:
        self.config = config
        self._on_error = on_error
        self._clock = clock or Clock()
        self._breaker = Breaker()
        self._failure = Quality.COMM_FAILURE  # why the breaker is open
        self._is_down: bool | None = None  # None: not known yet
        self._reported: dict[str, Reading] = {}
        self.classes = [
            ScanClass(config, [tag for tag in config.tags if tag.scan_ms == period])
            for period in sorted({tag.scan_ms for tag in config.tags})
        ]

    async def scan(self, reader: Reader, scan: ScanClass) -> tuple[list[Reading], list[Happening]]:
        """Read all tags of a scan class; return what is worth a report, and the events."""
        readings: list[Reading] = []
        happenings: list[Happening] = []
        blocks = list(scan.blocks)
        while blocks:
            block = blocks.pop(0)
            try:
                readings += await self._read_block(reader, scan, block)
                happenings += self._turn(None)
            except ModbusError as error:
                # The unit is silent: what is left of the scan would only wait for it as well.
                now_ms = self._clock.wall_ms()
                for unread in [block, *blocks]:
                    readings += self._failed(unread.tags, error.quality, now_ms)
                happenings += self._turn(error.quality)
                break
        return self._worth_reporting(readings), happenings

    async def _read_block(self, reader: Reader, scan: ScanClass, block: Block) -> list[Reading]:
        """Read one block.

        Raises:
            ModbusError: the unit is silent, or is left alone because it was.
        """
        try:
            return await self._read(reader, block)
        except DeviceRefused as error:
            if error.code not in _REFUSED_REGISTERS or len(block.tags) == 1:
                return self._failed(block.tags, error.quality, self._clock.wall_ms())
        readings: list[Reading] = []
        refused: list[Point] = []
        for single in singles(block):
            try:
                readings += await self._read(reader, single)
            except DeviceRefused as error:
                refused += single.tags
                readings += self._failed(single.tags, error.quality, self._clock.wall_ms())
        scan.replan(block, refused)
        names = ", ".join(tag.name for tag in refused) or "none of its tags alone"
        logger.warning("%s refuses a read; what it refuses: %s", self.config.uid, names)
        return readings

    async def _read(self, reader: Reader, block: Block) -> list[Reading]:
        """Read one block through the breaker.

        Raises:
            DeviceRefused: the unit answered, but with an exception code.
            ModbusError: the unit is silent, or is left alone because it was.
        """
        if not self._breaker.allows(self._clock.monotonic()):
            raise _LeftAlone(self._failure)
        try:
            attempts = 2 if self._breaker.is_closed else 1  # a probe costs one timeout at most
            words = await reader.read(self.config.unit, block, attempts=attempts)
        except ModbusError as error:
            self._on_error()
            if isinstance(error, DeviceRefused) and error.quality not in _SILENT:
                self._breaker.succeeded()
                raise
            if not isinstance(error, LinkDown):  # a link that is down fails fast by itself
                self._failure = error.quality
                self._breaker.failed(self._clock.monotonic())
            raise _LeftAlone(error.quality) from error
        self._breaker.succeeded()
        now_ms = self._clock.wall_ms()
        return [self._reading(tag, block.words_of(tag, words), now_ms) for tag in block.tags]

    def _reading(self, tag: Point, words: Sequence[int], now_ms: int) -> Reading:
        decoded = decode(tag, words)
        quality = Quality.SENSOR_FAILURE if decoded.value is None else Quality.GOOD
        return Reading(self.config.uid, tag.name, now_ms, quality, decoded.value, decoded.raw)

    def _failed(self, tags: Sequence[Point], quality: Quality, now_ms: int) -> list[Reading]:
        return [Reading(self.config.uid, tag.name, now_ms, quality) for tag in tags]

    def _worth_reporting(self, readings: list[Reading]) -> list[Reading]:
        tags = {tag.name: tag for tag in self.config.tags}
        worth = [
            r for r in readings if is_worth_reporting(tags[r.tag], self._reported.get(r.tag), r)
        ]
        self._reported.update({reading.tag: reading for reading in worth})
        return worth

    def _turn(self, failure: Quality | None) -> list[Happening]:
        """Note that the unit answered (None) or is silent; return the event if that is news."""
        down = failure is not None
        if down == self._is_down:
            return []
        self._is_down = down
        now_ms = self._clock.wall_ms()
        if failure is not None:
            logger.warning("%s does not answer: %s", self.config.uid, failure.name)
            return [Happening("device.down", self.config.uid, now_ms, failure.name)]
        logger.info("%s answers", self.config.uid)
        return [Happening("device.up", self.config.uid, now_ms)]


class _LeftAlone(ModbusError):
    """The unit is silent, or is being left alone after it was."""

    def __init__(self, quality: Quality) -> None:
        super().__init__(quality.name)
        self.quality = quality
