"""Has the image gate look at pictures right after the commit that brought them.

The gate is a process of its own, kept running, so it takes a tenth of a second from the commit to
the card; a task for the worker would first travel through Redis, which may be away. What this
process leaves, because it ends or the storage is away, the worker sweeps up (alarms.tasks). Whoever
takes a picture locks its row, so nobody does it twice.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from django.db import connection

from alarms.gate import Passed
from alarms.gatekeeper import gatekeeper
from alarms.snapshots import screen_next

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Screener:
    """Works for one event loop, on a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="screening")
        self._task: asyncio.Task[None] | None = None
        self._more = False
        self._closing = False

    def wake(self) -> None:
        """Look for pictures that wait."""
        self._more = True
        if self._task is None:
            self._task = self._loop.create_task(self._screen(), name="screening")

    async def screen(self, jpeg: bytes) -> Passed:
        """See the module's function of this name."""
        return await self._in_thread(partial(gatekeeper.screen, jpeg))

    async def close(self) -> None:
        """Finish the picture in hand."""
        self._closing = True
        if self._task is not None:
            await asyncio.wait({self._task})
        self._thread.shutdown()

    async def _screen(self) -> None:
        try:
            while self._more:
                self._more = False
                while not self._closing and await self._in_thread(screen_next):
                    pass
        except Exception:  # whatever it is, the worker tries again
            logger.exception("a picture is left to the worker")
        finally:
            await self._in_thread(_close_connection)
            self._task = None
            if self._more and not self._closing:
                self.wake()  # it was while we were about to end

    async def _in_thread(self, step: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._thread, step)


def _close_connection() -> None:
    connection.close()  # each thread has its own, so this has to be looked up there


_screeners: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Screener] = (
    weakref.WeakKeyDictionary()
)


def wake() -> None:
    """Have the pictures looked at that wait. From the event loop."""
    _screener().wake()


async def screen(jpeg: bytes) -> Passed:
    """Have one picture checked and written anew that is stored nowhere; after the one in hand.

    Raises:
        Refused: it does not pass.
        GateDied: try again, but not for ever.
    """
    return await _screener().screen(jpeg)


def _screener() -> Screener:
    loop = asyncio.get_running_loop()
    found = _screeners.get(loop)
    if found is None:
        found = _screeners[loop] = Screener()
    return found


async def close() -> None:
    """End the work on this event loop, if there is any."""
    found = _screeners.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.close()
