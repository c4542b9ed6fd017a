"""Synchronous domain code from asynchronous doors, on a small pool of threads of its own.

``database_sync_to_async`` would share one thread with every other caller in the process.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

_pool = ThreadPoolExecutor(4, thread_name_prefix="database")
_running: set[Future[Any]] = set()


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that uses the ORM and return its result.

    Raises:
        OperationalError, InterfaceError: the database is away; the next call connects anew.
    """
    future = _pool.submit(_call, functools.partial(function, *args, **kwargs))
    _running.add(future)
    future.add_done_callback(_running.discard)
    return await asyncio.wrap_future(future)


async def settle() -> None:
    """Wait for the calls that still run: cancelling who waits for one does not end it."""
    while running := list(_running):
        await asyncio.wait([asyncio.wrap_future(future) for future in running])


def _call(function: Callable[[], T]) -> T:
    if connection.connection is not None and not connection.is_usable():
        connection.close()  # the server restarted since this thread last asked
    try:
        return function()
    except (OperationalError, InterfaceError):
        connection.close()
        raise
