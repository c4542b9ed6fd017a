"""One transaction for the frames of all connections: the next batch gathers while the last commits.

So a lone frame is committed at once, and under load the cost of a commit is shared by thousands.
The batcher owns one thread and through it one database connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection

from devices.intake import Entry, Outcome, Receipt, Sender, weight_of
from realtime.flush import Flush

logger = logging.getLogger(__name__)

MAX_QUEUED = 400_000  # readings, or what weighs like them, waiting here; beyond it: turned away
_PAUSE_S, _MAX_PAUSE_S = 0.1, 5.0  # between attempts while the database is away
_CLOSE_S = 5.0  # longer than a commit takes, shorter than the patience of who stops us


class Overloaded(Exception):
    """Too much is waiting to be stored. Try again later; nothing of this frame was taken."""


@dataclass(slots=True)
class _Batch:
    """Frames that will share one transaction, and who waits to hear of it."""

    entries: list[Entry] = field(default_factory=list)
    futures: dict[Sender, asyncio.Future[Receipt]] = field(default_factory=dict)
    readings: int = 0


class Batcher:
    """Collects frames, stores them batch by batch, and resolves one future per sender and batch.

    Everything but the storing itself happens on the event loop it was made on.
    """

    def __init__(self, publish: Callable[[Outcome], None]) -> None:
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="batcher")
        self._batches: deque[_Batch] = deque()  # waiting; the last one is still open
        self._queued = 0  # readings waiting or being stored
        self._storing: asyncio.Task[None] | None = None

    def add(self, entry: Entry) -> asyncio.Future[Receipt]:
        """Queue one frame.

        Returns:
            A future shared by the sender's frames of the same batch; it resolves after commit.

        Raises:
            Overloaded: the database does not keep up, or is away.
        """
        if self._queued > MAX_QUEUED:
            raise Overloaded
        size = weight_of(entry.frame)
        self._queued += size
        batch = self._open_batch()
        batch.readings += size
        batch.entries.append(entry)
        future = batch.futures.get(entry.sender)
        if future is None:
            future = batch.futures[entry.sender] = self._loop.create_future()
        if self._storing is None:
            self._storing = self._loop.create_task(self._store_all(), name="batcher")
        return future

    async def close(self) -> None:
        """Store what waits, then end the thread and its database connection.

        While the database is away it gives up: nothing of that was acknowledged, so the senders
        still have it.
        """
        storing = self._storing
        if storing is not None:
            await asyncio.wait({storing}, timeout=_CLOSE_S)
            storing.cancel()
        await self._loop.run_in_executor(self._thread, _close_connection)
        self._thread.shutdown()

    def _open_batch(self) -> _Batch:
        if not self._batches or self._batches[-1].readings >= settings.FLUSH_MAX_READINGS:
            self._batches.append(_Batch())
        return self._batches[-1]

    async def _store_all(self) -> None:
        try:
            while self._batches:
                batch = self._batches.popleft()
                outcome = await self._store(batch.entries)
                self._queued -= batch.readings
                self._publish(outcome)
                for sender, future in batch.futures.items():
                    if not future.done():  # a caller that gave up has cancelled it
                        future.set_result(outcome.receipts[sender])
        finally:
            self._storing = None

    async def _store(self, entries: list[Entry]) -> Outcome:
        """Try until it is known whether the transaction committed."""
        flush = Flush(entries)
        pause = _PAUSE_S
        while (outcome := await self._loop.run_in_executor(self._thread, flush.attempt)) is None:
            if pause == _PAUSE_S:
                logger.error("the database is away: %s", flush.trouble)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _MAX_PAUSE_S)
        if pause != _PAUSE_S:
            logger.warning("the database is back: %d frames stored", len(entries))
        return outcome


def _close_connection() -> None:
    connection.close()  # each thread has its own, so this has to be looked up there
