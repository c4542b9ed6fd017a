"""The web server under attack: its own process, started by the documented command."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from project.embedded.process import POLL_S, free_port, spawn, stop, tail

ROOT = Path(__file__).resolve().parent.parent.parent
DEADLINE_S = 60.0  # far beyond what anything here takes, also on a busy machine
SERVERS = {"uvicorn": "web", "daphne": "web-daphne"}  # name -> command in docs/operations.md
# An exception that went astray, or a token in clear.
_COMPLAINT = re.compile(r"Traceback|Unhandled|never retrieved|never awaited|snt_[a-z2-7]{12}_[\w-]")


class WebServer:
    """One web process, and what can be seen of it from outside."""

    def __init__(
        self, server: str, *, database_url: str, folder: Path, settings: Mapping[str, str]
    ) -> None:
        self.server = server
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{server}-{self.port}.log"
        self._env = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DATABASE_URL": database_url,
            "ALLOWED_ORIGINS": self.origin,
            "CHANNEL_PREFIX": f"abuse-{secrets.token_hex(4)}",
            "STATIC_ROOT": str(folder / "static"),
            "PORT": str(self.port),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it answers."""
        command = _documented(SERVERS[self.server])
        self._process = spawn(
            ["/bin/bash", "-c", f"exec {command}"],
            with_signal=signal.SIGKILL,
            log=self.log,
            cwd=ROOT,
            env=self._env,
        )
        wait_for(lambda: self._process_ended() or self._answers(), f"the start of {self.server}")
        assert not self._process_ended(), tail(self.log, 4000)

    def stop(self) -> None:
        """End it as an administrator would."""
        if self._process:
            stop(self._process, signal.SIGTERM, timeout_s=30)
            self._process = None

    @property
    def memory(self) -> int:
        """Bytes of RAM that the process holds."""
        return int(self._seen().memory_info().rss)

    def holds(self, port: int) -> bool:
        """Say whether the process still has its end of the connection from this local port."""
        return any(
            each.raddr and each.raddr.port == port for each in self._seen().net_connections("tcp")
        )

    def mark(self) -> int:
        """Return a place in the log, for ``complaints``."""
        return self.log.stat().st_size

    def complaints(self, since: int) -> str:
        """Return what the log says since then, if it says what no log should."""
        with self.log.open("rb") as file:
            file.seek(since)
            text = file.read().decode(errors="replace")
        return text if _COMPLAINT.search(text) else ""

    def _seen(self) -> psutil.Process:
        assert self._process
        return psutil.Process(self._process.pid)

    def _process_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def collect_static(folder: Path) -> None:
    """Lay the static files out under their hashed names."""
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "-v", "0"]
    env = os.environ | {"STATIC_ROOT": str(folder / "static")}
    subprocess.run(command, cwd=ROOT, env=env, check=True)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that must come true."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {DEADLINE_S:g} s"
        time.sleep(POLL_S)


def _documented(name: str) -> str:
    """Take the command that starts a process from docs/operations.md, letter by letter."""
    text = (ROOT / "docs" / "operations.md").read_text()
    found = re.search(rf"<!-- start: {name} -->\n```sh\n(.+)\n```", text)
    assert found, f"docs/operations.md has no command for {name}"
    return found[1]
