"""Small frames that wait for the connection they belong to; readings wait in the spool instead."""

from __future__ import annotations

import asyncio
from collections import deque

from edge.wire import Up


class Outbox:
    """Holds what is only worth saying now: a new connection begins with an empty one.

    It needs no bound of its own: who puts in is bounded (one configuration at a time, a few
    questions, the devices of a gateway), and ``clear`` comes with every connection.
    """

    def __init__(self) -> None:
        self.wake = asyncio.Event()  # set when the sender should look again, here or elsewhere
        self._frames: deque[Up] = deque()

    def put(self, frame: Up) -> None:
        """Send this before the next frame of the spool."""
        self._frames.append(frame)
        self.wake.set()

    def take(self) -> Up | None:
        """The next frame to send, if there is one."""
        return self._frames.popleft() if self._frames else None

    def clear(self) -> None:
        """Forget what nobody will hear any more."""
        self._frames.clear()
