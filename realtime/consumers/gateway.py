"""The door of the gateways: one websocket each, owned from accept to close by one receive loop.

Nothing in the loop waits for slow work while readings come in: a frame is decoded, counted against
the limits, handed to ``take_in``, and answered by a second task after its transaction. Where the
database must be asked first (hello, tags), what comes meanwhile is kept up to a limit. So the door
is safe under servers that queue without bound as well as under those that do not.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import time
import uuid

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError

from devices.hello import declare_tags, open_sender
from devices.intake import Receipt, Sender, stream_of, weight_of
from devices.models import Scope as TokenScope
from devices.tokens import Authority, Refused
from edge import wire
from realtime import asking, presence
from realtime.consumers.answers import Answers
from realtime.consumers.downlink import Downlink, Spoken
from realtime.consumers.entrance import accept, authenticate
from realtime.consumers.socket import Closing, Disconnected, Receive, Scope, Send, Socket
from realtime.database import in_database
from realtime.limits import Bucket
from realtime.pipeline import Overloaded, take_in

logger = logging.getLogger(__name__)

SUBPROTOCOL = "sentinel.gateway.v1"
TURN_FRAMES = 8  # of one connection, after which it is the others' turn
BURST_S = 4.0  # seconds of the full rate that may be saved up
MAX_TAG_NUMBERS = 200_000  # of one connection
RETRY_S = 1.0  # pause asked for while too much waits to be stored


async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one gateway websocket; an ASGI application."""
    socket = Socket(scope, receive, send)
    try:
        await accept(socket, SUBPROTOCOL)
        authority = await authenticate(socket)
        await GatewayConnection(socket, authority).serve()
    except Disconnected:
        pass
    except wire.WireError as error:
        closing = Closing(error.close, error.code, str(error), stream=error.stream, seq=error.seq)
        await socket.fail(closing)
    except Closing as closing:
        await socket.fail(closing)
    except Refused as refused:  # the token lost its authority while the gateway said hello
        await socket.fail(Closing(wire.Close.UNAUTHORIZED, refused.code, refused.message))
    except (OperationalError, InterfaceError):
        await socket.fail(Closing(wire.Close.OVERLOADED, "database", "The database is away."))
    except DatabaseError as error:  # it is there, but refused: for us to mend, so it is not hidden
        logger.error("the database refused what %s needs: %s", socket.remote, str(error).strip())
        refusal = "The database refused. Try again later."
        await socket.fail(Closing(wire.Close.OVERLOADED, "database", refusal))


