"""Work that goes on beside the sockets, and ends between two steps, not in the middle of one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


async def to_the_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Await work that a thread does for us: when cancelled, wait until that thread is done.

    Otherwise its transaction would still be under way when the process, or a test, believes that
    everything has stopped. The work itself must be bounded in time.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # nobody is left to tell
        raise


async def repeat(step: Callable[[], Coroutine[Any, Any, None]], every_s: float) -> None:
    """Do a step again and again until cancelled. A mistake in one must not end the others."""
    while True:
        started = time.monotonic()
        try:
            await step()
        except Exception:
            logger.exception("%s failed; it will be tried again", step.__qualname__)
        await asyncio.sleep(max(0.05, started + every_s - time.monotonic()))
