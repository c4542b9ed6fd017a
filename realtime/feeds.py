"""One site on its way to the browsers of this process: its values, its topics, who watches what."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from devices.feed import Event, Position
from devices.selectors import SiteTag
from realtime.board import Board
from realtime.conflate import Delta, Pacer, Row, encode_rows
from realtime.fanout import Message
from realtime.groups import Channel


class Subscriber(Protocol):
    """A browser, as the hub sees it. None of these waits."""

    def put(self, delta: Delta) -> None:
        """Take a delta."""

    def start_over(self, channel: str) -> None:
        """Take a snapshot of telemetry again."""

    def reset(self, channel: str, why: str) -> None:
        """Ask for a state topic anew."""


class Feed:
    """Spreads what happens at one site. Lives on the event loop and does no I/O."""

    def __init__(
        self, site_id: int, tags: Sequence[SiteTag], positions: dict[str, Position]
    ) -> None:
        self.site_id = site_id
        self.board = Board(tags)
        self.positions = positions  # of the state topics, by name: the last event that we passed on
        self.suspicious = False  # something was lost, or cannot be explained: look it up
        self._loop = asyncio.get_running_loop()
        self._channels: dict[str, Channel] = {}
        self._subscribers: dict[str, set[Subscriber]] = {}
        self._pacers: dict[str, Pacer] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._numbers: dict[str, int] = {}  # publisher -> number of its last message
        self._reports: dict[str, str] = {}  # channel -> what was reported last, as JSON

    # ------------------------------------------------------------ who watches

    @property
    def watched(self) -> bool:
        """Say whether any browser is subscribed."""
        return bool(self._channels)

    @property
    def reported(self) -> list[Channel]:
        """The watched channels that are reports."""
        return [channel for channel in self._channels.values() if channel.reported]

    def subscribe(self, channel: Channel, subscriber: Subscriber) -> None:
        """Pass on what happens on a channel from now on."""
        self._channels[channel.name] = channel
        self._subscribers.setdefault(channel.name, set()).add(subscriber)
        if not channel.counted:
            self._pacers.setdefault(channel.name, Pacer())

    def unsubscribe(self, channel: Channel, subscriber: Subscriber) -> None:
        """End what ``subscribe`` began."""
        subscribers = self._subscribers.get(channel.name)
        if subscribers is None:
            return
        subscribers.discard(subscriber)
        if not subscribers:
            del self._subscribers[channel.name], self._channels[channel.name]
            self._pacers.pop(channel.name, None)
            self._reports.pop(channel.name, None)
            self.board.forget(channel)
            if timer := self._timers.pop(channel.name, None):
                timer.cancel()

    def snapshot(self, channel: Channel) -> str:
        """Write the snapshot of a channel of which only the newest counts, as it is now."""
        if channel.reported:
            report = self._reports.get(channel.name, "null")
            return f'{{"t":"snap","ch":"{channel.name}","d":{report}}}'
        return self.board.snapshot(channel)

    def has_report(self, channel: Channel) -> bool:
        """Say whether there is a report that is kept current, because somebody watches it."""
        return channel.name in self._channels and channel.name in self._reports

    def tell(self, channel: Channel, report: str) -> None:
        """Take the newest report of a channel, and pass it on if it says anything else."""
        known = self._reports.get(channel.name)
        self._reports[channel.name] = report
        if report != known:
            for subscriber in self._subscribers.get(channel.name, ()):
                subscriber.start_over(channel.name)

    # ------------------------------------------------------------ what the layer brings

    def hear(self, message: Message) -> None:
        """Take one message of the site's group."""
        if message["type"] == "readings":
            self._check_number(message["from"], message["n"])
            newer, strange = self.board.merge(msgspec.json.decode(message["text"]))
            self.suspicious |= strange
            self._spread(newer)
        else:
            position = Position(message["ep"], message["o"])
            self._hear_event(message["topic"], position, message["text"])

    def _check_number(self, publisher: str, number: int) -> None:
        """Notice a hole. A publisher starts with 1; we may have joined later than it."""
        expected = self._numbers.get(publisher, 0) + 1
        self._numbers[publisher] = number
        if number != expected:
            self.suspicious = True

    def _hear_event(self, topic: str, position: Position, payload: str) -> None:
        known = self.positions.get(topic, Position("", 0))
        new = known.epoch == "" and position.offset == 1  # the very first event of a topic
        if new or position == (known.epoch, known.offset + 1):
            self._pass_event(topic, position, payload)
        elif position.epoch != known.epoch or position.offset > known.offset:
            self.suspicious = True

    def _pass_event(self, topic: str, position: Position, payload: str) -> None:
        self.positions[topic] = position
        name = f"{topic}:{self.site_id}"
        subscribers = self._subscribers.get(name)
        if subscribers:
            text = event_text(name, position.epoch, Event(position.offset, payload))
            delta = Delta(name, text, offset=position.offset)
            for subscriber in subscribers:
                subscriber.put(delta)

    # ------------------------------------------------------------ what the database says

    def compare(self, tags: Sequence[SiteTag]) -> None:
        """Pass on whatever the database knows better than we do."""
        redefined, newer = self.board.replace(tags)
        if not redefined:
            self._spread(newer)
            return
        for name, channel in self._channels.items():
            if not channel.counted:
                for subscriber in self._subscribers[name]:
                    subscriber.start_over(name)

    def catch_up(self, topic: str, position: Position, events: Sequence[Event] | None) -> None:
        """Pass on events that were missed.

        Args:
            topic: the state topic.
            position: where it stands.
            events: all after the position that was known; None: they cannot be had any more.
        """
        known = self.positions.get(topic, Position("", 0))
        if events is None:
            self.positions[topic] = position
            name = f"{topic}:{self.site_id}"
            for subscriber in self._subscribers.get(name, ()):
                subscriber.reset(name, "trimmed" if known.epoch == position.epoch else "epoch")
        for event in events or ():
            if event.offset > self.positions[topic].offset:  # the layer may have been faster
                self._pass_event(topic, Position(position.epoch, event.offset), event.payload)

    # ------------------------------------------------------------ pace

    def _spread(self, rows: Sequence[Row]) -> None:
        for name, shown in self.board.by_channel(rows, self._channels).items():
            self._pacers[name].put(shown)
            if name not in self._timers:
                self._pass_rows(name)

    def _pass_rows(self, name: str) -> None:
        """Send what may pass now, and come back when something more may."""
        self._timers.pop(name, None)
        pacer = self._pacers[name]
        now = self._loop.time()
        due = pacer.due()
        if due is not None and due <= now:
            rows = pacer.take(now)
            delta = Delta(name, encode_rows(name, rows), rows)
            for subscriber in self._subscribers[name]:
                subscriber.put(delta)
            due = pacer.due()
        if due is not None:
            self._timers[name] = self._loop.call_at(due, self._pass_rows, name)


def event_text(name: str, epoch: str, event: Event) -> str:
    """Write the message for one event of a state topic."""
    head = f'{{"t":"d","ch":"{name}","ep":"{epoch}","o":{event.offset}'
    return f'{head},"d":{event.payload}}}'
