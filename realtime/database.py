"""Synchronous domain code from asynchronous doors, on a small pool of threads of its own.

``database_sync_to_async`` would share one thread with every other caller in the process.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

_pool = ThreadPoolExecutor(4, thread_name_prefix="database")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that uses the ORM and return its result.

    Raises:
        OperationalError, InterfaceError: the database is away; the next call connects anew.
    """
    call = functools.partial(_call, functools.partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_pool, call)


def _call(function: Callable[[], T]) -> T:
    if connection.connection is not None and not connection.is_usable():
        connection.close()  # the server restarted since this thread last asked
    try:
        return function()
    except (OperationalError, InterfaceError):
        connection.close()
        raise
