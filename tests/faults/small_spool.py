"""A gateway whose spool is full within seconds: ``python -m tests.faults.small_spool run ...``.

The configuration counts the quota in megabytes, which a test would fill in minutes. Here it is the
smallest that a spool can work with; everything else is the gateway as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import edge.__main__
from edge.spool_file import SpoolFile

QUOTA_BYTES: Final = 64 * 4096

_make = SpoolFile.__init__


def make_small(self: SpoolFile, path: Path, quota_bytes: int) -> None:
    """Open the spool with less room than was configured."""
    _make(self, path, min(quota_bytes, QUOTA_BYTES))


SpoolFile.__init__ = make_small  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.exit(edge.__main__.main())
