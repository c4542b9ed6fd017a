"""Processes that end with the one that started them, where the kernel can see to it (Linux)."""

from __future__ import annotations

import ctypes
import signal
import sys
from typing import Final

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG: Final = 1


def end_with_parent(with_signal: signal.Signals) -> None:
    """Have this process sent ``with_signal`` when the thread that started it ends."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, with_signal)
