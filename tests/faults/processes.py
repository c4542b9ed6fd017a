"""Processes that are meant to be killed, and to come back."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from project.embedded.process import spawn, stop, tail

ROOT = Path(__file__).resolve().parent.parent.parent
DEADLINE_S = 120.0  # far beyond what anything here takes, also on a busy machine
POLL_S = 0.02


def happens(condition: Callable[[], bool]) -> bool:
    """Say whether a condition comes true within the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def wait_for(condition: Callable[[], bool], what: str, *logs: Path) -> None:
    """Wait for something that must come true.

    Raises:
        AssertionError: it did not; with the ends of these logs.
    """
    if not happens(condition):
        shown = "\n".join(f"{log}:\n{tail(log, 3000)}" for log in logs if log.exists())
        raise AssertionError(f"{what} did not happen within {DEADLINE_S:g} s\n{shown}")


@dataclass(eq=False)
class Process:
    """One command that runs, is broken, and runs again."""

    name: str
    command: str  # for a shell
    environment: Mapping[str, str]
    log: Path
    kills: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _may_be_down: bool = field(default=True, repr=False)

    def start(self) -> None:
        """Start it."""
        self._process = spawn(
            ["/bin/bash", "-c", f"exec {self.command}"],
            with_signal=signal.SIGKILL,  # reaches one that is stopped, too
            log=self.log,
            cwd=ROOT,
            env=self.environment,
        )
        self._may_be_down = False

    def is_up(self) -> bool:
        """Say whether it runs.

        Raises:
            AssertionError: it ended without having been told to.
        """
        running = self._process is not None and self._process.poll() is None
        if not running and not self._may_be_down and self._process is not None:
            code = self._process.returncode
            raise AssertionError(f"{self.name} ended with {code}:\n{tail(self.log, 3000)}")
        return running

    def ended_well(self) -> bool:
        """Say whether it has done what it had to do.

        Raises:
            AssertionError: it ended in another way.
        """
        self._may_be_down = self._process is not None and self._process.poll() == 0
        return not self.is_up()

    def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        self._end(signal.SIGKILL)
        self.kills += 1

    def terminate(self) -> int:
        """End it as a service manager does, and return its exit status."""
        return self._end(signal.SIGTERM)

    def pause(self) -> None:
        """Stop it where it stands."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def finish(self) -> None:
        """End it for good, whatever state it is in."""
        if self._process is not None:
            self._may_be_down = True
            stop(self._process, signal.SIGKILL, timeout_s=DEADLINE_S)

    def _end(self, how: signal.Signals) -> int:
        self._may_be_down = True
        self._signal(how)
        assert self._process is not None
        return self._process.wait(DEADLINE_S)

    def _signal(self, how: signal.Signals) -> None:
        assert self._process is not None, self.name
        os.kill(self._process.pid, how)
