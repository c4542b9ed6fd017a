"""The door of the pages: one websocket each, for whatever the page shows.

A page subscribes to channels, gets a snapshot of each and then what changes. It may only look:
whatever it wants to do goes over HTTP, and comes back here as an event like everyone else's.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from functools import partial
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error as DatabaseError
from django.http import parse_cookie

from devices.feed import Position, events_since, snapshot
from edge.wire import Close
from realtime.conflate import Delta
from realtime.consumers.socket import Closing, Disconnected, Receive, Scope, Send, Socket, race
from realtime.database import in_database
from realtime.feeds import Feed, event_text
from realtime.groups import Channel, parse_channel
from realtime.hub import hub
from realtime.limits import Bucket
from realtime.live_frames import (
    MAX_CHARS,
    BatchAck,
    Frame,
    Ping,
    Sub,
    Unsub,
    Visibility,
    decode,
    encode,
)
from realtime.outbox import Outbox, Stalled
from realtime.viewers import site_of, viewer_of

logger = logging.getLogger(__name__)

SUBPROTOCOL: Final = "sentinel.v1"
MAX_CHANNELS: Final = 64
MAX_BAD: Final = 10  # messages that make no sense, before the page is closed
MESSAGES_PER_S, BURST = 50.0, 250.0  # 20 acknowledgements a second are normal
QUEUED: Final = 2 * MAX_CHANNELS  # subscriptions that wait for the database


async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one page's websocket; an ASGI application."""
    socket = BrowserSocket(scope, receive, send)
    await socket.accept(SUBPROTOCOL)
    try:
        session_key = parse_cookie(socket.header("cookie")).get(settings.SESSION_COOKIE_NAME, "")
        viewer = await socket.beside(in_database(viewer_of, session_key))
        if viewer is None:
            raise Closing(Close.UNAUTHORIZED, "unauthorized")
        await LiveConnection(socket, session_key, viewer).serve()
    except Disconnected:
        pass
    except Closing as closing:
        await socket.fail(closing)
    except DatabaseError as error:
        logger.warning("a page was turned away, the database does not answer: %s", error)
        await socket.fail(Closing(Close.OVERLOADED, "database"))


class BrowserSocket(Socket):
    """A socket whose peer reads our short messages."""

    def explain(self, closing: Closing) -> str:
        """Write the error message that tells why the connection ends."""
        return encode(t="err", code=closing.code)


