"""Which devices are there: what the doors of this process tell PostgreSQL, Redis and the pages.

A process (one event loop) has one ``Presence``. Its background work starts with the first call of
a function at the end of this file, and ends with the loop or with ``stop``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from uuid import UUID

from devices.connections import Opening, open_connection
from devices.tokens import Authority
from edge import wire
from realtime.authority import Watch
from realtime.background import repeat, to_the_end
from realtime.database import in_database
from realtime.heartbeats import Heartbeats
from realtime.keeper import Keeper
from realtime.patrol import LOOK_AROUND_S, SWEEP_S, Patrol
from realtime.sessions import Book, Ended, Listener, Session, silent_s, tick_s

CloseSocket = Callable[[wire.Close, str], None]


class Presence:
    """Presence of one process. Make it on the event loop it belongs to."""

    def __init__(self) -> None:
        self.book = Book()
        self.heartbeats = Heartbeats(ttl_s=silent_s())
        self.keeper = Keeper(self.book, self.heartbeats)
        self._writing: set[asyncio.Task[None]] = set()
        patrol = Patrol()
        self._background = [
            asyncio.create_task(work, name=f"presence {name}")
            for name, work in {
                "keep": repeat(self._keep, tick_s()),
                "report": self._report(),
                "watch": repeat(Watch(self.book.open).run, tick_s()),
                "sweep alarms": repeat(patrol.sweep, SWEEP_S),
                "look around": repeat(patrol.look_around, LOOK_AROUND_S),
            }.items()
        ]

    async def stop(self) -> None:
        """Let what is under way be written and end the background work."""
        openings = {each.opening for each in self.book.open.values() if each.opening}
        if under_way := self._writing | openings:
            await asyncio.wait(under_way)
        for task in self._background:
            task.cancel()
        await asyncio.wait(self._background)

    async def opened(
        self,
        authority: Authority,
        *,
        session: UUID,
        remote: str,
        agent: str,
        skew_ms: int | None,
        close: CloseSocket,
        config: int | None = None,
        listener: Listener | None = None,
    ) -> None:
        """See the module's function of this name."""
        entry = Session(
            session, authority, close, skew_ms, seen=time.monotonic(), listener=listener
        )
        opening = Opening(
            session=session,
            credential_id=authority.credential_id,
            device_id=authority.device_id,
            remote=remote,
            agent=agent,
            skew_ms=skew_ms,
            config=config,
        )
        self.book.open[session] = entry
        entry.opening = asyncio.create_task(in_database(open_connection, opening))
        older = await asyncio.shield(entry.opening)
        entry.counts = True
        if older is not None and older in self.book.open:
            self.book.open[older].end("superseded")

    def seen(self, session: UUID) -> None:
        """See the module's function of this name."""
        entry = self.book.open.get(session)
        if entry is not None:
            entry.seen = time.monotonic()

    def beat(self, session: UUID, beat: wire.Beat) -> None:
        """See the module's function of this name."""
        entry = self.book.open.get(session)
        if entry is not None:
            entry.seen = entry.beat_at = time.monotonic()
            entry.beat = beat
            entry.skew_ms = beat.wall - int(time.time() * 1000)

    async def closed(self, session: UUID, code: int, reason: str) -> None:
        """See the module's function of this name."""
        entry = self.book.open.pop(session, None)
        if entry is None:
            return
        ended = self.book.ended[session] = Ended(entry, code, reason)
        writing = asyncio.create_task(self._end(ended), name="presence end")
        self._writing.add(writing)  # a task that nobody holds may vanish
        writing.add_done_callback(self._writing.discard)
        await asyncio.shield(writing)

    def posted(self, authority: Authority) -> None:
        """See the module's function of this name."""
        self.book.posts[authority.device_id] = time.monotonic()

    async def _end(self, ended: Ended) -> None:
        opening = ended.session.opening
        if opening is not None:
            await asyncio.wait([opening])  # its row may be committed only after the socket closed
            if not opening.cancelled():
                opening.exception()  # was raised to the door, if that still listened
        await self.keeper.write_end(ended)

    async def _keep(self) -> None:
        await to_the_end(self.keeper.tick())

    async def _report(self) -> None:
        try:
            await repeat(self._report_heartbeats, tick_s())
        finally:
            await self.heartbeats.close()

    async def _report_heartbeats(self) -> None:
        heard = {
            session: session.seen
            for session in self.book.open.values()
            if session.counts and session.seen > session.reported
        }
        if not heard:
            return
        pairs = [(session.device_id, session.id) for session in heard]
        # not cancelled in the middle: the client has been seen to swallow a cancellation
        if await to_the_end(self.heartbeats.report(pairs)):
            for session, seen in heard.items():
                session.reported = seen


# ---------------------------------------------------------------- for the doors

_presences: dict[asyncio.AbstractEventLoop, Presence] = {}


def start() -> Presence:
    """Return the presence of this event loop, and see to it that its background work runs."""
    loop = asyncio.get_running_loop()
    presence = _presences.get(loop)
    if presence is None:
        for ended in [each for each in _presences if each.is_closed()]:
            del _presences[ended]
        presence = _presences[loop] = Presence()
    return presence


async def stop() -> None:
    """End the background work of this event loop. For a clean stop of the process."""
    presence = _presences.pop(asyncio.get_running_loop(), None)
    if presence is not None:
        await presence.stop()


async def opened(
    authority: Authority,
    *,
    session: UUID,
    remote: str,
    agent: str,
    skew_ms: int | None,
    close: CloseSocket,
    config: int | None = None,
    listener: Listener | None = None,
) -> None:
    """Make this the socket that counts for its device. An older one is closed with 4409.

    Whatever becomes of this call, call ``closed`` when the socket ends.

    Args:
        authority: who opened it.
        session: new id of this connection.
        remote: address of the peer.
        agent: what the gateway calls itself.
        skew_ms: its clock minus ours.
        close: called on the event loop, perhaps more than once, when the socket must be closed:
            revoked, expired or disabled (4401), superseded (4409), silent (4408). Must not block.
        config: version of its configuration that it runs; None: it has a file of its own.
        listener: hears when there may be news for the gateway.

    Raises:
        devices.tokens.Refused: the token lost its authority after it was shown.
        django.db.Error: the database is away. Try again later.
    """
    await start().opened(
        authority,
        session=session,
        remote=remote,
        agent=agent,
        skew_ms=skew_ms,
        close=close,
        config=config,
        listener=listener,
    )


def seen(session: UUID) -> None:
    """Note that a frame came. Cheap: once per frame."""
    start().seen(session)


def beat(session: UUID, beat: wire.Beat) -> None:
    """Note a heartbeat and what the gateway says of itself."""
    start().beat(session, beat)


async def closed(session: UUID, code: int, reason: str) -> None:
    """Note that a socket ended, with the close code of whichever side closed it.

    Returns when it is written; cancelling does not stop that, and while the database is away it is
    tried again in the background.
    """
    await start().closed(session, code, reason)


def listener_of(gateway_id: int) -> Listener | None:
    """Return who speaks to this gateway, if the socket that counts for it is in this process."""
    for session in start().book.open.values():
        if session.device_id == gateway_id and session.counts:
            return session.listener
    return None


def posted(authority: Authority) -> None:
    """Note that a device was heard through a door that keeps no connection."""
    start().posted(authority)
