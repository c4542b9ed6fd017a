"""Where the streams of a spool stand. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Ends(NamedTuple):
    """Where a stream stands."""

    next: int  # number of the next frame to be sealed
    forgotten: int  # everything up to here is with the cloud
    forgotten_ms: int  # newest source time among them
