"""The spool for the event loop: it works on a thread of its own, so that pings never wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from edge.ends import Ends
from edge.gather import Batch
from edge.spool import Outgoing, Spool, Status
from edge.spool_file import SpoolUnavailable
from edge.wire import DataStream, Stream

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Store:
    """All methods that wait may raise ``SpoolError``; see ``edge.spool``."""

    def __init__(self, spool: Spool, thread: ThreadPoolExecutor) -> None:
        self.epoch = spool.epoch
        self.set_aside = spool.set_aside
        self._spool = spool
        self._thread = thread
        self._acked: dict[Stream, int] = {}  # not yet forgotten on disk

    @classmethod
    async def open(cls, path: Path, quota_bytes: int, truth_log: Path | None = None) -> Store:
        """Open the spool on a new thread.

        Raises:
            SpoolLocked: another process runs on it.
            SpoolUnavailable: the disk is full or fails.
        """
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        loop = asyncio.get_running_loop()
        try:
            spool = await loop.run_in_executor(thread, Spool, path, quota_bytes, truth_log)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(spool, thread)

    async def close(self) -> None:
        """Forget what can be forgotten, and close."""
        try:
            await self.flush()
        except SpoolUnavailable as error:
            logger.warning("acknowledged frames stay until the next start: %s", error)
        finally:
            await self._run(self._spool.close)
            self._thread.shutdown()

    async def append(self, batch: Batch, stream: DataStream) -> dict[Stream, int]:
        """Seal a batch; return the newest number of each stream that got a frame."""
        acked = dict(self._acked)

        def write() -> dict[Stream, int]:
            return self._spool.append(*batch, stream=stream, acked=acked)

        sealed = await self._run(write)
        self._forgotten(acked)
        return sealed

    def forget(self, stream: Stream, seq: int) -> None:
        """Forget everything up to a number, with the next append or flush.

        Nothing is lost when that does not happen: the cloud says at the next connection what it
        has. A transaction for each ack would cost the disk as much as the readings do.
        """
        self._acked[stream] = max(seq, self._acked.get(stream, 0))

    async def flush(self) -> None:
        """Forget now."""
        acked = dict(self._acked)
        if acked:
            await self._run(lambda: self._spool.forget(acked))
            self._forgotten(acked)

    async def read(self, stream: Stream, after: int, frames: int) -> list[Outgoing]:
        """The next frames of a stream, in order."""
        return await self._run(lambda: self._spool.read(stream, after, frames))

    async def refuse(self, stream: Stream, seq: int) -> None:
        """Make a gap of a frame that the cloud will not take."""
        await self._run(lambda: self._spool.refuse(stream, seq))

    async def skip_to(self, stream: Stream, last: int) -> None:
        """Go on after a number that this spool never gave."""
        await self._run(lambda: self._spool.skip_to(stream, last))

    async def number_tags(self, tags: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Give numbers to (device uid, tag name) pairs; return all numbers of this epoch."""
        return await self._run(lambda: self._spool.number_tags(tags))

    async def ends(self) -> dict[Stream, Ends]:
        """Where each stream stands."""
        return await self._run(self._spool.ends)

    async def status(self) -> Status:
        """What waits for the cloud."""
        return await self._run(self._spool.status)

    def _forgotten(self, acked: Mapping[Stream, int]) -> None:
        for stream, seq in acked.items():
            if self._acked.get(stream) == seq:
                del self._acked[stream]

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
