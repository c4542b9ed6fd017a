"""What may be left out on the way to a browser. Pure: time is an argument, monotonic seconds.

Telemetry may be conflated, because only the newest reading of a tag counts; events may not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

Row = list[Any]  # [tag id, source ms, value or None, quality, received ms, text if any]

FRAME_S = 0.05  # at most 20 frames a second
REPEAT_S = 0.25  # at most 4 readings of one tag a second
MAX_EVENTS = 256  # events waiting for one browser; a page that misses more starts over


@dataclass(slots=True, eq=False)
class Delta:
    """One message for all browsers of a channel; the text is made once."""

    channel: str
    text: str
    rows: list[Row] | None = None  # of telemetry: what the text says
    offset: int = 0  # of a state topic


def encode_rows(channel: str, rows: Iterable[Row]) -> str:
    """Write a delta of telemetry."""
    delta = {"t": "d", "ch": channel, "d": list(rows)}
    return msgspec.json.encode(delta).decode()


class Pacer:
    """Holds back repeats: the first change after a pause passes at once."""

    def __init__(self) -> None:
        self._waiting: dict[int, Row] = {}
        self._passed: dict[int, float] = {}  # tag -> when it last passed
        self._framed = float("-inf")

    def put(self, rows: Iterable[Row]) -> None:
        """Add readings; of one tag the latest stays."""
        for row in rows:
            self._waiting[row[0]] = row

    def due(self) -> float | None:
        """Tell when ``take`` has something to give; None: nothing waits."""
        if not self._waiting:
            return None
        passed = self._passed
        first = min(passed.get(tag, float("-inf")) for tag in self._waiting)
        return max(first + REPEAT_S, self._framed + FRAME_S)

    def take(self, now: float) -> list[Row]:
        """Return the readings that may pass now."""
        limit = now - REPEAT_S
        passed = self._passed
        due = [tag for tag in self._waiting if passed.get(tag, float("-inf")) <= limit]
        if due:
            self._framed = now
            passed.update(dict.fromkeys(due, now))
        return [self._waiting.pop(tag) for tag in due]


class Values:
    """Telemetry of one channel on its way to one browser."""

    def __init__(self, channel: str, snapshot: Callable[[], str]) -> None:
        self._channel = channel
        self._snapshot = snapshot
        self._only: Delta | None = None  # waits as it is
        self._newest: dict[int, Row] = {}  # of several deltas, once the browser is behind
        self.snapshot_due = True
        self.hidden = False

    @property
    def waiting(self) -> bool:
        """Say whether there is something to send."""
        return not self.hidden and bool(self.snapshot_due or self._only or self._newest)

    def put(self, delta: Delta) -> None:
        """Add a delta; of one tag the latest reading stays."""
        if self.hidden or self.snapshot_due:
            return  # the snapshot is made when it is sent, so it will hold this
        if self._only is None and not self._newest:
            self._only = delta
            return
        for each in filter(None, (self._only, delta)):
            self._newest.update((row[0], row) for row in each.rows or ())
        self._only = None

    def start_over(self) -> None:
        """Forget what waits and send a snapshot instead."""
        self._only = None
        self._newest.clear()
        self.snapshot_due = True

    def take(self) -> list[str]:
        """Return the messages to send now."""
        if self.snapshot_due:
            self.snapshot_due = False
            return [self._snapshot()]
        text = self._only.text if self._only else encode_rows(self._channel, self._newest.values())
        self._only = None
        self._newest.clear()
        return [text]


class Events:
    """Events of one channel on their way to one browser: all of them, in order, or a reset."""

    def __init__(self) -> None:
        self._texts: deque[tuple[int, str]] = deque()
        self._last = -1
        self._lost = False
        self._held = True

    @property
    def waiting(self) -> bool:
        """Say whether there is something to send."""
        return bool(self._texts) and not self._held

    def hold(self) -> None:
        """Collect from now on; nothing is sent until ``release``."""
        self._held = True
        self._lost = False
        self._last = -1
        self._texts.clear()

    def release(self, texts: Iterable[str], offset: int) -> None:
        """Send these, which cover all events up to ``offset``, before what was collected."""
        later = [each for each in self._texts if each[0] > offset or self._lost]
        self._texts = deque([*((offset, text) for text in texts), *later])
        self._last = max(offset, self._last)
        self._held = False

    def put(self, delta: Delta) -> None:
        """Add an event; those that are covered already are dropped."""
        if self._lost or delta.offset <= self._last:
            return
        self._texts.append((delta.offset, delta.text))
        self._last = delta.offset

    @property
    def too_many(self) -> bool:
        """Say whether more wait than may be kept for one browser."""
        return len(self._texts) > MAX_EVENTS

    def lose(self, text: str) -> None:
        """Replace whatever waits by this; nothing more is sent until ``hold`` and ``release``."""
        self._texts = deque([(self._last, text)])
        self._lost = True

    def take(self) -> list[str]:
        """Return the messages to send now."""
        texts = [text for _, text in self._texts]
        self._texts.clear()
        return texts
