"""Runs the real gateway, which dies by SIGKILL just before the n-th thing it does to its state.

Python tells an audit hook before it opens, renames or removes a file: the same points at which a
kill from outside would find the files of a gateway in another condition. Nothing in the gateway
knows of this.

Usage: killed.py N FOLDER verb options..., where N = 0 never kills.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from collections.abc import Sequence

_TOUCHING = {"open", "os.rename", "os.remove"}
_STATE = ("tokens.json", "configuration.json")


class Killer:
    """Counts what is about to be done to the files that must never be lost."""

    def __init__(self, at: int, folder: str) -> None:
        self._left = at
        self._folder = folder

    def __call__(self, event: str, arguments: Sequence[object]) -> None:
        if event not in _TOUCHING or not self._is_state(arguments[0]):
            return
        self._left -= 1
        if self._left == 0:
            sys.stderr.write(f"killed before {event} {arguments[0]}\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    def _is_state(self, path: object) -> bool:
        text = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
        return text == self._folder or text.rpartition("/")[2].startswith(_STATE)


if __name__ == "__main__":
    sys.addaudithook(Killer(int(sys.argv[1]), sys.argv[2]))
    sys.argv = ["edge", *sys.argv[3:]]
    runpy.run_module("edge", run_name="__main__", alter_sys=True)
