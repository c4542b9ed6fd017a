"""What a scan is made of, and what it needs of the world around it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from edge.decoding import BlockDecoder
from edge.gather import Happening
from edge.halving import Split
from edge.plan import Block
from edge.report import Reading


class Reader(Protocol):
    """What a scan needs of a connection; see ``edge.modbus.ModbusLink``."""

    async def read(
        self, unit: int, block: Block, *, timeout_s: float | None = None, rest_s: float = 0.0
    ) -> Sequence[int]:
        """Read one block, once."""


class Clock:
    """The two clocks of a scan: one that never jumps, one that says what time it is."""

    def monotonic(self) -> float:
        """Seconds; only differences mean anything."""
        return time.monotonic()

    def wall_ms(self) -> int:
        """UTC epoch milliseconds."""
        return time.time_ns() // 1_000_000

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait so long, but no longer than until the event is set."""
        try:
            async with asyncio.timeout(seconds if math.isfinite(seconds) else None):
                await event.wait()
        except TimeoutError:
            pass  # the usual way


class Step(NamedTuple):
    """What one request of a scan brought."""

    readings: list[Reading]
    happenings: list[Happening]
    pause_s: float | None = None  # set: the same is asked again, after this and after the others


class Work:
    """A block that is to be read, how often it was tried, and the split that it is a half of."""

    def __init__(self, decoder: BlockDecoder, split: Split | None = None) -> None:
        self.decoder = decoder
        self.split = split
        self.tries = 0
