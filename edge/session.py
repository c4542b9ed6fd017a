"""The gateway's half of the protocol: what may be sent next, and what an answer means. Pure.

A session lives as long as the process and survives reconnects. It holds numbers, never frames: what
has to be sent again is read from the spool again. Time is an argument: monotonic seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from edge.ends import Ends
from edge.pacing import Bucket
from edge.wire import (
    STREAMS,
    Ack,
    Close,
    Error,
    Gap,
    Limits,
    Nack,
    Slow,
    Stream,
    Welcome,
    encode,
)

PULL_FRAMES: Final = 16  # read from the spool at once
TRIES: Final = 2  # of a frame that the cloud refuses, before it becomes a gap
ACK_TIMEOUT_S: Final = 60.0
LONGEST_PAUSE_S: Final = 60.0
_LARGEST_WINDOW: Final = 1024
_ACCUSING: Final = {Close.BAD_FRAME, Close.TOO_LARGE}


class Pull(NamedTuple):
    """Read up to ``frames`` frames of the stream after a number and send them, one by one."""

    stream: Stream
    after: int
    frames: int


class Bridge(NamedTuple):
    """Send this text: a gap over frames that the cloud lost after it had acknowledged them."""

    stream: Stream
    seq: int
    text: str


class Forget(NamedTuple):
    """Everything up to ``seq`` is with the cloud."""

    stream: Stream
    seq: int


class SkipTo(NamedTuple):
    """The cloud knows a number that the spool never gave; go on after it."""

    stream: Stream
    last: int


class Refuse(NamedTuple):
    """The cloud will not take this frame; make a gap of it."""

    stream: Stream
    seq: int


Action = Forget | SkipTo | Refuse


class _Flight(NamedTuple):
    seq: int
    since: float


class _Lane:
    """One stream: ``acked <= sent <= sealed``, and the numbers on their way."""

    def __init__(self, ends: Ends) -> None:
        self.acked = ends.forgotten
        self.acked_ms = ends.forgotten_ms
        self.sealed = ends.next - 1
        self.sent = self.acked
        self.flight: deque[_Flight] = deque()
        self.bridge: Bridge | None = None
        self.held_until = 0.0
        self.nacks = 0  # in a row, without an ack

    def has_something(self, now: float) -> bool:
        """Say whether a frame may go, as far as this stream is concerned."""
        return now >= self.held_until and (self.bridge is not None or self.sent < self.sealed)

    def rewind(self, last: int) -> None:
        """Send again from ``last + 1``."""
        self.sent = max(self.acked, min(last, self.sent))
        while self.flight and self.flight[-1].seq > self.sent:
            self.flight.pop()

    def acknowledge(self, seq: int) -> None:
        """Take a cumulative ack, but only of what was sent: the rest must not be forgotten."""
        self.acked = max(self.acked, min(seq, self.sent))
        self.nacks = 0
        while self.flight and self.flight[0].seq <= seq:
            self.flight.popleft()


class Session:
    """Decides; the transmitter reads, writes and waits."""

    def __init__(self, ends: Mapping[Stream, Ends]) -> None:
        self._lanes = {stream: _Lane(ends[stream]) for stream in STREAMS}
        self._window = 0  # 0: not connected
        self._limits = Limits()
        self._frames = Bucket(1, 1, 0)
        self._readings = Bucket(1, 1, 0)
        self._paused_until = 0.0
        self._careful = 0  # so many frames go one at a time, because one of them is poison
        self._strikes: dict[tuple[Stream, int], int] = {}
        self._accused = False  # in this connection a frame was named already
        self.progressed = False  # in this connection something was acknowledged

    # ------------------------------------------------------------ connection

    def next_numbers(self) -> dict[Stream, int]:
        """For ``Hello``: the first number in each stream that is not yet acknowledged."""
        return {stream: lane.acked + 1 for stream, lane in self._lanes.items()}

    def welcomed(self, welcome: Welcome, now: float) -> list[Action]:
        """Begin a connection where the cloud says that each stream stands."""
        self._limits = welcome.limits
        self._window = max(1, min(welcome.limits.window, _LARGEST_WINDOW))
        # A second's worth may go at once. A little below the limit, for clocks that differ.
        frames, readings = self._limits.frames_per_s * 0.9, self._limits.readings_per_s * 0.9
        self._frames = Bucket(frames, frames, now)
        self._readings = Bucket(readings, readings, now)
        self._paused_until = 0.0
        self._accused = self.progressed = False
        actions: list[Action] = []
        for stream, lane in self._lanes.items():
            actions += self._reconcile(stream, lane, welcome.last.get(stream, 0))
        return actions

    def _reconcile(self, stream: Stream, lane: _Lane, last: int) -> list[Action]:
        lane.flight.clear()
        lane.bridge = None
        lane.held_until = 0.0
        lane.nacks = 0
        if last < lane.acked:
            self._bridge(stream, lane, last)
        if last > lane.sealed:
            lane.acked = lane.sent = lane.sealed = last
            return [SkipTo(stream, last)]
        moved = last > lane.acked
        lane.acked = lane.sent = max(lane.acked, last)
        return [Forget(stream, last)] if moved else []

    def _bridge(self, stream: Stream, lane: _Lane, last: int) -> None:
        """The cloud was set back and lost what it had acknowledged; only a gap can follow it.

        How many readings that were is not known any more, so the gap says 0.
        """
        at = lane.acked_ms
        gap = Gap(stream, last + 1, lane.acked, at, at, 0, "operator")
        lane.bridge = Bridge(stream, lane.acked, encode(gap))

    def lost(self, code: int | None) -> list[Action]:
        """The connection ended, with this close code."""
        actions: list[Action] = []
        flying = [(stream, f.seq) for stream, lane in self._lanes.items() for f in lane.flight]
        if code in _ACCUSING and flying and not self._accused:
            if len(flying) == 1:
                actions = self._strike(*flying[0])
            else:  # one of them; which, will be seen when they go one at a time
                self._careful = max(self._careful, len(flying))
        self._window = 0
        for lane in self._lanes.values():
            lane.flight.clear()
            lane.sent = lane.acked
        return actions

    # ------------------------------------------------------------ sending

    def sealed(self, newest: Mapping[Stream, int]) -> None:
        """The spool has frames up to these numbers."""
        for stream, seq in newest.items():
            self._lanes[stream].sealed = max(seq, self._lanes[stream].sealed)

    def pull(self, now: float) -> Pull | Bridge | None:
        """What to send next: events, then live, then history, as far as the window allows."""
        if not self._window or self.wait_s(now) > 0:
            return None
        flying = sum(len(lane.flight) for lane in self._lanes.values())
        room = (1 if self._careful else self._window) - flying
        for stream in STREAMS:
            lane = self._lanes[stream]
            mine = room
            if stream == "history":  # half of the window stays free for what happens now
                mine = min(room, max(1, self._window // 2) - len(lane.flight))
            if mine > 0 and lane.has_something(now):
                return lane.bridge or Pull(stream, lane.sent, min(mine, PULL_FRAMES))
        return None

    def is_next(self, stream: Stream, after: int, now: float) -> bool:
        """Say whether the frame after a number is still the one to send.

        Between ``pull`` and here an answer may have sent the stream back or stopped it; and a
        backlog stands aside for what happens now.
        """
        lane = self._lanes[stream]
        urgent = [self._lanes[stream] for stream in STREAMS if stream != "history"]
        return (
            bool(self._window)
            and lane.sent == after
            and lane.bridge is None
            and now >= self._paused_until
            and lane.has_something(now)
            and not (stream == "history" and any(other.has_something(now) for other in urgent))
        )

    def sent(self, stream: Stream, seq: int, readings: int, now: float) -> None:
        """A frame (or a bridge) is being handed to the connection."""
        lane = self._lanes[stream]
        lane.bridge = None
        lane.sent = max(lane.sent, seq)
        lane.flight.append(_Flight(seq, now))
        self._frames.take(1, now)
        self._readings.take(readings, now)

    def wait_s(self, now: float) -> float:
        """Seconds until the cloud's limits allow the next frame."""
        pauses = (self._paused_until - now, self._frames.wait_s(now), self._readings.wait_s(now))
        return max(0.0, *pauses)

    def next_chance(self, now: float) -> float | None:
        """Seconds until ``pull`` may answer differently although nothing happens; None: never."""
        waits = [lane.held_until - now for lane in self._lanes.values()] + [self.wait_s(now)]
        return min((wait for wait in waits if wait > 0), default=None)

    def is_stuck(self, now: float) -> bool:
        """Say whether an ack is overdue: time to try another connection."""
        flights = (lane.flight[0] for lane in self._lanes.values() if lane.flight)
        return any(now - flight.since > ACK_TIMEOUT_S for flight in flights)

    # ------------------------------------------------------------ answers

    def acknowledged(self, ack: Ack) -> list[Action]:
        """Take an ack: up to its number, everything is committed."""
        lane = self._lanes[ack.stream]
        before, flying = lane.acked, len(lane.flight)
        lane.acknowledge(ack.seq)
        self._careful = max(0, self._careful - (flying - len(lane.flight)))
        self.progressed = True
        for place in [p for p in self._strikes if p[0] == ack.stream and p[1] <= lane.acked]:
            del self._strikes[place]
        return [Forget(ack.stream, lane.acked)] if lane.acked > before else []

    def not_acknowledged(self, nack: Nack, now: float) -> None:
        """Send again from where the cloud stands, after the pause that it asks for.

        Every frame that was under way behind the first is refused with it, so a burst of these
        arrives; only the first one counts.
        """
        lane = self._lanes[nack.stream]
        if now < lane.held_until:
            return
        pause_s = min(max(nack.retry_after_s, 0.05 * 2 ** min(lane.nacks, 7)), LONGEST_PAUSE_S)
        lane.held_until = now + pause_s
        lane.nacks += 1
        if nack.last < lane.acked:
            self._bridge(nack.stream, lane, nack.last)
        lane.rewind(nack.last)

    def slowed(self, slow: Slow, now: float) -> None:
        """Pause: the rate limit is reached."""
        self._paused_until = now + min(max(slow.retry_after_s, 0.0), LONGEST_PAUSE_S)

    def accused(self, error: Error) -> list[Action]:
        """A frame was refused by number: one more try, then it becomes a gap."""
        places = [
            (stream, error.seq)
            for stream, lane in self._lanes.items()
            if error.stream in {None, stream} and any(f.seq == error.seq for f in lane.flight)
        ]
        if error.seq is None or len(places) != 1:  # not known for certain which frame is meant
            return []
        stream, seq = places[0][0], error.seq
        self._accused = True
        self._lanes[stream].rewind(seq - 1)
        return self._strike(stream, seq)

    def _strike(self, stream: Stream, seq: int) -> list[Action]:
        strikes = self._strikes[stream, seq] = self._strikes.get((stream, seq), 0) + 1
        return [Refuse(stream, seq)] if strikes >= TRIES else []
