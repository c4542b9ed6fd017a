"""Where readings wait for the spool: a few milliseconds, so that one frame takes many of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from edge.report import Reading
from edge.wire import MAX_READINGS, Detection

CAPACITY: Final = 20_000  # readings; when the disk is this far behind, scans wait for it
MOST_HAPPENINGS: Final = 200  # each may carry a picture of 384 KiB
LINGER_S: Final = 0.02


class Happening(NamedTuple):
    """Something that happened on the gateway: an event that has no number yet."""

    kind: str
    device: str  # uid
    at_ms: int
    detail: str = ""


class Sighting(NamedTuple):
    """What a camera saw: a phase of a detection event that has no number yet."""

    detection: Detection  # its ``seq`` is given by the spool


class Batch(NamedTuple):
    """What is written to the spool in one transaction."""

    readings: list[Reading]
    happenings: list[Happening | Sighting]


class Gather:
    """Many pollers put in, the spooler takes out. Nothing is ever dropped here: ``put`` waits."""

    def __init__(self, capacity: int = CAPACITY, linger_s: float = LINGER_S) -> None:
        self.read_errors = 0  # failed reads since the start
        self._capacity = capacity
        self._linger_s = linger_s
        self._readings: list[Reading] = []
        self._happenings: list[Happening | Sighting] = []
        self._scans = 0
        self._closed = False
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._quiet = asyncio.Event()
        self._quiet.set()

    @contextmanager
    def scanning(self) -> Iterator[None]:
        """While any scan is under way, ``take`` lingers for its readings (but not for long)."""
        self._scans += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._scans -= 1
            if self._scans == 0:
                self._quiet.set()

    async def put(
        self, readings: Sequence[Reading], happenings: Sequence[Happening | Sighting] = ()
    ) -> None:
        """Add readings and events, in order; waits while the spool is far behind."""
        if not readings and not happenings:
            return
        await self._room.wait()
        self._readings += readings
        self._happenings += happenings
        self._filled.set()
        if len(self._readings) >= self._capacity or len(self._happenings) >= MOST_HAPPENINGS:
            self._room.clear()

    def close(self) -> None:
        """Nothing more will be put in: ``take`` hands out the rest, then None."""
        self._closed = True
        self._filled.set()
        self._quiet.set()

    async def take(self) -> Batch | None:
        """Wait for readings or events and take all there are; None when it is closed and empty."""
        await self._filled.wait()
        if not self._closed and len(self._readings) < MAX_READINGS:
            await self._linger()
        batch = Batch(self._readings, self._happenings)
        self._readings, self._happenings = [], []
        self._room.set()
        if not self._closed:
            self._filled.clear()
        return batch if batch.readings or batch.happenings else None

    async def _linger(self) -> None:
        try:
            async with asyncio.timeout(self._linger_s):
                await self._quiet.wait()
        except TimeoutError:
            pass  # a slow scan must not hold back the readings of the fast ones
