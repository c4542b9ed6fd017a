"""What a websocket has sent, handed to its parser a little at a time: every socket has its turn.

A server by itself parses whatever it could read before it turns to the next connection. Here one
socket gets ``TURN_S`` at a time and ``SHARE`` of the process in the long run; beyond that it is not
read, and TCP slows its peer down. An ordinary gateway at its limits needs a tenth of that.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import TimerHandle
from collections.abc import Callable
from typing import Final

from realtime.limits import Bucket

SLICE_BYTES: Final = 2 << 10  # that are parsed between two looks at the clock
TURN_S: Final = 0.002  # processor time after which it is the others' turn
SHARE, SAVED_S = 0.2, 0.01  # of the processor for one socket, and what it may save up, in seconds
LATE_BYTES: Final = 64 << 10  # that are searched for the peer's half of the closing handshake
Do = Callable[[], object]
Say = Callable[[], bool]


class Turns:
    """The turns of one socket.

    Args:
        loop: the event loop of the server.
        parse: takes the next bytes.
        pause: stop reading from the peer.
        resume: read from the peer again.
        busy: says whether nothing more may be parsed until ``go_on`` is called.
        closing: says whether we have closed, so that only the peer's close is still of interest.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        parse: Callable[[bytes], object],
        pause: Do,
        resume: Do,
        busy: Say,
        closing: Say,
    ) -> None:
        self._loop = loop
        self._parse, self._pause, self._resume = parse, pause, resume
        self._busy, self._closing = busy, closing
        self._rest, self._at = b"", 0  # received, and up to where it was parsed
        self._late = 0  # bytes that were parsed after our close
        self._share = Bucket(SHARE, SAVED_S, loop.time())
        self._not_before = 0.0  # when the share allows the next turn
        self._next: TimerHandle | None = None
        self._ended = False

    def take(self, data: bytes) -> None:
        """Parse what was received, or as much of it as is due now."""
        if self._ended:
            self._pause()
            return
        self._rest, self._at = self._rest[self._at :] + data, 0
        if self._next is None:
            self._turn()
        else:
            self._pause()  # for the server may have begun to read again, say to close

    def go_on(self) -> None:
        """Go on with the next turn; this one's is over."""
        if self._ended or self._next is not None:
            return
        if self._rest or self._loop.time() < self._not_before:
            self._next = self._loop.call_at(self._not_before, self._turn)
        else:
            self._resume()

    def end(self) -> None:
        """Parse no more."""
        self._ended = True
        self._rest = b""
        if self._next is not None:
            self._next.cancel()

    def _turn(self) -> None:
        self._next = None
        used_s = 0.0
        while self._rest and used_s < TURN_S and not self._busy():
            began = time.thread_time()
            self._parse_slice()
            used_s += time.thread_time() - began
        now = self._loop.time()
        self._not_before = now + self._share.take(used_s, now)
        if self._ended or self._rest or self._not_before > now:
            self._pause()
        if not self._busy():
            self.go_on()

    def _parse_slice(self) -> None:
        start, self._at = self._at, self._at + SLICE_BYTES
        piece = self._rest[start : self._at]
        if self._at >= len(self._rest):
            self._rest, self._at = b"", 0
        if self._closing():
            self._late += len(piece)
            if self._late > LATE_BYTES:
                self.end()
                return
        self._parse(piece)
