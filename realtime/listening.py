"""Hears PostgreSQL's notifications on the event loop, over a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import psycopg2
from django.db import connection as django_connection
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, named like a module

Lost = psycopg2.Error  # what ends the listening


class Listening:
    """Calls ``heard(channel, payload)`` for every notification while the context is open.

    Entering gives a future that fails with ``Lost`` when the connection does, or raises ``Lost``
    at once when the database is away. What is notified while no context is open goes unheard.
    """

    def __init__(self, channels: Iterable[str], heard: Callable[[str, str], None]) -> None:
        self._channels = list(channels)
        self._heard = heard
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> asyncio.Future[None]:
        """Connect and listen."""
        self._connection = await asyncio.to_thread(_connect, self._channels)
        self._descriptor = self._connection.fileno()  # cannot be asked for once it is broken
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._descriptor, self._read)
        return self._lost

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        self._loop.remove_reader(self._descriptor)
        self._connection.close()
        self._lost.cancel()

    def _read(self) -> None:
        try:
            self._connection.poll()
        except psycopg2.Error as error:
            self._loop.remove_reader(self._descriptor)
            if not self._lost.done():
                self._lost.set_exception(error)
            return
        while self._connection.notifies:
            note = self._connection.notifies.pop(0)
            self._heard(note.channel, note.payload)


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
