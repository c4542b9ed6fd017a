"""What a gateway still has to hear. One answer per stream, however many frames."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from devices.intake import Receipt
from edge import wire


class Answers:
    """Collects receipts until the socket is ready to send again; bounded by the window."""

    def __init__(self) -> None:
        self._acks: dict[wire.Stream, wire.Ack] = {}
        self._nacks: dict[wire.Stream, wire.Nack] = {}
        self._slow: wire.Slow | None = None
        self._told: deque[wire.Down] = deque()
        self.ready = asyncio.Event()
        self.all_told = asyncio.Event()
        self.all_told.set()

    def note(self, receipt: Receipt) -> None:
        """Note what became of the frames of one transaction."""
        for stream, seq in receipt.acks.items():
            bad = receipt.bad.get(stream, [])
            earlier = self._acks.get(stream)
            self._acks[stream] = wire.Ack(stream, seq, [*earlier.bad, *bad] if earlier else bad)
            self._nacks.pop(stream, None)
        for stream, last in receipt.missing.items():
            self._nacks[stream] = wire.Nack(stream, last, "missing")
        self.ready.set()

    def turn_away(self, stream: wire.Stream, last: int, retry_after_s: float) -> None:
        """Note that what came after ``last`` was not taken and has to be sent again later."""
        self._nacks[stream] = wire.Nack(stream, last, "overloaded", retry_after_s)
        self.ready.set()

    def slow_down(self, retry_after_s: float) -> None:
        """Note that the sender should pause."""
        self._slow = wire.Slow(round(retry_after_s, 3))
        self.ready.set()

    def tell(self, frames: Iterable[wire.Down]) -> None:
        """Send these too, in order and one between any two rounds of acknowledgements.

        Await ``all_told`` before you tell a long story: nothing bounds this queue.
        """
        self._told.extend(frames)
        if self._told:
            self.all_told.clear()
            self.ready.set()

    def take(self) -> list[str]:
        """Return the messages to send now, acknowledgements first."""
        self.ready.clear()
        frames: list[wire.Down] = [*self._acks.values(), *self._nacks.values()]
        if self._slow is not None:
            frames.append(self._slow)
        self._acks, self._nacks, self._slow = {}, {}, None
        if self._told:
            frames.append(self._told.popleft())
        (self.ready if self._told else self.all_told).set()
        return [wire.encode(frame) for frame in frames]
