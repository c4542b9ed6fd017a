"""Keeps a connection to the cloud and moves frames over it, as the session decides."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Mapping
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from edge.config import Config
from edge.gather import Gather
from edge.link import AGENT, Ended, LinkState, code_of, open_socket
from edge.pacing import Backoff
from edge.session import Action, Bridge, Forget, Pull, Refuse, Session
from edge.spool_file import SpoolUnavailable
from edge.store import Store
from edge.wire import (
    VERSION,
    Ack,
    Beat,
    Close,
    Error,
    Hello,
    Nack,
    Slow,
    Stream,
    TagDecl,
    Tags,
    Welcome,
    WireError,
    decode_down,
    encode,
)

logger = logging.getLogger(__name__)

WELCOME_TIMEOUT_S: Final = 10.0
REFUSED_LONGEST_S: Final = 60.0
BEAT_LONGEST_S: Final = 60.0
LONGEST_IDLE_S: Final = 5.0  # how late an overdue ack may be noticed
_TAGS_IN_A_FRAME: Final = 500  # with the longest names still far from the limit of a frame
_REFUSING: Final = {Close.UNAUTHORIZED, Close.FORBIDDEN, Close.SUPERSEDED}


class Transmitter:
    """``run`` it for ever; tell it with ``sealed`` what the spool got."""

    def __init__(
        self,
        config: Config,
        token: str,
        store: Store,
        session: Session,
        gather: Gather,
        tags: list[TagDecl],
        backoff: Backoff | None = None,
    ) -> None:
        self.link = LinkState(time.monotonic())
        self._config = config
        self._token = token
        self._store = store
        self._session = session
        self._gather = gather
        self._tags = tags
        self._backoff = backoff or Backoff()
        self._wake = asyncio.Event()
        self._told: int | None = None  # the kind of loss that was logged; None: the link was up
        self._warned: set[str] = set()  # quarantine codes that were logged for this connection
        self._heartbeat_s = BEAT_LONGEST_S
        self._beat_at = self._quiet_since = -math.inf

    def sealed(self, newest: Mapping[Stream, int]) -> None:
        """The spool has frames up to these numbers."""
        self._session.sealed(newest)
        self._wake.set()

    async def run(self) -> None:
        """Connect, transmit, and connect again, until cancelled."""
        while True:
            try:
                await self._connect()
            except Ended as end:
                await self._end(end)
                refused = end.code in _REFUSING
                await asyncio.sleep(self._backoff.next_s(REFUSED_LONGEST_S if refused else None))

    # ------------------------------------------------------------ one connection

    async def _connect(self) -> None:
        """Transmit over one connection.

        Raises:
            Ended: always, with the reason.
        """
        self._session.progressed = False
        try:
            socket = await open_socket(self._config, self._token)
        except (OSError, TimeoutError, WebSocketException) as error:
            raise Ended(str(error) or type(error).__name__, code_of(error)) from error
        try:
            await self._greet(socket)
            await self._transmit(socket)
        except ConnectionClosed as error:
            code = error.rcvd.code if error.rcvd else None
            raise Ended(f"connection closed ({code or 'without a word'})", code) from error
        except WireError as error:
            raise Ended(f"the cloud sent a bad frame: {error}") from error
        except SpoolUnavailable as error:
            raise Ended(str(error)) from error
        finally:
            await socket.close()

    async def _greet(self, socket: ClientConnection) -> None:
        first, *more = [
            self._tags[i : i + _TAGS_IN_A_FRAME]
            for i in range(0, max(1, len(self._tags)), _TAGS_IN_A_FRAME)
        ]
        hello = Hello(
            v=VERSION,
            uid=self._config.gateway.uid,
            epoch=self._store.epoch,
            next=self._session.next_numbers(),
            wall=_wall_ms(),
            agent=AGENT,
            tags=first,
        )
        await socket.send(encode(hello))
        for tags in more:
            await socket.send(encode(Tags(tags=tags)))
        welcome = await self._welcome(socket)
        for action in self._session.welcomed(welcome, time.monotonic()):
            await self._act(action)
        self._up(welcome)

    async def _welcome(self, socket: ClientConnection) -> Welcome:
        try:
            async with asyncio.timeout(WELCOME_TIMEOUT_S):
                frame = decode_down(await socket.recv())
                while isinstance(frame, Error):
                    logger.warning("the cloud says: %r (%r)", frame.message, frame.code)
                    frame = decode_down(await socket.recv())  # most often it closes now
        except TimeoutError as error:
            raise Ended("no welcome") from error
        if not isinstance(frame, Welcome):
            raise Ended(f"a {type(frame).__name__} instead of a welcome")
        if frame.v != VERSION:
            raise Ended(f"the cloud speaks version {frame.v}, not {VERSION}", Close.FORBIDDEN)
        return frame

    async def _transmit(self, socket: ClientConnection) -> None:
        """Send and receive until the connection ends; raises what ended it."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._receive(socket), name="receive")
                group.create_task(self._send(socket), name="send")
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors

    # ------------------------------------------------------------ cloud to gateway

    async def _receive(self, socket: ClientConnection) -> None:
        while True:
            frame = decode_down(await socket.recv())
            now = time.monotonic()
            actions: list[Action] = []
            if isinstance(frame, Ack):
                actions = self._session.acknowledged(frame)
                self._warn_of_bad(frame)
            elif isinstance(frame, Nack):
                self._session.not_acknowledged(frame, now)
            elif isinstance(frame, Slow):
                self._session.slowed(frame, now)
            elif isinstance(frame, Error):
                logger.warning("the cloud says: %r (%r)", frame.message, frame.code)
                actions = self._session.accused(frame)
            else:
                raise WireError("bad_frame", "a second welcome")
            for action in actions:
                await self._act(action)
            self._wake.set()

    async def _act(self, action: Action) -> None:
        if isinstance(action, Forget):
            self._store.forget(action.stream, action.seq)
        elif isinstance(action, Refuse):
            logger.error("the cloud will not take frame %s %d: it becomes a gap", *action)
            await self._store.refuse(action.stream, action.seq)
        else:
            logger.error("the cloud has frames up to %s %d, which this spool never sent", *action)
            await self._store.skip_to(action.stream, action.last)
            ends = await self._store.ends()
            self._session.sealed({action.stream: ends[action.stream].next - 1})

    def _warn_of_bad(self, ack: Ack) -> None:
        for bad in ack.bad:
            if bad.code not in self._warned:
                self._warned.add(bad.code)
                logger.warning("the cloud quarantines readings: %r (said once)", bad.code)

    # ------------------------------------------------------------ gateway to cloud

    async def _send(self, socket: ClientConnection) -> None:
        self._beat_at = self._quiet_since = -math.inf
        while True:
            self._wake.clear()
            now = time.monotonic()
            if self._session.is_stuck(now):
                raise Ended("an ack is overdue")
            if self._beat_wait_s(now) <= 0:
                await self._beat(socket)
            step = self._session.pull(now)
            if step is None:
                await self._idle(now)
            elif isinstance(step, Bridge):
                self._session.sent(step.stream, step.seq, 0, now)
                await socket.send(step.text)
            else:
                await self._send_frames(socket, step)

    async def _send_frames(self, socket: ClientConnection, pull: Pull) -> None:
        frames = await self._store.read(*pull)
        if not frames:
            raise Ended(f"the spool has no frame after {pull.stream} {pull.after}")
        after = pull.after
        for frame in frames:
            now = time.monotonic()
            if not self._session.is_next(frame.stream, after, now):
                return
            # Noted before it is sent: while the send waits, answers to it may already come in.
            self._session.sent(frame.stream, frame.seq, frame.readings, now)
            await socket.send(frame.text)
            self._quiet_since = time.monotonic()
            after = frame.seq

    async def _idle(self, now: float) -> None:
        chance = self._session.next_chance(now)
        wait_s = min(self._beat_wait_s(now), LONGEST_IDLE_S if chance is None else chance)
        try:
            async with asyncio.timeout(max(wait_s, 0.001)):
                await self._wake.wait()
        except TimeoutError:
            pass  # time for a heartbeat, or the end of a pause

    def _beat_wait_s(self, now: float) -> float:
        due = min(self._quiet_since + self._heartbeat_s, self._beat_at + BEAT_LONGEST_S)
        return due - now

    async def _beat(self, socket: ClientConnection) -> None:
        status = await self._store.status()
        beat = Beat(
            wall=_wall_ms(),
            waiting=status.waiting,
            oldest=status.oldest_ms,
            spool_bytes=status.bytes,
            read_errors=self._gather.read_errors,
        )
        await socket.send(encode(beat))
        self._beat_at = self._quiet_since = time.monotonic()

    # ------------------------------------------------------------ up and lost

    def _up(self, welcome: Welcome) -> None:
        self.link.up()
        self._told = None
        self._warned.clear()
        self._heartbeat_s = min(max(welcome.heartbeat_s, 1.0), BEAT_LONGEST_S)
        logger.info("connected to %s", self._config.gateway.url)
        if welcome.unknown:
            logger.warning("the cloud does not know %d of our tags", len(welcome.unknown))

    async def _end(self, end: Ended) -> None:
        """Log a loss once, however many attempts fail after it; act on what it meant."""
        self.link.lost(time.monotonic())
        kind = end.code if end.code in _REFUSING else 0
        if kind != self._told:
            self._told = kind
            level = logging.ERROR if kind else logging.WARNING
            logger.log(level, "no connection to %s: %s", self._config.gateway.url, end)
        for action in self._session.lost(end.code):
            try:
                await self._act(action)
            except SpoolUnavailable as error:  # it comes up again at the next refusal
                logger.warning("%s", error)
        if self._session.progressed:
            self._backoff.reset()


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
