"""Short status lines for the person at the terminal."""

from __future__ import annotations

import sys


def say(who: str, what: str) -> None:
    """Write one line, who speaks in front."""
    sys.stdout.write(f"  {who:<14} {what}\n")
    sys.stdout.flush()
