"""A real gateway as a process, which has no file: the server tells it what to read."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from served import ROOT

from project.embedded.process import spawn, stop

_HARMLESS = ("PATH", "HOME", "LANG")


@contextmanager
def running_gateway(url: str, uid: str, token: str, folder: Path) -> Iterator[None]:
    """Run it until the end of the block.

    Args:
        url: of the web server, http.
        uid: of the gateway.
        token: its credential.
        folder: for its state and its log.
    """
    env = {name: os.environ[name] for name in _HARMLESS if name in os.environ} | {
        "SENTINEL_URL": url.replace("http", "ws", 1) + "/ws/v1/gateway",
        "SENTINEL_UID": uid,
        "SENTINEL_TOKEN": token,
    }
    command = [sys.executable, "-m", "edge", "run", "--state", str(folder / "state")]
    process = spawn(
        command, with_signal=signal.SIGKILL, log=folder / "gateway.log", cwd=ROOT, env=env
    )
    try:
        yield
    finally:
        stop(process, signal.SIGTERM, timeout_s=15)
