"""Reading one device: blocks to readings, a failure to readings that say so.

A scan is a generator of steps, one request each, so that the scheduler of the connection can let
more urgent scans go between them.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Final

from edge import sunspec
from edge.counters import Counters, State
from edge.decoding import BlockDecoder
from edge.gather import Happening
from edge.halving import NAMED
from edge.holes import Looks
from edge.modbus import DeviceRefused, LinkDown, ModbusError
from edge.pacing import Breaker
from edge.plan import Block, Hole
from edge.readplan import ScanClass, UnitPlan
from edge.report import Reading
from edge.steps import Clock, Reader, Step, Work
from edge.wire import Quality, UnitHealth
from edge.wire.configuration import DeviceConfig

logger = logging.getLogger(__name__)

MISSING_KEPT_S: Final = 3600.0  # then, or after a silence, missing SunSpec models are sought again
BUSY_PAUSE_S: Final = 0.5  # before a busy device is asked again

_SILENT: Final = frozenset({Quality.COMM_FAILURE, Quality.NOT_CONNECTED})


class Unit:
    """One device behind a connection, its breaker and counters, and whether it is down."""

    def __init__(
        self,
        config: DeviceConfig,
        on_error: Callable[[], None],
        clock: Clock | None = None,
        retries: int = 1,
    ) -> None:
        """Plan the reads.

        Args:
            config: what to read.
            on_error: called for each request that failed.
            clock: for tests.
            retries: how often a request without an answer is repeated within its scan.
        """
        self.config = config
        self.counters = Counters()
        self.breaker = Breaker()
        self._plan = UnitPlan(config)
        self._on_error = on_error
        self._clock = clock or Clock()
        self._retries = retries
        self._failure = Quality.COMM_FAILURE  # why the breaker is open
        self._is_down: bool | None = None  # None: not known yet
        self._is_probing = False
        self.probes = 0  # since it fell silent
        self._looks = Looks()  # at what it refused
        self._seek_at: float | None = None  # when to seek missing models again

    @property
    def classes(self) -> list[ScanClass]:
        """What is read on a grid, each class on its own."""
        return self._plan.classes

    @property
    def is_down(self) -> bool:
        """Say whether it was silent when it was last asked."""
        return bool(self._is_down)

    def on_demand(self) -> ScanClass | None:
        """What is read when somebody asks; all of its readings are reported."""
        return self._plan.on_demand()

    def health(self) -> UnitHealth:
        """Say how the device answers."""
        state: State = "unknown" if self._is_down is None else "down" if self._is_down else "up"
        state = "probing" if self._is_probing else state
        plan = self._plan
        return self.counters.health(
            self.config.uid, state, plan.count_blocks(), plan.count_unreadable()
        )

    # ------------------------------------------------------------ scans and probes

    async def scan(
        self, reader: Reader, scan: ScanClass, *, even_if_silent: bool = False
    ) -> AsyncGenerator[Step]:
        """Read all tags of a class, block by block.

        Args:
            reader: the connection.
            scan: one of ``classes``, or ``on_demand()``.
            even_if_silent: ask although the device is being left alone.
        """
        if not self.breaker.is_closed and not even_if_silent:
            yield Step(scan.fail(self._failure, self._clock.wall_ms()), [])
            return
        self._seek()
        if self._plan.needs_chain:
            try:
                await self._discover(reader)
                self._plan.plan(scan)  # it may be one on demand
            except ModbusError as error:
                self._open(error)
                readings = scan.fail(error.quality, self._clock.wall_ms())
                yield Step(readings, self._turn(error.quality))
                return
        if scan.unreadable:
            yield Step(scan.refuse_unreadable(self._clock.wall_ms()), [])
        work = deque(Work(decoder) for decoder in scan.blocks)
        while work:
            if not self.breaker.is_closed and not even_if_silent:
                yield Step(self._fail([w.decoder for w in work], self._failure), [])
                return
            yield await self._read_next(reader, scan, work)
        self._plan.settle()
        if not self._is_down and (due := self._looks.due(self._clock.monotonic())):
            yield await self._look_again(reader, *due)

    async def probe(self, reader: Reader, timeout_s: float) -> Step:
        """Ask a silent device for one block; if it answers, its scans go on."""
        self._is_probing = True
        self.probes += 1
        try:
            await self._ask(reader, self._plan.probe_block(), timeout_s)
        except ModbusError as error:
            if error.quality in _SILENT:
                self._open(error)
                return Step([], self._turn(error.quality))
        finally:
            self._is_probing = False
        return Step([], self._turn(None))

    @property
    def is_left_alone(self) -> bool:
        """Say whether its scans wait for a probe that succeeds."""
        return bool(self.classes) and not self.breaker.is_closed

    # ------------------------------------------------------------ one request

    async def _read_next(self, reader: Reader, scan: ScanClass, work: deque[Work]) -> Step:
        """Read the first block of the work; what has to be read because of it goes in front."""
        one = work.popleft()
        try:
            words = await self._ask(reader, one.decoder.block)
        except ModbusError as error:
            if self._is_worth_repeating(error, one):
                one.tries += 1
                self.counters.retries += 1
                work.appendleft(one)
                return Step([], [], BUSY_PAUSE_S if isinstance(error, DeviceRefused) else 0.0)
            if error.quality in _SILENT:  # what is left would only wait for it as well
                rest = [one.decoder, *(other.decoder for other in work)]
                work.clear()
                self._open(error)
                return Step(self._fail(rest, error.quality), self._turn(error.quality))
            return self._refused(scan, one, work, error)
        if one.split is not None and (hole := one.split.accepted()):
            self._add_hole(hole, one.split.block)
        readings = one.decoder.decode(words, self._clock.wall_ms())
        return Step(readings, self._turn(None))

    async def _ask(
        self, reader: Reader, block: Block, timeout_s: float | None = None
    ) -> Sequence[int]:
        """Send one request and count it.

        Raises:
            ModbusError: no answer, or a refusal.
        """
        began, counters = self._clock.monotonic(), self.counters
        rest_s = self.config.min_gap_ms / 1000
        try:
            words = await reader.read(self.config.unit, block, timeout_s=timeout_s, rest_s=rest_s)
        except ModbusError as error:
            self._on_error()
            counters.error = str(error)
            if isinstance(error, LinkDown):
                raise
            counters.requests += 1
            if isinstance(error, DeviceRefused):
                counters.refusals += 1
                counters.answered(self._clock.monotonic() - began)
            else:
                counters.timeouts += 1
            raise
        counters.requests += 1
        counters.answered(self._clock.monotonic() - began)
        return words

    async def _look_again(self, reader: Reader, hole: Hole, block: Block) -> Step:
        """Try what was refused with one read, behind all others of its scan."""
        try:
            await self._ask(reader, block)
        except ModbusError:  # if it is silent, the next scan finds that out
            self._looks.was_in_vain(hole, self._clock.monotonic())
            return Step([], [])
        self._looks.forget(hole)
        self._plan.drop_hole(hole)
        logger.info(
            "%s no longer refuses %s", self.config.uid, ", ".join(t.name for t in block.tags)
        )
        return Step([], self._turn(None))

    def _is_worth_repeating(self, error: ModbusError, one: Work) -> bool:
        if one.tries >= self._retries or isinstance(error, LinkDown) or not self.breaker.is_closed:
            return False
        return error.is_busy if isinstance(error, DeviceRefused) else True

    async def _discover(self, reader: Reader) -> None:
        """Walk the models of a SunSpec device.

        Raises:
            ModbusError: it does not answer.
        """
        walk = sunspec.walk()
        words: Sequence[int] | None = None
        try:
            block = next(walk)
            while True:
                try:
                    words = await self._ask(reader, block)
                except DeviceRefused as error:
                    if error.quality in _SILENT or error.code not in NAMED:
                        raise
                    words = None
                block = walk.send(words)
        except StopIteration as end:
            if missing := self._plan.take_chain(end.value):
                self.counters.error = missing
                self._seek_at = self._clock.monotonic() + MISSING_KEPT_S
                logger.warning("%s: %s", self.config.uid, missing)

    # ------------------------------------------------------------ what became of it

    def _refused(self, scan: ScanClass, one: Work, work: deque[Work], error: ModbusError) -> Step:
        """The device answered with an exception code: halve the block, or take it as the answer."""
        if isinstance(error, DeviceRefused) and error.code in NAMED:
            if one.split is not None:
                one.split.refused()
            halves = self._plan.halve(scan, one.decoder.block)
            if not isinstance(halves, Hole):
                left, right, split = halves
                work.extendleft([Work(right, split), Work(left, split)])
                return Step([], self._turn(None))
            self._add_hole(halves, one.decoder.block)
            tags = ", ".join(tag.name for tag in one.decoder.block.tags)
            logger.warning("%s refuses %s: %s", self.config.uid, tags, error)
        return Step(self._fail([one.decoder], error.quality), self._turn(None))

    def _fail(self, decoders: Sequence[BlockDecoder], quality: Quality) -> list[Reading]:
        now_ms = self._clock.wall_ms()
        return [reading for decoder in decoders for reading in decoder.fail(quality, now_ms)]

    def _open(self, error: ModbusError) -> None:
        if not isinstance(error, LinkDown):  # a link that is down fails fast by itself
            self._failure = error.quality
            self.breaker.failed(self._clock.monotonic())

    def _add_hole(self, hole: Hole, block: Block) -> None:
        self._plan.add_hole(hole)
        self._looks.add(hole, block, self._clock.monotonic())

    def _seek(self) -> None:
        """What models a device lacked an hour ago it may have by now."""
        if self._seek_at is not None and self._clock.monotonic() >= self._seek_at:
            self._doubt()

    def _doubt(self) -> None:
        self._seek_at = None
        self._looks.clear()
        self._plan.doubt()

    def _turn(self, failure: Quality | None) -> list[Happening]:
        """Note that the unit answered (None) or is silent; return the event if that is news."""
        down, was_down = failure is not None, self._is_down
        if not down:
            self.breaker.succeeded()
            self.probes = 0
        if down == was_down:
            return []
        self._is_down = down
        now_ms = self._clock.wall_ms()
        if failure is not None:
            logger.warning("%s does not answer: %s", self.config.uid, self.counters.error)
            return [Happening("device.down", self.config.uid, now_ms, failure.name)]
        logger.info("%s answers", self.config.uid)
        if was_down:
            self._doubt()
        return [Happening("device.up", self.config.uid, now_ms)]
