"""Child processes that are watched: restarted when they die, stopped in reverse order."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from project.demo.terminal import say
from project.embedded import EmbeddedPostgres, EmbeddedValkey
from project.embedded.process import NotStarted, command_line, spawn, stop, tail

LONGEST_WAIT_S = 30.0
HEALTHY_AFTER_S = 60.0  # a process that lived so long starts again without delay
_LOG_LIMIT = 20_000_000  # bytes


class Service(Protocol):
    """Something that runs until it is stopped."""

    name: str

    def start(self) -> object:
        """Start, and return when it runs."""

    def is_alive(self) -> bool:
        """Say whether it still runs."""

    def stop(self) -> None:
        """Stop it, if it runs."""


class Child:
    """A program as a service, with its output in ``log`` and its pid in a file beside."""

    def __init__(
        self, name: str, args: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path
    ) -> None:
        """Prepare; ``env`` is the whole environment of the process."""
        self.name = name
        self.log = log
        self._args, self._env, self._cwd = list(args), env, cwd
        self._pid_file = log.with_suffix(".pid")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program."""
        self._process = spawn(  # if we are killed, so is it: a worker without Redis may never end
            self._args, with_signal=signal.SIGKILL, log=self.log, cwd=self._cwd, env=self._env
        )
        self._pid_file.write_text(f"{self._process.pid} {' '.join(self._args)}")

    def is_alive(self) -> bool:
        """Say whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Exit code of a process that has ended, None while it runs."""
        return self._process.poll() if self._process else None

    def stop(self) -> None:
        """Ask it to end, and see to it."""
        if self._process is not None:
            stop(self._process, signal.SIGTERM, timeout_s=15)
            self._process = None
        self._pid_file.unlink(missing_ok=True)

    def last_words(self) -> str:
        """Return the last line of its log."""
        return (tail(self.log) or "(nothing in its log)").splitlines()[-1]


@dataclass
class Server:
    """An embedded server as a service."""

    name: str
    server: EmbeddedPostgres | EmbeddedValkey

    def start(self) -> None:
        """Start it, again if need be: data, port and password stay."""
        self.server.stop()
        self.server.start()

    def is_alive(self) -> bool:
        """Say whether the server process runs."""
        return self.server.process is not None and self.server.process.poll() is None

    def stop(self) -> None:
        """Shut it down."""
        self.server.stop()


@dataclass
class _Watch:
    service: Service
    started_at: float  # monotonic, seconds
    failures: int = 0
    retry_at: float | None = None


@dataclass
class Watcher:
    """Keeps services running. Everything happens in the thread that calls.

    ``now`` is always a reading of the monotonic clock, seconds.
    """

    watches: list[_Watch] = field(default_factory=list)

    def start(self, service: Service, now: float) -> None:
        """Start a service and keep it running from now on.

        Raises:
            NotStarted: it does not even start once.
        """
        self.watches.append(_Watch(service, now))
        service.start()

    def check(self, now: float) -> None:
        """Start again what has died, each after a delay that doubles up to half a minute."""
        for watch in self.watches:
            if watch.retry_at is not None:
                if now >= watch.retry_at:
                    self._restart(watch, now)
            elif not watch.service.is_alive():
                self._plan_restart(watch, now)
            elif watch.failures and now - watch.started_at > HEALTHY_AFTER_S:
                watch.failures = 0

    def stop(self) -> None:
        """Stop all, the last one started first."""
        while self.watches:
            service = self.watches[-1].service
            service.stop()
            self.watches.pop()

    def _plan_restart(self, watch: _Watch, now: float) -> None:
        delay = min(LONGEST_WAIT_S, 0.5 * 2**watch.failures)
        watch.failures += 1
        watch.retry_at = now + delay
        say(watch.service.name, f"ended; starting again in {delay:g} s")
        if isinstance(watch.service, Child):
            say("", watch.service.last_words())

    def _restart(self, watch: _Watch, now: float) -> None:
        try:
            watch.service.start()
        except NotStarted as error:
            say(watch.service.name, str(error))
        watch.started_at, watch.retry_at = now, None


def stop_orphans(folder: Path) -> None:
    """See to the end of processes that a killed demo left behind."""
    deadline = time.monotonic() + 10
    for pid_file in folder.glob("*.pid"):
        number, _, command = pid_file.read_text().partition(" ")
        # the same command line: pids are used again, and a stranger must not be hit
        while number and command_line(int(number)) == command:
            force = time.monotonic() > deadline
            os.kill(int(number), signal.SIGKILL if force else signal.SIGTERM)
            time.sleep(0.05)
        pid_file.unlink()


def trim_logs(folder: Path) -> None:
    """Keep the newest part of logs that grew too long; the processes append and do not notice."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > _LOG_LIMIT:
            log.with_suffix(".log.1").write_bytes(log.read_bytes())
            os.truncate(log, 0)
