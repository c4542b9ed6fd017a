"""Hears PostgreSQL's notifications on the event loop, over a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import psycopg2
from django.db import connection as django_connection
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, named like a module

Lost = psycopg2.Error  # what ends the listening


@asynccontextmanager
async def listening(
    channels: Iterable[str], heard: Callable[[str, str], None]
) -> AsyncIterator[asyncio.Future[None]]:
    """Call ``heard(channel, payload)`` for every notification while the context is open.

    Yields:
        A future that fails with ``Lost`` when the connection does. What was notified until the
        next context is open goes unheard.

    Raises:
        Lost: the database is away.
    """
    loop = asyncio.get_running_loop()
    connection = await asyncio.to_thread(_connect, list(channels))
    lost: asyncio.Future[None] = loop.create_future()

    def read() -> None:
        try:
            connection.poll()
        except psycopg2.Error as error:
            loop.remove_reader(descriptor)
            if not lost.done():
                lost.set_exception(error)
            return
        while connection.notifies:
            note = connection.notifies.pop(0)
            heard(note.channel, note.payload)

    descriptor = connection.fileno()
    loop.add_reader(descriptor, read)
    try:
        yield lost
    finally:
        loop.remove_reader(descriptor)
        connection.close()
        lost.cancel()


def _connect(channels: list[str]) -> Connection:
    connection: Connection = psycopg2.connect(**django_connection.get_connection_params())
    try:
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with connection.cursor() as cursor:
            for channel in channels:
                cursor.execute(f"listen {channel}")
    except psycopg2.Error:
        connection.close()
        raise
    return connection
