"""The web server as it runs in earnest: its own process, hashed static files, one per test run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from project.embedded.process import POLL_S, free_port, spawn, stop, tail

ROOT = Path(__file__).resolve().parent.parent.parent
DEADLINE_S = 60.0  # far beyond what anything here takes, also on a busy machine


class WebServer:
    """uvicorn with the whole application; can be stopped, killed and started again."""

    def __init__(self, *, database_url: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "web.log"
        self.env = os.environ | {
            "DATABASE_URL": database_url,
            "STATIC_ROOT": str(folder / "static"),
            "ALLOWED_ORIGINS": self.url,
            "BROWSER_PING_S": "1",
            "BROWSER_RECHECK_S": "1",
            "GATEWAY_HEARTBEAT_S": "60",  # the gateway of the tests says nothing of its own accord
            "PYTHONPATH": str(ROOT),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make the tables, and lay the static files out under their hashed names."""
        for task in ("migrate", "collectstatic"):
            command = [sys.executable, "manage.py", task, "--no-input", "-v", "0"]
            subprocess.run(command, cwd=ROOT, env=self.env, check=True)

    def start(self) -> None:
        """Start, and return when it answers."""
        command = [sys.executable, "-m", "uvicorn", "project.asgi:application"]
        command += ["--http", "project.server:Http", "--ws", "project.server:WebSocket"]
        command += ["--port", str(self.port), "--loop", "uvloop", "--no-access-log"]
        command += ["--ws-max-size", "1048576", "--ws-per-message-deflate", "false"]
        command += ["--timeout-graceful-shutdown", "2"]
        self._process = spawn(
            command, with_signal=signal.SIGKILL, log=self.log, cwd=ROOT, env=self.env
        )
        deadline = time.monotonic() + DEADLINE_S
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise AssertionError(f"The web server did not start:\n{tail(self.log, 4000)}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """End it as an administrator would."""
        if self._process:
            stop(self._process, signal.SIGTERM, timeout_s=30)
            self._process = None

    def kill(self) -> None:
        """End it without a word to anybody."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it keep its connections and do nothing, like a machine behind a dead cable."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/login/", timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
