"""The clockwork of presence: tells PostgreSQL who was heard, and finds out who was not."""

from __future__ import annotations

import logging
import time
from typing import Final
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils import timezone

from devices.connections import close_connection, note_marks, note_posts
from devices.sweeps import find_lost, sweep_lost, sweep_quiet
from realtime.database import in_database
from realtime.heartbeats import Heartbeats
from realtime.sessions import Book, Ended, heartbeat_s, silent_s, tick_s

logger = logging.getLogger(__name__)

MARK_S: Final = 10.0  # longest time between two marks of a session in PostgreSQL


class Keeper:
    """Looks after the book of one process. Call ``tick`` about every ``tick_s()`` seconds."""

    def __init__(self, book: Book, heartbeats: Heartbeats) -> None:
        self._book = book
        self._heartbeats = heartbeats
        self._ticked = time.monotonic()
        self._awake_since = self._ticked  # this process has not stood still since
        self.able_since: float | None = None  # PostgreSQL has answered ever since
        self._marked = 0.0
        self._noted: dict[int, float] = {}  # device id -> when its post was last written

    async def tick(self) -> None:
        """Do what is due."""
        now = time.monotonic()
        if now - self._ticked > tick_s() + heartbeat_s():
            self._awake_since = now  # what came meanwhile still waits to be read
        self._ticked = now
        self._end_overdue(now)
        try:
            await self._write(now)
            await self._sweep(now)
        except DatabaseError as error:
            if self.able_since is not None:
                logger.warning("presence cannot be written: %s", str(error).strip())
            self.able_since = None
        else:
            self.able_since = now if self.able_since is None else self.able_since

    async def write_end(self, ended: Ended) -> None:
        """Write that a session ended; ``tick`` tries again if PostgreSQL is away."""
        session = ended.session
        ended.writing = True
        try:
            await in_database(
                close_connection,
                session=session.id,
                device_id=session.device_id,
                code=ended.code,
                reason=ended.reason,
                age_s=time.monotonic() - session.seen,
            )
        except DatabaseError as error:
            logger.info("the end of %s waits to be written: %s", session.id, str(error).strip())
        else:
            self._book.ended.pop(session.id, None)
        finally:
            ended.writing = False

    def _end_overdue(self, now: float) -> None:
        wall = timezone.now()
        for session in list(self._book.open.values()):
            expires_at = session.authority.expires_at
            if expires_at is not None and expires_at <= wall:
                session.end("expired")
            elif now - max(session.seen, self._awake_since) > silent_s():
                session.end("silent")

    async def _write(self, now: float) -> None:
        for ended in [each for each in self._book.ended.values() if not each.writing]:
            await self.write_end(ended)
        await self._write_posts(now)
        if now - self._marked >= _mark_s():
            await self._write_marks(now)
            self._marked = now

    async def _write_marks(self, now: float) -> None:
        marks = [session.mark(now) for session in self._book.open.values() if session.counts]
        if not marks:
            return
        for superseded in await in_database(note_marks, marks):
            session = self._book.open.get(superseded)
            if session is not None:
                session.end("superseded")

    async def _write_posts(self, now: float) -> None:
        posts = {
            device_id: posted
            for device_id, posted in self._book.posts.items()
            if now - self._noted.get(device_id, -MARK_S) >= _mark_s()
        }
        if not posts:
            return
        await in_database(note_posts, {pk: now - posted for pk, posted in posts.items()})
        self._noted.update(dict.fromkeys(posts, now))
        for device_id, posted in posts.items():
            if self._book.posts.get(device_id) == posted:
                del self._book.posts[device_id]

    async def _sweep(self, now: float) -> None:
        """Set offline what no process speaks for any more.

        Not before PostgreSQL has answered for a while: after an outage, and at the start, the
        other processes must have had the time to write their marks.
        """
        if self.able_since is None or now - self.able_since < 2 * _mark_s():
            return
        lost = [
            (session, device_id)
            for session, device_id in await in_database(find_lost, silent_s=silent_s())
            if session not in self._book.open
        ]
        alive: set[UUID] = await self._heartbeats.alive(lost)
        lost = [pair for pair in lost if pair[0] not in alive]
        gone = await in_database(sweep_lost, lost, silent_s=silent_s()) if lost else []
        gone += await in_database(sweep_quiet, silent_s=silent_s())
        if gone:
            logger.info("%d devices went offline: nothing was heard of them", len(gone))


def _mark_s() -> float:
    return min(MARK_S, heartbeat_s())
