"""A real PostgreSQL server in a folder of ours."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import IO, Final, Self

import psycopg2
from psycopg2 import sql

from project.embedded.binaries import postgres_prefix, server_account
from project.embedded.files import closed_folder, take_lock, write_secret
from project.embedded.process import (
    NotStarted,
    free_port,
    is_running,
    run,
    spawn,
    stop,
    tail,
    wait_until,
)

USER: Final = "sentinel"
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "pglz",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "password_encryption": "scram-sha-256",
}
# For tests: fast, and the last commits are lost when the server is killed.
VOLATILE: Final = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class EmbeddedPostgres:
    """Supervises one cluster. Beside its folder lie its log, lock and password.

    As root the server runs as another user, who must be able to reach the folder.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        database: str = "sentinel",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare; nothing is written yet. Port 0 stands for any free one."""
        self.data = data.resolve()
        self.port = port or free_port()
        self.database = database
        self.log = self._beside("log")
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = {**_SETTINGS, **(settings or {})}
        self._account = server_account()
        self._prefix = postgres_prefix(self._account)
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """URL of the database, password included."""
        return self.url_of(self.database)

    def url_of(self, database: str) -> str:
        """URL of another database of this server, password included."""
        return f"postgresql://{USER}:{self._password()}@127.0.0.1:{self.port}/{database}"

    def start(self, timeout_s: float = 120.0) -> Self:
        """Start; make the cluster and the database when they are not there yet.

        The time-out covers recovery after a crash, which replays up to ``max_wal_size``.

        Raises:
            NotStarted: with the reason.
        """
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self._check_reachable()
        self._lock = take_lock(self._beside("lock"))
        if self._lock is None:
            raise NotStarted(f"{self.data} is in use by another process")
        try:
            self._make_cluster()
            self._stop_orphan()
            self._launch(timeout_s)
            self.create_database(self.database)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, timeout_s: float = 30.0) -> None:
        """Shut down fast: open transactions are rolled back, everything committed is on disk."""
        if self.process is not None:
            stop(self.process, signal.SIGINT, timeout_s)
            self.process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def create_database(self, name: str) -> None:
        """Create a database unless it exists."""
        with closing(psycopg2.connect(self.url_of("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("select 1 from pg_database where datname = %s", [name])
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    # ------------------------------------------------------------ steps of the start

    def _check_reachable(self) -> None:
        closed = closed_folder(self.data) if self._account else None
        if closed is not None:
            raise NotStarted(
                f"PostgreSQL does not run as root, and no other user can reach {self.data}: "
                f"{closed} is closed to others"
            )

    def _make_cluster(self) -> None:
        """Make a cluster beside and rename it: a kill in the middle leaves nothing half done."""
        if (self.data / "PG_VERSION").exists():
            return
        for old in self.data.parent.glob(f"{self.data.name}.init.*"):
            shutil.rmtree(old, ignore_errors=True)
        # a name of its own: what a killed run started may still be writing to the old one
        new, password = self._beside(f"init.{os.getpid()}"), self._beside("initpw")
        new.mkdir(mode=0o700)
        write_secret(password, self._password())
        if self._account:
            self._account.own(new, password)
        try:
            self._initdb(new, password)
        finally:
            password.unlink()
        new.replace(self.data)

    def _initdb(self, folder: Path, password: Path) -> None:
        args = [self._program("initdb"), "-D", folder, "-U", USER, "-E", "UTF8"]
        args += ["-A", "scram-sha-256", f"--pwfile={password}", "--no-instructions"]
        args += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self._settings.get("fsync") == "off":
            args.append("--no-sync")
        if not run(args, log=self.log, account=self._account):
            raise NotStarted(f"initdb failed; {self.log} ends with:\n{tail(self.log)}")

    def _stop_orphan(self) -> None:
        """Stop the server of a supervisor that was killed, where the kernel did not do it."""
        pid, _ = self._postmaster()
        if pid and is_running(pid, "postgres"):
            stop_it = [self._program("pg_ctl"), "-D", self.data, "-m", "fast", "-t", "60", "stop"]
            stopped = run(stop_it, log=self.log, account=self._account)
            if not stopped and is_running(pid, "postgres"):  # it may have ended by itself
                raise NotStarted(f"process {pid} still uses {self.data}; see {self.log}")
        # Another program may have that pid by now, which PostgreSQL would take for a server.
        # Backends that are still ending are found by their shared memory, not by this file.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _launch(self, timeout_s: float) -> None:
        args = [self._program("postgres"), "-D", self.data, "-p", str(self.port)]
        for name, value in self._settings.items():
            args += ["-c", f"{name}={value}"]
        process = spawn(
            args,
            with_signal=signal.SIGINT,
            log=self.log,
            account=self._account,
        )
        self.process = process
        wait_until(
            lambda: self._postmaster() == (process.pid, "ready"), process, self.log, timeout_s
        )

    # ------------------------------------------------------------ parts

    def _program(self, name: str) -> str | Path:
        return self._prefix / "bin" / name

    def _beside(self, suffix: str) -> Path:
        return self.data.with_name(f"{self.data.name}.{suffix}")

    def _password(self) -> str:
        file = self._beside("password")
        if not file.exists():
            if (self.data / "PG_VERSION").exists():
                raise NotStarted(f"{file} is lost: put it back, or move {self.data} away")
            file.parent.mkdir(parents=True, exist_ok=True)
            write_secret(file, secrets.token_urlsafe(24))
        return file.read_text()

    def _postmaster(self) -> tuple[int, str]:
        """Read pid and status of the running server, (0, "") if there is none."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return 0, ""
        # line by line: pid, folder, start time, port, socket, address, shared memory, status
        pid = int(lines[0]) if lines and lines[0].isdecimal() else 0
        return pid, lines[7].strip() if len(lines) > 7 else ""
