"""Keeps a connection to the cloud and moves frames over it, as the session decides."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from edge.config import Config
from edge.errands import Errands
from edge.link import Ended, LinkState, code_of, open_socket
from edge.link_log import LinkLog, hear_last_words
from edge.outbox import Outbox
from edge.pacing import Backoff
from edge.session import Action, Bridge, Forget, Pull, Refuse, Session
from edge.spool_file import SpoolUnavailable
from edge.store import Store
from edge.telling import Telling, wall_ms
from edge.tokens import Tokens
from edge.wellbeing import HEALTH_EVERY_S
from edge.wire import (
    VERSION,
    Ack,
    Close,
    Error,
    Nack,
    Slow,
    Stream,
    Welcome,
    WireError,
    decode_down,
    encode,
    encode_message,
)

logger = logging.getLogger(__name__)

WELCOME_TIMEOUT_S: Final = 10.0
REFUSED_LONGEST_S: Final = 60.0
LONGEST_IDLE_S: Final = 5.0  # how late an overdue ack may be noticed
_TOKEN_REFUSED: Final = {Close.UNAUTHORIZED, Close.FORBIDDEN}
_REFUSING: Final = {*_TOKEN_REFUSED, Close.SUPERSEDED}


class Transmitter:
    """``run`` it for ever; tell it with ``sealed`` what the spool got."""

    def __init__(
        self,
        config: Config,
        tokens: Tokens,
        store: Store,
        session: Session,
        errands: Errands,
        outbox: Outbox,
        telling: Telling,
        backoff: Backoff | None = None,
    ) -> None:
        self.link = LinkState(time.monotonic())
        self.log = LinkLog(config.gateway.url)
        self._config = config
        self._tokens = tokens
        self._store = store
        self._session = session
        self._errands = errands
        self._outbox = outbox
        self._telling = telling
        self._backoff = backoff or Backoff()
        self._shown = ""  # the token of this connection

    def sealed(self, newest: Mapping[Stream, int]) -> None:
        """The spool has frames up to these numbers."""
        self._session.sealed(newest)
        self._outbox.wake.set()

    async def run(self) -> None:
        """Connect, transmit, and connect again, until cancelled."""
        while True:
            try:
                await self._connect()
            except Ended as end:
                await asyncio.sleep(self._backoff.next_s(await self._end(end)))

    # ------------------------------------------------------------ one connection

    async def _connect(self) -> None:
        """Transmit over one connection.

        Raises:
            Ended: always, with the reason.
        """
        self._session.progressed = False
        self._shown = self._tokens.current
        try:
            socket = await open_socket(self._config, self._shown)
        except (OSError, TimeoutError, WebSocketException) as error:
            raise Ended(str(error) or type(error).__name__, code_of(error)) from error
        try:
            await self._greet(socket)
            await self._transmit(socket)
        except ConnectionClosed as error:
            await hear_last_words(socket, self.log)
            code = error.rcvd.code if error.rcvd else None
            raise Ended(f"connection closed ({code or 'without a word'})", code) from error
        except WireError as error:
            raise Ended(f"the cloud sent a bad frame: {error}") from error
        except SpoolUnavailable as error:
            raise Ended(str(error)) from error
        finally:
            await socket.close()

    async def _greet(self, socket: ClientConnection) -> None:
        self._errands.begin()
        for frame in self._telling.hello(self._session.next_numbers()):
            await socket.send(encode(frame))
        welcome = await self._welcome(socket)
        for action in self._session.welcomed(welcome, time.monotonic()):
            await self._act(action)
        self._up(welcome)

    async def _welcome(self, socket: ClientConnection) -> Welcome:
        try:
            async with asyncio.timeout(WELCOME_TIMEOUT_S):
                frame = decode_down(await socket.recv())
                while isinstance(frame, Error):
                    self.log.told(frame)
                    frame = decode_down(await socket.recv())  # most often it closes now
        except TimeoutError as error:
            raise Ended("no welcome") from error
        if not isinstance(frame, Welcome):
            raise Ended(f"a {type(frame).__name__} instead of a welcome")
        if frame.v != VERSION:
            raise Ended(f"the cloud speaks version {frame.v}, not {VERSION}", is_refusal=True)
        return frame

    async def _transmit(self, socket: ClientConnection) -> None:
        """Send and receive until the connection ends; raises what ended it."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._receive(socket), name="receive")
                group.create_task(self._send(socket), name="send")
                group.create_task(self._tell_health(), name="health")
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
                self.log.warn_of_bad(frame)
            elif isinstance(frame, Nack):
                self._session.not_acknowledged(frame, now)
            elif isinstance(frame, Slow):
                self._session.slowed(frame, now)
            elif isinstance(frame, Error):
                self.log.told(frame)
                actions = self._session.accused(frame)
            elif isinstance(frame, Welcome):
                raise WireError("bad_frame", "a second welcome")
            else:
                self._errands.take(frame)
            for action in actions:
                await self._act(action)
            self._outbox.wake.set()

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

    # ------------------------------------------------------------ gateway to cloud

    async def _send(self, socket: ClientConnection) -> None:
        while True:
            self._outbox.wake.clear()
            now = time.monotonic()
            if self._session.is_stuck(now):
                raise Ended("an ack is overdue")
            await self._send_small(socket, now)
            step = self._session.pull(now)
            if step is None:
                await self._idle(now)
            elif isinstance(step, Bridge):
                self._session.sent(step.stream, step.seq, 0, now)
                await socket.send(step.text)
            else:
                await self._send_frames(socket, step)

    async def _send_small(self, socket: ClientConnection, now: float) -> None:
        """Send what is in the outbox, and a heartbeat when one is due."""
        while frame := self._outbox.take():
            await socket.send(encode_message(frame))
        if self._tokens.current != self._shown:
            raise Ended("there is a new token", is_planned=True)
        if self._telling.beat_wait_s(now) <= 0:
            await socket.send(encode(await self._telling.beat()))

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
            await socket.send(frame.message)
            self._telling.sent(time.monotonic())
            after = frame.seq

    async def _idle(self, now: float) -> None:
        chance = self._session.next_chance(now)
        wait_s = min(self._telling.beat_wait_s(now), LONGEST_IDLE_S if chance is None else chance)
        try:
            async with asyncio.timeout(max(wait_s, 0.001)):
                await self._outbox.wake.wait()
        except TimeoutError:
            pass  # time for a heartbeat, or the end of a pause

    async def _tell_health(self) -> None:
        while True:
            for frame in self._telling.health_news(time.monotonic()):
                self._outbox.put(frame)
            await asyncio.sleep(HEALTH_EVERY_S)

    # ------------------------------------------------------------ up and lost

    def _up(self, welcome: Welcome) -> None:
        self._telling.begin(welcome.heartbeat_s)
        self.link.up()
        self.log.welcomed(welcome, wall_ms())
        try:
            self._tokens.accepted()
        except OSError as error:
            logger.warning("which token worked could not be noted: %s", error)

    async def _end(self, end: Ended) -> float | None:
        """Act on what the end of a connection meant; return the longest pause before the next."""
        self._errands.stop()
        refused = end.is_refusal or end.code in _REFUSING
        self.link.lost(time.monotonic())
        self.log.lost(end, is_refusal=refused)
        for action in self._session.lost(end.code):
            try:
                await self._act(action)
            except SpoolUnavailable as error:  # it comes up again at the next refusal
                logger.warning("%s", error)
        if self._session.progressed:
            self._backoff.reset()
        if end.code in _TOKEN_REFUSED and self._tokens.refused():
            logger.warning("this token is not let in; an older one is tried")
            return None
        return REFUSED_LONGEST_S if refused else None
