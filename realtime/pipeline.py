"""The one way in. Websocket, HTTP and MQTT decode, authenticate and call ``take_in``."""

from __future__ import annotations

import asyncio
import time
import weakref

from devices.intake import Entry, Outcome, Receipt, Sender
from edge import wire
from realtime import fanout, screening
from realtime.batcher import Batcher, Overloaded

__all__ = ["Overloaded", "close", "take_in"]

_batchers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Batcher] = (
    weakref.WeakKeyDictionary()
)


def take_in(sender: Sender, frame: wire.Stored) -> asyncio.Future[Receipt]:
    """Queue one frame to be stored and judged with whatever else is waiting.

    Returns:
        A future that resolves after commit. Frames of one sender that end up in the same
        transaction share it, and so share one receipt.

    Raises:
        Overloaded: the database does not keep up, or is away.
    """
    received_ms = int(time.time() * 1000)
    return _batcher().add(Entry(sender, frame, received_ms))


async def close() -> None:
    """Store what waits on this event loop and end its thread. For a clean stop of the process."""
    batcher = _batchers.pop(asyncio.get_running_loop(), None)
    if batcher is not None:
        await batcher.close()


def _batcher() -> Batcher:
    loop = asyncio.get_running_loop()
    batcher = _batchers.get(loop)
    if batcher is None:
        batcher = _batchers[loop] = Batcher(_publish)
    return batcher


def _publish(outcome: Outcome) -> None:
    for site_id, rows in outcome.advanced.items():
        fanout.publish_readings(site_id, rows)
    if outcome.pictures:
        screening.wake()
