"""Questions to a live gateway, from whatever process a person asks in to the one with its socket.

A question goes to all processes that hold gateways' sockets; the one that holds this gateway's asks
it, and sends the answer to the process that wanted to know. Nothing of it is kept: what is lost on
the way ends with ``NoAnswer``, and can be asked again, because reading changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import weakref
from functools import partial
from typing import Final

from django.conf import settings

from devices.models import Device, DeviceState
from edge import wire
from edge.profile import Table
from realtime import fanout, presence
from realtime.background import repeat
from realtime.database import in_database
from realtime.groups import asker_group, gateways_group
from realtime.sessions import Refusal

logger = logging.getLogger(__name__)

TIMEOUT_S: Final = 10.0
KEEP_S: Final = 1.0  # between two looks whether we are still members


class AskError(Exception):
    """A question without an answer. ``code`` is documented; the text is for people."""

    code = "no_answer"


class GatewayOffline(AskError):
    """The gateway is not connected. Ask again when it is."""

    code = "gateway_offline"


class NotAllowed(AskError):
    """Its token may not be asked: issue one with the scope ``commands``."""

    code = "wrong_scope"


class TooOften(AskError):
    """It is asked too much already, or for this a moment ago. Ask again in a second."""

    code = "too_often"


class GatewayRefused(AskError):
    """The gateway could not do it; the text is its own. Retrying will not help by itself."""

    code = "refused"


class NoAnswer(AskError):
    """Nothing came in time. It may be asked again."""


async def probe(
    *, gateway: Device, connection: str, unit: int, table: Table, address: int, count: int
) -> wire.Answer:
    """Have a gateway read registers (or bits) now.

    Raises:
        AskError: GatewayOffline, NotAllowed, TooOften, GatewayRefused, NoAnswer.
    """
    frame = wire.Probe(
        id=secrets.token_hex(8),
        connection=connection,
        unit=unit,
        table=table,
        address=address,
        count=count,
    )
    return _answer_of(await _ask(gateway, frame))


async def scan(*, device: Device) -> wire.Answer:
    """Have the gateway of a device read its on-demand tags now; they come as readings.

    Raises:
        AskError: GatewayOffline, NotAllowed, TooOften, GatewayRefused, NoAnswer.
    """
    gateway = await in_database(lambda: device.via or device)
    frame = wire.Scan(id=secrets.token_hex(8), device=device.uid)
    return _answer_of(await _ask(gateway, frame))


async def show(*, camera: Device) -> wire.Shown:
    """Have the gateway of a camera send the newest picture. It may be anything: screen it.

    Raises:
        AskError: GatewayOffline, NotAllowed, TooOften, GatewayRefused, NoAnswer.
    """
    gateway = await in_database(lambda: camera.via or camera)
    reply = await _ask(gateway, wire.Show(id=secrets.token_hex(8), camera=camera.uid))
    if not isinstance(reply, wire.Shown):
        raise GatewayRefused("It answered without a picture.")
    return reply


def _answer_of(reply: wire.Reply) -> wire.Answer:
    if not isinstance(reply, wire.Answer):
        raise GatewayRefused("It answered with a picture.")
    return reply


async def _ask(gateway: Device, frame: wire.Question) -> wire.Reply:
    if not await in_database(_is_connected, gateway.pk):
        raise GatewayOffline(f"{gateway.uid} is not connected.")
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reply = await _desk().ask(gateway.pk, frame)
    except TimeoutError:
        raise NoAnswer(f"{gateway.uid} did not answer within {TIMEOUT_S:g} s.") from None
    except fanout.LayerError as error:
        raise NoAnswer("The question was not passed on: Redis is away.") from error
    if reply == "wrong_scope":
        raise NotAllowed(f"The token of {gateway.uid} may not be asked to read.")
    if isinstance(reply, str):
        raise TooOften(f"{gateway.uid} is asked too much already.")
    if isinstance(reply, wire.Answer) and reply.error:
        raise GatewayRefused(reply.error)
    return reply


def _is_connected(gateway_id: int) -> bool:
    return DeviceState.objects.filter(pk=gateway_id, connected=True, session__isnull=False).exists()


class Desk:
    """Asks and answers for one event loop."""

    def __init__(self) -> None:
        self._name = secrets.token_hex(6)
        self._inbox = f"{settings.CHANNEL_PREFIX}.asking.{self._name}"
        self._waiting: dict[str, asyncio.Future[wire.Reply | Refusal]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._joined = asyncio.Event()
        self._reconnects = fanout.publisher().reconnects
        self._listening = asyncio.create_task(self._listen(), name="asking listen")
        self._keeping = asyncio.create_task(repeat(self._keep, KEEP_S), name="asking keep")

    async def ask(self, gateway_id: int, frame: wire.Question) -> wire.Reply | Refusal:
        """Return the answer, or why the gateway is not asked. Bound it in time.

        Raises:
            OSError, RedisError, TimeoutError: Redis is away.
        """
        await self._joined.wait()
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[wire.Reply | Refusal] = loop.create_future()
        self._waiting[frame.id] = answered
        message = {"type": "ask", "gateway": gateway_id, "asker": self._name}
        try:
            await fanout.send(gateways_group(), message | {"text": wire.encode(frame)})
            return await answered
        finally:
            del self._waiting[frame.id]

    async def close(self) -> None:
        """Ask and answer no more."""
        tasks = [self._listening, self._keeping, *self._answering]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    # ------------------------------------------------------------ the layer

    async def _keep(self) -> None:
        """Be a member of both groups, also after the layer was made anew."""
        reconnects = fanout.publisher().reconnects
        if reconnects != self._reconnects:
            self._reconnects = reconnects
            self._joined.clear()
            self._listening.cancel()
            await asyncio.wait([self._listening])
            self._listening = asyncio.create_task(self._listen(), name="asking listen")
            await asyncio.sleep(0)  # it must have begun: only who receives can be a member
        try:
            for group in (asker_group(self._name), gateways_group()):
                await fanout.join(group, self._inbox)
        except fanout.LayerError as error:
            logger.debug("not joined: %s", error)
        else:
            self._joined.set()

    async def _listen(self) -> None:
        while True:
            try:
                message = await fanout.receive(self._inbox)
            except fanout.LayerError as error:
                logger.debug("the layer does not listen yet: %s", error)
                await asyncio.sleep(KEEP_S)
                continue
            try:
                self._take(message)
            except Exception:  # a message that we cannot read must not cost us the next one
                logger.exception("a message from the channel layer was dropped")

    def _take(self, message: fanout.Message) -> None:
        if message["type"] == "ask":
            self._pass_on(message)
            return
        waiting = self._waiting.get(message["id"])
        if waiting is None or waiting.done():
            return  # it came too late
        if message["refusal"]:
            waiting.set_result(message["refusal"])
            return
        reply = wire.decode_message(message["said"])
        if isinstance(reply, wire.Reply):
            waiting.set_result(reply)

    def _pass_on(self, message: fanout.Message) -> None:
        """Ask the gateway, if its socket is here."""
        listener = presence.listener_of(message["gateway"])
        frame = wire.decode_down(message["text"])
        if listener is None or not isinstance(frame, wire.Question):
            return
        answered = partial(self._answer, message["asker"], frame.id)
        if refusal := listener.ask(frame, answered):
            answered(refusal)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(TIMEOUT_S, listener.give_up, frame.id)

    def _answer(self, asker: str, question: str, reply: wire.Reply | Refusal) -> None:
        said = "" if isinstance(reply, str) else wire.encode_message(reply)
        refusal = reply if isinstance(reply, str) else ""
        message = {"type": "answer", "id": question, "refusal": refusal, "said": said}
        task = asyncio.create_task(self._send(asker_group(asker), message), name="asking answer")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _send(self, group: str, message: fanout.Message) -> None:
        try:
            await fanout.send(group, message)
        except fanout.LayerError as error:
            logger.info("an answer was not passed on: %s", error)


# ---------------------------------------------------------------- one per event loop

_desks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Desk] = weakref.WeakKeyDictionary()


def _desk() -> Desk:
    loop = asyncio.get_running_loop()
    found = _desks.get(loop)
    if found is None:
        found = _desks[loop] = Desk()
    return found


def start() -> None:
    """See to it that questions reach the gateways of this event loop."""
    _desk()


async def close() -> None:
    """End the work of this event loop, if there is any. For a clean stop of the process."""
    found = _desks.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.close()
