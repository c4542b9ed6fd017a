"""Brings what happens in the plant to the browsers of this process.

The process joins the group of a site once, however many browsers look at it, and hands each of
them the same text. Order matters: join the group, then read the database, then pass on what the
group brought since, so nothing falls between.

**What is lost on the way is found.** The channel layer forgets messages while Redis is away and
says nothing of it. So every second the hub sends itself a beat through the layer, and:

- state topics are compared with the database every second, events that are missing are read from
  there, and devices whose state changed by mere passing of time are announced (reports on gateways
  are read from there only: realtime/reporting.py);
- telemetry is compared with the database when a publisher's number is skipped, when a reading
  belongs to an unknown tag, when a beat arrives after one was missed, every ``DEAF_COMPARE_S``
  while no beat arrives, and every ``COMPARE_S`` in any case.

Hence, whether Redis was emptied, killed, frozen or cut off: its loss is noticed after
``DEAF_BEATS``, pages then lag by at most ``DEAF_COMPARE_S``, and they are current within about two
seconds of its return. If a single message vanishes without any trace, an old value stays on a page
for at most ``COMPARE_S``. After ``RECONNECT_BEATS`` the layer's connections are made anew, which
also ends connections that only look alive.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import weakref
from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.db import Error as DatabaseError

from devices.selectors import site_tags
from realtime import fanout
from realtime.database import in_database
from realtime.feeds import Feed
from realtime.groups import Channel, hub_group, site_group
from realtime.looks import first_look, look_at_topics
from realtime.reporting import Reporter

logger = logging.getLogger(__name__)

BEAT_S: Final = 1.0
DEAF_BEATS: Final = 3  # beats of our own that did not arrive: the layer brings nothing
DEAF_COMPARE_S: Final = 2.0
COMPARE_S: Final = 10.0
RECONNECT_BEATS: Final = 15
SHARE: Final = 10  # a look that took a second is not repeated for ten: sites may be large
SUSPECT_S: Final = 0.5  # shortest pause between two comparisons that something gave rise to
LINGER_S: Final = 30.0


class _Watched:
    """A site that the hub keeps current."""

    def __init__(self, feed: Feed, now: float) -> None:
        self.feed = feed
        self.reporter = Reporter(feed)
        self.compared_at = now
        self.watched_at = now
        self.rested_at = now  # it may be looked at again
        self.task: asyncio.Task[None] | None = None  # looks into the database

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What works for it in the background."""
        return [*self.reporter.tasks, *filter(None, [self.task])]


