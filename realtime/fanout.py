"""The one way out: the only caller of the channel layer.

Readings are gathered per site: the first change after a pause leaves at once, what comes within
the next ``GATHER_S`` leaves together, one message per site. Every message carries the number that
its sender gave it, so whoever receives it notices a hole.

Nothing here is needed for storing, and nothing here waits or fails towards those who store: each
call of the layer has ``TIMEOUT_S``. What could not be published is kept (the newest reading of each
tag, the newest events) and tried again, so after an outage of Redis the first message that gets
through carries the present state. What was lost on the other side is the hub's to find out.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import weakref
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from realtime.conflate import Row
from realtime.groups import site_group

logger = logging.getLogger(__name__)

GATHER_S: Final = 0.05
TIMEOUT_S: Final = 2.0
RETRY_S: Final = 0.5
_KEPT_EVENTS: Final = 1000  # per site, while the layer is away; pages read older ones elsewhere

LayerError = (OSError, RedisError, TimeoutError)  # what a layer call may raise when Redis is away
Message = dict[str, Any]


# ---------------------------------------------------------------- the layer


async def send(group: str, message: Message) -> None:
    """Send one message to a group.

    Raises:
        OSError, RedisError, TimeoutError: it may or may not have been sent.
    """
    async with asyncio.timeout(TIMEOUT_S):
        await get_channel_layer().group_send(group, message)


async def join(group: str, channel: str) -> None:
    """Have the messages of a group brought to a channel of this process. Safe to repeat.

    Raises:
        OSError, RedisError, TimeoutError: try again.
    """
    async with asyncio.timeout(TIMEOUT_S):
        await get_channel_layer().group_add(group, channel)


async def leave(group: str, channel: str) -> None:
    """End what ``join`` began.

    Raises:
        OSError, RedisError, TimeoutError: messages may still arrive.
    """
    async with asyncio.timeout(TIMEOUT_S):
        await get_channel_layer().group_discard(group, channel)


async def receive(channel: str) -> Message:
    """Wait for the next message on a channel of this process.

    Raises:
        OSError, RedisError: Redis is away; the channel exists nevertheless, so call again.
    """
    message: Message = await get_channel_layer().receive(channel)
    return message


async def reconnect() -> None:
    """Drop all connections and memberships of this event loop's layer.

    Raises:
        OSError, RedisError, TimeoutError: closing went wrong; new connections are made anyway.
    """
    publisher().reconnects += 1
    async with asyncio.timeout(TIMEOUT_S):
        await get_channel_layer().flush()


# ---------------------------------------------------------------- publishing


def publish_readings(site_id: int, rows: Iterable[Row]) -> None:
    """Hand the newest readings of a site to everyone who looks at it. From the event loop."""
    publisher().put_readings(site_id, rows)


def publish_event(
    *, site_id: int, topic: str, epoch: str, offset: int, payload: dict[str, Any]
) -> None:
    """Hand one numbered event to everyone who looks at the site. From any thread or process."""
    text = msgspec.json.encode(payload).decode()
    message = {
        "type": "event", "site": site_id, "topic": topic, "ep": epoch, "o": offset, "text": text,
    }  # fmt: skip
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        _from_a_thread(site_id, message)
    else:
        publisher().put_event(site_id, message)


def _from_a_thread(site_id: int, message: Message) -> None:
    """Leave it to the event loop of this process, or send it ourselves where there is none."""
    loop = _home() if _home is not None else None
    if loop is not None and loop.is_running():
        loop.call_soon_threadsafe(lambda: publisher().put_event(site_id, message))
        return
    try:
        async_to_sync(send)(site_group(site_id), message)
    except (*LayerError, RuntimeError) as error:  # the latter while the interpreter shuts down
        logger.warning("an event was not published, pages will read it later: %s", _why(error))


def publisher() -> Publisher:
    """Return the publisher of the running event loop, which threads publish through from now on."""
    global _home  # noqa: PLW0603 - one event loop serves; threads must find it
    loop = asyncio.get_running_loop()
    found = _publishers.get(loop)
    if found is None:
        found = _publishers[loop] = Publisher()
        _home = weakref.ref(loop)
    return found


def forget() -> None:
    """Let no thread publish through the event loop of this process any more: it is ending."""
    global _home  # noqa: PLW0603
    _home = None


@dataclass(slots=True)
class _Site:
    """What waits to be published."""

    rows: dict[int, Row] = field(default_factory=dict)
    events: deque[Message] = field(default_factory=lambda: deque(maxlen=_KEPT_EVENTS))
    number: int = 0  # of the last message with readings
    task: asyncio.Task[None] | None = None


class Publisher:
    """Publishes for one event loop."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(6)
        self.failures = 0  # messages that the layer did not take, since the start
        self.reconnects = 0  # each has ended all memberships
        self._sites: dict[int, _Site] = {}
        self._away = False

    def put_readings(self, site_id: int, rows: Iterable[Row]) -> None:
        """Queue readings; of one tag the newest stays."""
        site = self._site(site_id)
        for row in rows:
            known = site.rows.get(row[0])
            if known is None or row[1] >= known[1]:
                site.rows[row[0]] = row
        self._start(site_id, site)

    def put_event(self, site_id: int, message: Message) -> None:
        """Queue an event."""
        site = self._site(site_id)
        site.events.append(message)
        self._start(site_id, site)

    def _site(self, site_id: int) -> _Site:
        found = self._sites.get(site_id)
        if found is None:
            found = self._sites[site_id] = _Site()
        return found

    def _start(self, site_id: int, site: _Site) -> None:
        if site.task is None:
            task = asyncio.get_running_loop().create_task(
                self._publish(site_id, site), name=f"publish {site_id}"
            )
            site.task = task

    async def _publish(self, site_id: int, site: _Site) -> None:
        """Send what waits until nothing does; a pause after each round gathers the next."""
        try:
            while site.rows or site.events:
                sent = await self._send_events(site_id, site) and await self._send_rows(
                    site_id, site
                )
                await asyncio.sleep(GATHER_S if sent else RETRY_S)
        finally:
            site.task = None

    async def _send_events(self, site_id: int, site: _Site) -> bool:
        while site.events:
            message = site.events[0]
            if not await self._send(site_id, message):
                return False
            if site.events and site.events[0] is message:  # it may have been pushed out meanwhile
                site.events.popleft()
        return True

    async def _send_rows(self, site_id: int, site: _Site) -> bool:
        if not site.rows:
            return True
        rows, site.rows = site.rows, {}
        site.number += 1
        text = msgspec.json.encode([_short(row) for row in rows.values()]).decode()
        message = {
            "type": "readings", "site": site_id, "from": self.name, "n": site.number, "text": text,
        }  # fmt: skip
        if await self._send(site_id, message):
            return True
        site.rows = rows | site.rows
        return False

    async def _send(self, site_id: int, message: Message) -> bool:
        try:
            await send(site_group(site_id), message)
        except LayerError as error:
            self.failures += 1
            if not self._away:
                logger.error("Redis does not take messages for the pages: %s", _why(error))
            self._away = True
            return False
        if self._away:
            logger.warning("Redis takes messages again; %d had failed so far", self.failures)
        self._away = False
        return True


def _why(error: Exception) -> str:
    return f"{type(error).__name__} {error}"


def _short(row: Row) -> Row:
    return row[:5] if row[5:] == [None] else row


_publishers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Publisher] = (
    weakref.WeakKeyDictionary()
)
_home: weakref.ref[asyncio.AbstractEventLoop] | None = None