class GatewayConnection:
    """One connection of one gateway, from hello to close."""

    def __init__(self, socket: Socket, authority: Authority) -> None:
        self._socket = socket
        self._authority = authority
        self._session = uuid.uuid4()
        self._answers = Answers()
        self._unanswered: dict[asyncio.Future[Receipt], int] = {}  # frames by their future
        self._inflight = 0
        self._taken: dict[wire.Stream, int] = {}  # newest number handed on in each stream
        self._closing: Closing | None = None  # set by whoever wants the connection to end
        self._may_report = authority.may(TokenScope.TELEMETRY)
        self._may_detect = authority.may(TokenScope.DETECTIONS)
        self._limits = wire.Limits(
            window=settings.GATEWAY_WINDOW,
            frames_per_s=authority.frames_per_s or settings.GATEWAY_FRAMES_PER_S,
            readings_per_s=authority.readings_per_s or settings.GATEWAY_READINGS_PER_S,
        )

    async def serve(self) -> None:
        """Greet, then take frames in until either side closes."""
        hello = await self._hello()
        sender, welcome = await self._socket.beside(in_database(self._open, hello))
        downlink = Downlink(self._authority, hello, sender, self._answers, self._end)
        closing: Closing | None = None
        try:
            opened = presence.opened(
                self._authority,
                session=self._session,
                remote=self._socket.remote,
                agent=hello.agent,
                skew_ms=hello.wall - welcome.wall,
                close=self._end,
                config=hello.config,
                listener=downlink,
            )
            await self._socket.beside(opened)
            self._taken.update(welcome.last)
            await self._socket.send(wire.encode(welcome))
            asking.start()  # that its token may not be asked is an answer too
            await self._run(sender, downlink)
        except Closing as error:
            closing = error
            raise
        finally:
            code, reason = (closing.close, closing.code) if closing else (1006, "disconnected")
            await presence.closed(self._session, int(code), reason)

    async def _hello(self) -> wire.Hello:
        try:
            async with asyncio.timeout(settings.GATEWAY_HELLO_TIMEOUT_S):
                frame = wire.decode_up(await self._socket.receive())
        except TimeoutError:
            raise Closing(wire.Close.TOO_SLOW, "no_hello", "No hello in time.") from None
        if not isinstance(frame, wire.Hello):
            raise Closing(wire.Close.BAD_FRAME, "no_hello", "The first frame must be a hello.")
        if frame.v != wire.VERSION:
            message = f"This server speaks version {wire.VERSION}."
            raise Closing(wire.Close.BAD_FRAME, "bad_version", message)
        if frame.uid != self._authority.device_uid:
            raise Closing(wire.Close.FORBIDDEN, "wrong_uid", "The token is another device's.")
        return frame

    def _open(self, hello: wire.Hello) -> tuple[Sender, wire.Welcome]:
        sender, last = open_sender(
            device_id=self._authority.device_id,
            site_id=self._authority.site_id,
            credential_id=self._authority.credential_id,
            epoch=hello.epoch,
        )
        welcome = wire.Welcome(
            v=wire.VERSION,
            session=str(self._session),
            wall=int(time.time() * 1000),
            heartbeat_s=settings.GATEWAY_HEARTBEAT_S,
            limits=self._limits,
            last=last,
            unknown=declare_tags(sender, hello.tags),
        )
        return sender, welcome

    async def _run(self, sender: Sender, downlink: Downlink) -> None:
        """Race the receive loop against the answering one; whichever ends ends the connection."""
        uid = self._authority.device_uid
        tasks = [
            asyncio.create_task(self._take_frames(sender, downlink), name=f"{uid} in"),
            asyncio.create_task(self._answer(), name=f"{uid} out"),
            asyncio.create_task(downlink.run(), name=f"{uid} down"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in done:
            task.result()

    # ------------------------------------------------------------ in

    async def _take_frames(self, sender: Sender, downlink: Downlink) -> None:
        now = time.monotonic()
        limits = self._limits
        frames = Bucket(limits.frames_per_s, limits.frames_per_s * BURST_S, now)
        readings = Bucket(limits.readings_per_s, limits.readings_per_s * BURST_S, now)
        for count in itertools.count(1):
            if count % TURN_FRAMES == 0:
                await asyncio.sleep(0)  # a queue that is full never waits by itself
            message = await self._socket.receive_any()
            now = time.monotonic()
            presence.seen(self._session)
            frame = wire.decode_message(message)
            wait_s = frames.take(1, now)
            if isinstance(frame, wire.Stored | wire.Shown):
                wait_s = max(wait_s, readings.take(weight_of(frame), now))
            if wait_s:
                self._slow_down(wait_s, exhausted=frames.exhausted or readings.exhausted)
            await self._dispatch(sender, downlink, frame)

    def _slow_down(self, wait_s: float, *, exhausted: bool) -> None:
        if exhausted:
            raise Closing(wire.Close.TOO_MANY, "rate", "Slow down was ignored.")
        self._answers.slow_down(wait_s)

    async def _dispatch(self, sender: Sender, downlink: Downlink, frame: wire.Up) -> None:
        if isinstance(frame, wire.Stored):
            self._take(sender, frame)
        elif isinstance(frame, wire.Beat):
            presence.beat(self._session, frame)
        elif isinstance(frame, Spoken):
            downlink.take(frame)
        elif isinstance(frame, wire.Tags):
            if len(sender.declared) + len(frame.tags) > MAX_TAG_NUMBERS:
                message = f"More than {MAX_TAG_NUMBERS} tag numbers."
                raise Closing(wire.Close.TOO_MANY, "too_many_tags", message)
            await self._socket.beside(downlink.declare(frame))
        else:
            raise Closing(wire.Close.BAD_FRAME, "second_hello", "There is one hello a connection.")

    def _take(self, sender: Sender, frame: wire.Stored) -> None:
        self._check_scope(frame)
        if self._inflight >= 2 * self._limits.window:
            message = f"More than {2 * self._limits.window} unacknowledged frames."
            raise Closing(wire.Close.TOO_MANY, "window", message)
        stream = stream_of(frame)
        try:
            future = take_in(sender, frame)
        except Overloaded:
            self._answers.turn_away(stream, self._taken[stream], RETRY_S)
            return
        self._taken[stream] = frame.seq
        self._inflight += 1
        if future not in self._unanswered:
            self._unanswered[future] = 0
            future.add_done_callback(self._stored)
        self._unanswered[future] += 1

    def _check_scope(self, frame: wire.Stored) -> None:
        detects = isinstance(frame, wire.Detection)
        if not (self._may_detect if detects else self._may_report):
            what = "detections" if detects else "readings"
            message = f"The token may not send {what}."
            raise Closing(wire.Close.FORBIDDEN, "wrong_scope", message)

    # ------------------------------------------------------------ out

    def _stored(self, future: asyncio.Future[Receipt]) -> None:
        self._inflight -= self._unanswered.pop(future)
        if future.cancelled():
            return
        receipt = future.result()
        if receipt.refused:
            self._end(wire.Close.UNAUTHORIZED, receipt.refused)
        else:
            self._answers.note(receipt)

    def _end(self, close: wire.Close, reason: str) -> None:
        """Ask the connection to end; called by presence and by our own answers."""
        self._closing = self._closing or Closing(close, reason)
        self._answers.ready.set()

    async def _answer(self) -> None:
        """Send what there is to say; end the connection when it is too old or told to."""
        jitter = random.uniform(0.9, 1.0)  # noqa: S311 - so that they do not all come back at once
        recycle_at = time.monotonic() + settings.GATEWAY_MAX_LIFE_S * jitter
        while time.monotonic() < recycle_at:
            try:
                async with asyncio.timeout(recycle_at - time.monotonic()):
                    await self._answers.ready.wait()
            except TimeoutError:
                pass
            for text in self._answers.take():
                await self._socket.send(text)
            if self._closing is not None:
                raise self._closing
        raise Closing(wire.Close.RECYCLED, "recycled", "Reconnect: sockets are renewed.")
