"""The servers under a run: a durable PostgreSQL and a Valkey that come back at the same address."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

import psycopg2
import redis

from project.embedded import EmbeddedPostgres, EmbeddedValkey, NotStarted
from project.embedded.files import take_lock
from tests.faults.processes import DEADLINE_S, ROOT


class Ground:
    """Both servers in a folder of their own, with an empty database. Several runs may share them.

    As in production: a commit is on the disk before it is answered.
    """

    def __init__(self, *, keep: bool = False) -> None:
        self.keep = keep  # the folder with all logs, afterwards
        # By its prefix and lock, a later run of the tests removes what a killed one left behind.
        prefix = "sentinel-faults-" if keep else "sentinel-tests-faults-"
        self.folder = Path(tempfile.mkdtemp(prefix=prefix))
        self.folder.chmod(0o711)  # PostgreSQL runs as another user when we run as root
        self._lock = take_lock(self.folder / "lock")
        self.postgres = EmbeddedPostgres(self.folder / "postgres")
        self.valkey = EmbeddedValkey(self.folder / "valkey")
        self._connection: Any = None

    def __enter__(self) -> Self:
        try:
            self.postgres.start()
            self.valkey.start()
            self.run("manage.py", "migrate", "--no-input", "--verbosity", "0")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop both and remove the folder, unless it shall be kept."""
        self._disconnect()
        self.valkey.stop()
        self.postgres.stop()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()

    @property
    def environment(self) -> dict[str, str]:
        """Environment of the processes of the cloud; nothing of ours gets into it."""
        shell = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        return shell | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "SECRET_KEY": self._secret,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "STATIC_ROOT": str(self.folder / "static"),
        }

    _secret = secrets.token_urlsafe(40)

    def run(self, *arguments: str) -> str:
        """Run a Python program against the servers and return what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask PostgreSQL, over a connection that is opened anew when it was cut.

        Raises:
            psycopg2.OperationalError: it is away.
        """
        for fresh in (False, True):
            try:
                if self._connection is None:
                    self._connection = psycopg2.connect(self.postgres.url, connect_timeout=5)
                    self._connection.autocommit = True
                with self._connection.cursor() as cursor:
                    cursor.execute(statement, parameters)
                    return list(cursor.fetchall())
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                self._disconnect()
                if fresh:
                    raise
        raise AssertionError("never reached")

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ------------------------------------------------------------ faults

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Hold a table, as somebody does who alters it, until the end of the block."""
        with closing(psycopg2.connect(self.postgres.url)) as other, other.cursor() as cursor:
            cursor.execute(f"lock table {table} in access exclusive mode")
            yield

    def flush_valkey(self) -> None:
        """Empty Valkey."""
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()

    def revive(self) -> None:
        """Start what was killed, as often as it takes: backends of a killed server end first."""
        for server in (self.postgres, self.valkey):
            if server.process is not None and server.process.poll() is None:
                continue
            server.stop()
            deadline = time.monotonic() + DEADLINE_S
            while True:
                try:
                    server.start()
                    break
                except NotStarted:
                    if time.monotonic() > deadline:
                        raise
