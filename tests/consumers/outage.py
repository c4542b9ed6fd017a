"""PostgreSQL out of reach for the application, as during a restart, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2

DEADLINE_S = 20.0


class Database:
    """The test database, seen from a connection to another one of the same server."""

    def __init__(self, url: str, name: str, spared: int) -> None:
        """Prepare.

        Args:
            url: another database of the server.
            name: the test database.
            spared: process id of the connection that the test itself needs.
        """
        self._url = url
        self._name = name
        self._spared = spared

    @contextmanager
    def away(self) -> Iterator[None]:
        """Cut all connections of the application and let none in until the end of the block."""
        self._run(f'alter database "{self._name}" allow_connections false')
        try:
            self.cut()
            yield
        finally:
            self._run(f'alter database "{self._name}" allow_connections true')

    def cut(self) -> None:
        """Cut all connections of the application once; new ones are let in."""
        self._run(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            f" where datname = '{self._name}' and pid <> {self._spared}"
        )

    def _run(self, statement: str) -> None:
        with closing(psycopg2.connect(self._url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
