"""Keeps the image gate running beside us, as a process that may die of what it is shown.

It is started with the first picture and kept, because starting takes longer than judging. All
callers of a process share one.
"""

from __future__ import annotations

import atexit
import json
import signal
import subprocess
import sys
import threading
from typing import Final

from alarms import gate
from alarms.gate import Passed, Refused

TIMEOUT_S: Final = 10.0  # of one picture; much longer than its processor time


class GateDied(Exception):
    """The gate ended, and it is not known that the picture is to blame."""


class Gatekeeper:
    """One gate. For any thread; pictures are judged one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def screen(self, jpeg: bytes) -> Passed:
        """Have a picture checked and written anew.

        Raises:
            Refused: it does not pass.
            GateDied: try again, but not for ever.
        """
        with self._lock:
            process = self._running()
            timer = threading.Timer(TIMEOUT_S, process.kill)
            timer.start()
            try:
                return _ask(process, jpeg)
            except (OSError, EOFError) as error:
                self._end()
                raise _judged(process) from error
            finally:
                timer.cancel()

    def close(self) -> None:
        """End the gate; it is started again when it is needed."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            # -I: neither our environment, with its secrets, nor our folder
            command = [sys.executable, "-I", gate.__file__]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env={})  # noqa: S603
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            try:
                stream.close()  # type: ignore[union-attr]  # both are pipes
            except OSError:  # what was left to write finds nobody
                pass
        process.wait()


def _judged(process: subprocess.Popen[bytes]) -> Exception:
    if process.returncode == -signal.SIGXCPU:
        return Refused("too_expensive")
    return GateDied(f"the image gate ended with {process.returncode}")


def _ask(process: subprocess.Popen[bytes], jpeg: bytes) -> Passed:
    source, target = process.stdout, process.stdin
    assert source is not None and target is not None  # noqa: S101, PT018 - both are pipes
    target.write(len(jpeg).to_bytes(4) + jpeg)
    target.flush()
    line = source.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    head = json.loads(line)
    if reason := head.get("reason"):
        raise Refused(reason)
    image, thumb = source.read(head["image"]), source.read(head["thumb"])
    if len(thumb) != head["thumb"]:
        raise EOFError
    return Passed(head["width"], head["height"], image, thumb)


gatekeeper: Final = Gatekeeper()
atexit.register(gatekeeper.close)
