"""Processes of a test: they end with it, also when the whole run is killed."""

from __future__ import annotations

import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from project.embedded.process import POLL_S, spawn, stop, tail

ROOT = Path(__file__).resolve().parent.parent.parent
DEADLINE_S = 120.0  # far beyond what anything here takes, also on a busy machine


def documented(name: str) -> str:
    """Take the command that starts a process from docs/operations.md, letter by letter."""
    text = (ROOT / "docs" / "operations.md").read_text()
    found = re.search(rf"<!-- start: {name} -->\n```sh\n(.+)\n```", text)
    assert found, f"docs/operations.md has no command for {name}"
    return found[1]


@contextmanager
def running(command: str, env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a shell command until the end of the block."""
    process = spawn(
        ["/bin/bash", "-c", f"exec {command}"],
        with_signal=signal.SIGTERM,
        log=log,
        cwd=ROOT,
        env=env,
    )
    try:
        yield process
    finally:
        stop(process, signal.SIGTERM, timeout_s=30)


def run(command: str, env: Mapping[str, str]) -> str:
    """Run a shell command to its end, which must be a good one, and return what it printed."""
    done = subprocess.run(
        ["/bin/bash", "-c", command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wait_for(
    condition: Callable[[], bool], what: str, *logs: Path, within_s: float = DEADLINE_S
) -> None:
    """Wait for something that must come true; show the logs when it does not."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            shown = "\n".join(f"{log}:\n{tail(log, 3000)}" for log in logs if log.exists())
            raise AssertionError(f"{what} did not happen within {within_s:g} s\n{shown}")
        time.sleep(POLL_S)


def answers(url: str) -> bool:
    """Say whether a GET of this URL is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