class Hub:
    """The sites that the browsers of one event loop look at.

    Args:
        linger_s: seconds for which a site that nobody watches any more is kept.
    """

    def __init__(self, linger_s: float = LINGER_S) -> None:
        self._linger_s = linger_s
        self._loop = asyncio.get_running_loop()
        fanout.publisher()  # threads that announce something for us find their way
        self._name = secrets.token_hex(6)
        self._inbox = f"{settings.CHANNEL_PREFIX}.hub.{self._name}"
        self._sites: dict[int, _Watched] = {}
        self._loading: dict[int, asyncio.Task[Feed]] = {}
        self._joined: set[str] = set()
        self._unheard = 0  # beats since the last one that arrived; counted, not timed, so that a
        self._deaf = False  # process that stood still does not take the layer for dead
        self._unreadable = False  # the database did not answer
        self._beat: asyncio.Task[None] | None = None
        self._listening = self._loop.create_task(self._listen(), name="hub listen")
        self._keeping = self._loop.create_task(self._keep(), name="hub keep")

    async def feed(self, site_id: int) -> Feed:
        """Return the feed of a site, joined and filled.

        Raises:
            django.db.Error: the database is away.
        """
        watched = self._sites.get(site_id)
        if watched is not None:
            watched.watched_at = self._loop.time()
            return watched.feed
        task = self._loading.get(site_id)
        if task is None:
            task = self._loading[site_id] = self._loop.create_task(self._load(site_id))
            task.add_done_callback(lambda _: self._loading.pop(site_id))
        return await asyncio.shield(task)

    async def prepare(self, feed: Feed, channel: Channel) -> None:
        """Have the first snapshot of a channel at hand, if it has to be read.

        Raises:
            django.db.Error: the database is away.
        """
        if watched := self._sites.get(feed.site_id):
            await watched.reporter.first(channel)

    async def stop(self) -> None:
        """End the background work. Browsers hear nothing more."""
        tasks = [self._listening, self._keeping, *self._loading.values()]
        tasks += [self._beat] if self._beat is not None else []
        tasks += [task for watched in self._sites.values() for task in watched.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def _load(self, site_id: int) -> Feed:
        if not self._deaf:
            await self._join(site_group(site_id))
        tags, positions = await in_database(first_look, site_id)
        feed = Feed(site_id, tags, positions)
        self._sites[site_id] = _Watched(feed, self._loop.time())
        return feed

    # ------------------------------------------------------------ the layer

    async def _join(self, group: str) -> bool:
        """Join a group, or leave it to the next beat: meanwhile the database is read instead."""
        try:
            await fanout.join(group, self._inbox)
        except fanout.LayerError as error:
            logger.debug("not joined %s: %s", group, error)
            return False
        self._joined.add(group)
        return True

    async def _listen(self) -> None:
        while True:
            try:
                message = await fanout.receive(self._inbox)
            except fanout.LayerError as error:
                logger.debug("the layer does not listen yet: %s", error)
                await asyncio.sleep(BEAT_S)
                continue
            try:
                self._take(message)
            except Exception:  # a message that we cannot read must not cost us the next one
                logger.exception("a message from the channel layer was dropped")

    def _take(self, message: fanout.Message) -> None:
        if message["type"] == "beat":
            missed, self._unheard = self._unheard > 1, 0
            if missed:
                self._suspect(self._sites)
        elif watched := self._sites.get(message["site"]):
            watched.feed.hear(message)
            rested = self._loop.time() - watched.compared_at > SUSPECT_S
            if watched.feed.suspicious and rested:
                self._look(watched, values=True)

    async def _send_beat(self) -> None:
        missing = [s for s in self._sites if site_group(s) not in self._joined]
        for group in (hub_group(self._name), *map(site_group, missing)):
            if group not in self._joined and not await self._join(group):
                return
        self._suspect(missing)  # whatever was said before we joined
        try:
            await fanout.send(hub_group(self._name), {"type": "beat"})
        except fanout.LayerError as error:
            logger.debug("no beat: %s", error)

    # ------------------------------------------------------------ keeping current

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self._tick()
            except Exception:  # without this task every page would slowly go wrong
                logger.exception("the hub did not do all that was due")

    async def _tick(self) -> None:
        self._judge_hearing()
        self._unheard += 1
        if self._beat is None or self._beat.done():
            self._beat = self._loop.create_task(self._send_beat(), name="hub beat")
        now = self._loop.time()
        for site_id, watched in list(self._sites.items()):
            if watched.feed.watched:
                watched.watched_at = now
            if now - watched.watched_at > self._linger_s:
                await self._forget(site_id)
                continue
            watched.reporter.tick()
            if now >= watched.rested_at:
                period = DEAF_COMPARE_S if self._deaf else COMPARE_S
                self._look(watched, values=now - watched.compared_at >= period)
        if self._unheard > RECONNECT_BEATS:
            await self._reconnect()

    def _judge_hearing(self) -> None:
        was_deaf, self._deaf = self._deaf, self._unheard >= DEAF_BEATS
        if self._deaf and not was_deaf:
            logger.error("Redis brings no messages: pages are fed from the database meanwhile")
        if was_deaf and not self._deaf:
            logger.warning("Redis brings messages again")

    async def _forget(self, site_id: int) -> None:
        for task in self._sites.pop(site_id).tasks:
            task.cancel()
        group = site_group(site_id)
        try:
            await fanout.leave(group, self._inbox)
        except fanout.LayerError as error:
            logger.debug("not left %s: %s", group, error)
        self._joined.discard(group)  # last: who came back meanwhile is joined again by a beat

    async def _reconnect(self) -> None:
        tasks = [task for task in (self._listening, self._beat) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        try:
            await fanout.reconnect()
        except fanout.LayerError as error:
            logger.debug("the layer did not close: %s", error)
        self._joined.clear()
        self._unheard = DEAF_BEATS  # still deaf, with a new chance
        self._listening = self._loop.create_task(self._listen(), name="hub listen")

    def _suspect(self, site_ids: Iterable[int]) -> None:
        """Compare sites with the database at once: the layer may have lost something of them."""
        for site_id in site_ids:
            if watched := self._sites.get(site_id):
                watched.feed.suspicious = True
                self._look(watched, values=True)

    def _look(self, watched: _Watched, *, values: bool) -> None:
        """Look into the database, unless we are just doing so."""
        if watched.task is None or watched.task.done():
            watched.task = self._loop.create_task(self._compare(watched, values=values))

    async def _compare(self, watched: _Watched, *, values: bool) -> None:
        feed, begun = watched.feed, self._loop.time()
        suspicious, feed.suspicious = feed.suspicious, False
        try:
            if values or suspicious:
                feed.compare(await in_database(site_tags, site_id=feed.site_id))
                watched.compared_at = self._loop.time()
            news = await in_database(look_at_topics, feed.site_id, dict(feed.positions))
        except DatabaseError as error:
            feed.suspicious |= suspicious
            if not self._unreadable:
                logger.error("the database does not answer the pages: %s", error)
            self._unreadable = True
            return
        if self._unreadable:
            logger.warning("the database answers the pages again")
        self._unreadable = False
        ended = self._loop.time()
        watched.rested_at = ended + SHARE * (ended - begun)
        for topic, (now, events) in news.items():
            feed.catch_up(topic, now, events)


# ---------------------------------------------------------------- one per event loop

_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def hub() -> Hub:
    """Return the hub of the running event loop; the first call starts it."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        found = _hubs[loop] = Hub()
    return found


async def close() -> None:
    """End the hub of the running event loop, if there is one."""
    found = _hubs.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.stop()
