"""A real Valkey server (speaks Redis) in a folder of ours."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, Self

import redis

from project.embedded.binaries import valkey_server
from project.embedded.files import take_lock
from project.embedded.process import (
    POLL_S,
    NotStarted,
    free_port,
    is_running,
    spawn,
    stop,
    wait_until,
)

_SETTINGS: Final = {
    "bind": "127.0.0.1",
    "protected-mode": "yes",
    "daemonize": "no",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "900 1",
    "maxmemory": "512mb",
    "maxmemory-policy": "noeviction",
    "databases": "16",
    "loglevel": "warning",
}
VOLATILE: Final = {"appendonly": "no", "save": '""'}


class EmbeddedValkey:
    """Supervises one server with its files in ``data``. The password is new at each start."""

    def __init__(
        self, data: Path, *, port: int = 0, settings: Mapping[str, str] | None = None
    ) -> None:
        """Prepare; nothing is written yet. Port 0 stands for any free one."""
        self.data = data.resolve()
        self.port = port or free_port()
        self.log = self.data / "valkey.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = {**_SETTINGS, **(settings or {})}
        self._password = secrets.token_urlsafe(24)
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """URL of database 0, password included."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def start(self, timeout_s: float = 30.0) -> Self:
        """Start and wait until it answers.

        Raises:
            NotStarted: with the reason.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        self._lock = take_lock(self.data / "lock")
        if self._lock is None:
            raise NotStarted(f"{self.data} is in use by another process")
        try:
            self._stop_orphan(timeout_s)
            self._launch(timeout_s)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, timeout_s: float = 20.0) -> None:
        """Stop; what was written is on disk unless persistence is off."""
        if self.process is not None:
            stop(self.process, signal.SIGTERM, timeout_s)
            self.process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _launch(self, timeout_s: float) -> None:
        process = spawn(
            [valkey_server(), "-"],  # reads its settings from us: no password in a file or in ps
            with_signal=signal.SIGTERM,
            log=self.log,
            cwd=self.data,
            standard_input=subprocess.PIPE,
        )
        self.process = process
        if process.stdin is not None:
            process.stdin.write(self._configuration().encode())
            process.stdin.close()
        wait_until(self._answers, process, self.log, timeout_s)

    def _configuration(self) -> str:
        settings = {
            **self._settings,
            "port": str(self.port),
            "dir": f'"{self.data}"',
            "requirepass": self._password,
            "pidfile": f'"{self._pid_file}"',
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())

    @property
    def _pid_file(self) -> Path:
        return self.data / "valkey.pid"

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):  # BusyLoading is one of the first
            return False

    def _stop_orphan(self, timeout_s: float) -> None:
        """Stop the server of a supervisor that was killed: two would ruin the files."""
        if not self._pid_file.exists():
            return
        pid = int(self._pid_file.read_text())
        deadline = time.monotonic() + timeout_s
        while is_running(pid, valkey_server().name):
            os.kill(pid, signal.SIGTERM)
            if time.monotonic() > deadline:
                raise NotStarted(f"process {pid} still uses {self.data}; stop it first")
            time.sleep(POLL_S)