class LiveConnection:
    """One page, from welcome to close. The hub sees it as a ``Subscriber``."""

    def __init__(self, socket: BrowserSocket, session_key: str, viewer: User) -> None:
        self._socket = socket
        self._session_key = session_key
        self._viewer = viewer
        self._hub = hub()
        self._feeds: dict[Channel, Feed] = {}
        self._requests: asyncio.Queue[tuple[Channel, Sub | Unsub]] = asyncio.Queue(QUEUED)
        self._bad = 0
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._outbox = Outbox(
            stall_s=settings.BROWSER_STALL_S,
            quiet_s=settings.BROWSER_PING_S,
            now=self._loop.time(),
        )

    async def serve(self) -> None:
        """Greet, then pass on what the page asked for until either side closes."""
        await self._socket.send(
            encode(
                t="welcome",
                v=1,
                s=_now_ms(),
                ping_ms=round(settings.BROWSER_PING_S * 1000),
                stall_ms=round(settings.BROWSER_STALL_S * 1000),
                build=settings.VERSION,
            )
        )
        try:
            await race(self._listen(), self._subscribe(), self._send(), self._watch())
        finally:
            for channel, feed in self._feeds.items():
                feed.unsubscribe(channel, self)

    # ------------------------------------------------------------ what the hub calls

    def put(self, delta: Delta) -> None:
        """Take a delta."""
        self._outbox.put(delta)
        self._wake.set()

    def start_over(self, channel: str) -> None:
        """Take a snapshot of telemetry again."""
        self._outbox.start_over(channel)
        self._wake.set()

    def reset(self, channel: str, why: str) -> None:
        """Ask for a state topic anew."""
        self._outbox.reset(channel, why)
        self._wake.set()

    # ------------------------------------------------------------ in

    async def _listen(self) -> None:
        bucket = Bucket(MESSAGES_PER_S, BURST, self._loop.time())
        while True:
            text = await self._socket.receive()
            bucket.take(1, self._loop.time())
            if bucket.exhausted:
                raise Closing(Close.TOO_MANY, "too_many")
            if len(text) > MAX_CHARS:
                raise Closing(Close.TOO_LARGE, "too_large")
            try:
                await self._dispatch(decode(text))
            except ValueError as error:
                await self._complain(error)

    async def _dispatch(self, frame: Frame) -> None:
        """Do what a message asks for.

        Raises:
            ValueError: it asks for nonsense.
        """
        if isinstance(frame, BatchAck):
            self._outbox.ack(frame.n)
        elif isinstance(frame, Ping):
            await self._socket.send(encode(t="pong", c=frame.c, s=_now_ms()))
        elif isinstance(frame, Visibility):
            self._outbox.hide(hidden=frame.hidden)
        else:
            await self._queue(frame)
        self._wake.set()

    async def _queue(self, frame: Sub | Unsub) -> None:
        try:
            channel = parse_channel(frame.ch)
        except ValueError:
            await self._refuse(frame, "unknown_topic")
            return
        try:
            self._requests.put_nowait((channel, frame))
        except asyncio.QueueFull:
            await self._refuse(frame, "too_many")

    async def _complain(self, error: ValueError) -> None:
        self._bad += 1
        logger.info("a page sent a bad message: %s", error)
        if self._bad > MAX_BAD:
            raise Closing(Close.BAD_FRAME, "bad_request")
        await self._socket.send(encode(t="err", code="bad_request"))

    async def _refuse(self, frame: Sub | Unsub, code: str) -> None:
        await self._socket.send(encode(t="err", ch=frame.ch, code=code))

    # ------------------------------------------------------------ subscriptions

    async def _subscribe(self) -> None:
        """Serve the requests in order, beside the receive loop, which must not wait for reads."""
        while True:
            channel, frame = await self._requests.get()
            if isinstance(frame, Unsub):
                self._end(channel)
            elif channel not in self._feeds and len(self._feeds) >= MAX_CHANNELS:
                await self._refuse(frame, "too_many")
            elif (site_id := await in_database(site_of, self._viewer, channel)) is None:
                await self._refuse(frame, "forbidden")  # whether it exists or not
            else:
                await self._begin(channel, site_id, frame)

    async def _begin(self, channel: Channel, site_id: int, frame: Sub) -> None:
        """Begin, or begin anew. The hub is joined before anything is read."""
        feed = await self._hub.feed(site_id)
        if self._feeds.get(channel, feed) is not feed:
            self._end(channel)  # the device has moved to another site
        self._feeds[channel] = feed
        if channel.counted:
            self._outbox.hold(channel)
            feed.subscribe(channel, self)
            texts, offset = await in_database(_read_topic, site_id, channel, frame)
            self._outbox.release(channel, texts, offset)
        else:
            await self._hub.prepare(feed, channel)
            self._outbox.subscribe(channel, partial(feed.snapshot, channel))
            feed.subscribe(channel, self)
        self._wake.set()

    def _end(self, channel: Channel) -> None:
        self._outbox.drop(channel)
        feed = self._feeds.pop(channel, None)
        if feed is not None:
            feed.unsubscribe(channel, self)

    # ------------------------------------------------------------ out

    async def _send(self) -> None:
        while True:
            try:
                text = self._outbox.take(self._loop.time())
            except Stalled:
                raise Closing(Close.TOO_SLOW, "stalled") from None
            if text is not None:
                await self._socket.send(text)
                continue
            timer = self._loop.call_later(self._outbox.wait_s(self._loop.time()), self._wake.set)
            await self._wake.wait()
            self._wake.clear()
            timer.cancel()

    async def _watch(self) -> None:
        """End the connection with the session, with the permission, or at its age."""
        ends_at = self._loop.time() + settings.BROWSER_MAX_LIFE_S * random.uniform(0.9, 1)  # noqa: S311
        while True:
            pause_s = settings.BROWSER_RECHECK_S * random.uniform(0.8, 1)  # noqa: S311 - jitter
            await asyncio.sleep(min(pause_s, max(0.0, ends_at - self._loop.time())))
            if self._loop.time() >= ends_at:
                raise Closing(Close.RECYCLED, "recycled")
            try:
                await self._recheck()
            except DatabaseError as error:
                # nothing new can come from there either; the next look decides
                logger.warning("a session could not be checked: %s", error)

    async def _recheck(self) -> None:
        viewer = await in_database(viewer_of, self._session_key)
        if viewer is None or viewer.pk != self._viewer.pk:
            raise Closing(Close.UNAUTHORIZED, "session_ended")
        self._viewer = viewer
        for channel, feed in list(self._feeds.items()):
            site_id = await in_database(site_of, viewer, channel)
            if site_id is None:
                raise Closing(Close.FORBIDDEN, "forbidden")
            if site_id != feed.site_id and not self._requests.full():
                self._requests.put_nowait((channel, Sub(channel.name)))  # the device has moved


def _read_topic(site_id: int, channel: Channel, frame: Sub) -> tuple[list[str], int]:
    """Return the messages that bring a page up to date, and the number of the event they end at."""
    name, topic = channel.name, channel.kind
    if frame.since is not None:
        since = Position(frame.since.ep, frame.since.o)
        events = events_since(site_id=site_id, topic=topic, since=since)
        if events is not None:
            texts = [event_text(name, since.epoch, event) for event in events]
            offset = since.offset + len(events)
            return [*texts, encode(t="resumed", ch=name, ep=since.epoch, o=offset)], offset
    epoch, offset, rows = snapshot(site_id=site_id, topic=topic)
    head = f'{{"t":"snap","ch":"{name}","ep":"{epoch}","o":{offset}'
    return [f'{head},"d":{rows}}}'], offset


def _now_ms() -> int:
    return int(time.time() * 1000)
