"""A web process with a bug planted in it: it acknowledges frames before they are committed.

Start it as ``tests.faults.sabotage_acks:application``.
"""

from __future__ import annotations

import asyncio

from project.asgi import application  # sets Django up, so it comes first

# isort: split
from devices.intake import Entry, Receipt
from edge import wire
from realtime import batcher, pipeline

__all__ = ["application"]


class HastyBatcher(batcher.Batcher):
    """Promises what it has not done yet."""

    def add(self, entry: Entry) -> asyncio.Future[Receipt]:
        """Queue the frame, and answer at once."""
        super().add(entry)
        frame = entry.frame
        stream = "events" if isinstance(frame, wire.Event) else frame.stream
        promised: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        promised.set_result(Receipt(acks={stream: frame.seq}))
        return promised


pipeline.Batcher = HastyBatcher  # type: ignore[attr-defined]
