"""Everything that waits for one browser, and when it may be sent. Pure: time is an argument.

A browser acknowledges batches, and gets no further one while two are under way. So one that does
not keep up costs no more than its number of tags, and one that reads nothing any more is found
out, whatever the server in between buffers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from realtime.conflate import FRAME_S, Delta, Events, Values
from realtime.groups import Channel

WINDOW = 2  # batches that may be unacknowledged
WINDOW_CHARS = 4 << 20  # and how much they may hold before no further one is sent
BATCH_CHARS = 256 << 10  # a batch is closed when it has reached this size


class Stalled(Exception):
    """The browser has acknowledged nothing for too long: close it, or it costs memory for ever."""


class Outbox:
    """Everything that waits for one browser.

    Args:
        stall_s: seconds without an acknowledgement after which the browser is given up.
        quiet_s: longest silence; then an empty batch shows that the connection lives.
        now: the moment of the start.
    """

    def __init__(self, *, stall_s: float, quiet_s: float, now: float) -> None:
        self._stall_s = stall_s
        self._quiet_s = quiet_s
        self._values: dict[str, Values] = {}
        self._events: dict[str, Events] = {}
        self._unacked: deque[tuple[int, float, int]] = deque()  # number, sent at, characters
        self._number = 0
        self._sent_at = now - FRAME_S
        self._hidden = False

    # ------------------------------------------------------------ subscriptions

    def __contains__(self, channel: Channel) -> bool:
        """Say whether the channel is subscribed."""
        return channel.name in self._values or channel.name in self._events

    def __len__(self) -> int:
        """Count the subscriptions."""
        return len(self._values) + len(self._events)

    def subscribe(self, channel: Channel, snapshot: Callable[[], str]) -> None:
        """Send telemetry of a channel, beginning with a snapshot made when it is sent."""
        lane = self._values[channel.name] = Values(channel.name, snapshot)
        lane.hidden = self._hidden

    def hold(self, channel: Channel) -> None:
        """Collect the events of a channel until ``release`` tells what comes before them."""
        self._events.setdefault(channel.name, Events()).hold()

    def release(self, channel: Channel, texts: Iterable[str], offset: int) -> None:
        """Send these messages, which cover all events up to ``offset``, then the later events."""
        lane = self._events.get(channel.name)
        if lane is not None:
            lane.release(texts, offset)

    def drop(self, channel: Channel) -> None:
        """Forget a channel."""
        self._values.pop(channel.name, None)
        self._events.pop(channel.name, None)

    def hide(self, *, hidden: bool) -> None:
        """Stop telemetry for a page that nobody sees; its return begins with snapshots."""
        self._hidden = hidden
        for lane in self._values.values():
            lane.hidden = hidden
            lane.start_over()

    def start_over(self, channel: str) -> None:
        """Send a snapshot of this telemetry again: its tags have changed."""
        if lane := self._values.get(channel):
            lane.start_over()

    def reset(self, channel: str, why: str) -> None:
        """Have the page ask for a state topic anew."""
        if lane := self._events.get(channel):
            text = msgspec.json.encode({"t": "reset", "ch": channel, "why": why}).decode()
            lane.lose(text)

    # ------------------------------------------------------------ flow

    def put(self, delta: Delta) -> None:
        """Queue a delta of a subscribed channel; others are ignored."""
        if delta.rows is not None:
            if values := self._values.get(delta.channel):
                values.put(delta)
        elif events := self._events.get(delta.channel):
            events.put(delta)
            if events.too_many:
                self.reset(delta.channel, "slow")

    def ack(self, number: int) -> None:
        """Note that the browser has this batch and all before it.

        Raises:
            ValueError: no such batch was sent.
        """
        if not 0 < number <= self._number:
            raise ValueError(f"batch {number} was never sent")
        while self._unacked and self._unacked[0][0] <= number:
            self._unacked.popleft()

    def wait_s(self, now: float) -> float:
        """Seconds until ``take`` has to be called, unless something is put before."""
        stall = self._unacked[0][1] + self._stall_s if self._unacked else float("inf")
        if not self._open:
            return max(0.0, stall - now)
        pause = FRAME_S if self._waiting else self._quiet_s
        return max(0.0, min(stall, self._sent_at + pause) - now)

    def take(self, now: float) -> str | None:
        """Return the next batch, if one may be sent now.

        Raises:
            Stalled: the oldest unacknowledged batch is too old.
        """
        if self._unacked and now - self._unacked[0][1] >= self._stall_s:
            raise Stalled
        pause = FRAME_S if self._waiting else self._quiet_s
        if not self._open or now - self._sent_at < pause:
            return None
        self._number += 1
        text = f'{{"t":"b","n":{self._number},"m":[{",".join(self._messages())}]}}'
        self._unacked.append((self._number, now, len(text)))
        self._sent_at = now
        return text

    @property
    def _open(self) -> bool:
        held = sum(size for _, _, size in self._unacked)
        return len(self._unacked) < WINDOW and held < WINDOW_CHARS

    @property
    def _waiting(self) -> bool:
        return any(e.waiting for e in self._events.values()) or any(
            v.waiting for v in self._values.values()
        )

    def _messages(self) -> list[str]:
        texts: list[str] = []
        lanes: list[Events | Values] = [*self._events.values(), *self._values.values()]
        for lane in lanes:
            if lane.waiting:
                texts += lane.take()
            if sum(map(len, texts)) >= BATCH_CHARS:
                break
        return texts
