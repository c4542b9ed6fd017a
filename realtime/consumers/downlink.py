"""What a gateway hears besides acknowledgements, and what it says besides readings.

Configurations, tokens and questions go down; what became of them and the health of the devices come
up. None of it may hold up a reading, so all of it waits here for a task of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from django.db import Error as DatabaseError

from devices.configuration import note_configured
from devices.health import note_health
from devices.hello import declare_again, declare_tags
from devices.intake import Sender
from devices.models import Scope
from devices.news import Heard, news_for
from devices.rotation import note_kept
from devices.tokens import Authority
from edge import wire
from edge.wire.configuration import parts_of
from realtime.background import to_the_end
from realtime.consumers.answers import Answers
from realtime.consumers.socket import Closing
from realtime.database import in_database
from realtime.limits import Pace
from realtime.sessions import Refusal

logger = logging.getLogger(__name__)

HEALTH_S: Final = 2.0  # shortest time between two writes of a gateway's health
RETRY_S: Final = 1.0  # after the database did not answer
MAX_WAITING: Final = 100  # frames that are not noted yet; questions without an answer
SHOW_EVERY_S: Final = 1.0  # a camera: its picture may be all that the line of a plant carries
_SCOPES: Final[dict[type[wire.Up], Scope]] = {
    wire.Configured: Scope.CONFIGURE,
    wire.Kept: Scope.CONFIGURE,
    wire.Answer: Scope.COMMANDS,
    wire.Shown: Scope.COMMANDS,
    wire.Health: Scope.TELEMETRY,
}

Spoken = wire.Configured | wire.Kept | wire.Reply | wire.Health


class Downlink:
    """The quiet half of one connection. ``run`` it beside the receive loop.

    Args:
        authority: who is connected.
        hello: what it said first.
        sender: whose tag numbers follow the registry.
        answers: where everything goes out.
        end: ends the connection; called when a gateway with a file of its own must say hello again.
    """

    def __init__(
        self,
        authority: Authority,
        hello: wire.Hello,
        sender: Sender,
        answers: Answers,
        end: Callable[[wire.Close, str], None],
    ) -> None:
        self._authority = authority
        self._sender = sender
        self._answers = answers
        self._end = end
        self._listens = authority.may(Scope.CONFIGURE)
        self._version = hello.config if self._listens else None
        self._handed = not self._listens
        self._news = True  # there may be some
        self._plant_changed = False
        self._said: deque[wire.Configured | wire.Kept] = deque()
        self._health: dict[str, wire.UnitHealth] = {}
        self._asked: dict[str, Callable[[wire.Reply], None]] = {}
        self._shows = Pace(SHOW_EVERY_S)
        self._health_at = 0.0
        self._timer: asyncio.TimerHandle | None = None  # for the next write of the health
        self._loop = asyncio.get_running_loop()
        self._declaring = asyncio.Lock()
        self._wake = asyncio.Event()
        self._wake.set()

    # ------------------------------------------------------------ for the others; none of it waits

    @property
    def heard(self) -> Heard:
        """What the gateway was told."""
        authority = self._authority
        return Heard(
            authority.device_id, authority.credential_id, self._version, token=self._handed
        )

    def look(self, *, plant: bool = False, token: bool = False) -> None:
        """Look whether there is news: of the registry, of a rotation, of anything."""
        self._news = True
        self._plant_changed |= plant
        self._handed &= not (token and self._listens)
        self._wake.set()

    def ask(self, frame: wire.Question, answered: Callable[[wire.Reply], None]) -> Refusal | None:
        """Ask the gateway something; return why not, if its token or its limits forbid it."""
        if not self._authority.may(Scope.COMMANDS):
            return "wrong_scope"
        if len(self._asked) >= MAX_WAITING:
            return "too_often"
        if isinstance(frame, wire.Show) and not self._shows.lets(frame.camera, self._loop.time()):
            return "too_often"
        self._asked[frame.id] = answered
        self._answers.tell([frame])
        return None

    def give_up(self, question: str) -> None:
        """Wait for this answer no more."""
        self._asked.pop(question, None)

    def take(self, frame: Spoken) -> None:
        """Take what the gateway said.

        Raises:
            Closing: its token may not say this, or it says too much.
        """
        if not self._authority.may(_SCOPES[type(frame)]):
            raise Closing(
                wire.Close.FORBIDDEN, "wrong_scope", "The token may not be used for this."
            )
        if isinstance(frame, wire.Reply):
            if answered := self._asked.pop(frame.id, None):
                answered(frame)
        elif isinstance(frame, wire.Health):
            known = self._sender.devices
            self._health |= {unit.device: unit for unit in frame.units if unit.device in known}
            self._wake.set()
        elif len(self._said) >= MAX_WAITING:
            raise Closing(wire.Close.TOO_MANY, "rate", "More came than could be noted.")
        else:
            self._said.append(frame)
            self._wake.set()

    async def declare(self, frame: wire.Tags) -> None:
        """Note what further tag numbers mean."""
        async with self._declaring:
            await in_database(declare_tags, self._sender, frame.tags)

    # ------------------------------------------------------------ the task

    async def run(self) -> None:
        """Work whenever something waits, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._note()
                await self._follow_plant()
                await self._tell()
            except DatabaseError as error:
                logger.info("%s waits: %s", self._authority.device_uid, str(error).strip())
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def _note(self) -> None:
        gateway_id, credential_id = self._authority.device_id, self._authority.credential_id
        while self._said:
            said = self._said[0]
            if isinstance(said, wire.Configured):
                version, mistakes = said.version, said.mistakes
                noting = in_database(
                    note_configured, gateway_id=gateway_id, version=version, mistakes=mistakes
                )
            else:
                noting = in_database(note_kept, credential_id=credential_id, lookup=said.lookup)
            await to_the_end(noting)
            self._said.popleft()
        await self._note_health()

    async def _note_health(self) -> None:
        if not self._health:
            return
        wait_s = self._health_at + HEALTH_S - self._loop.time()
        if self._health_at and wait_s > 0:
            if self._timer is None or self._timer.when() <= self._loop.time():
                self._timer = self._loop.call_later(wait_s, self._wake.set)
            return
        units, self._health = self._health, {}
        self._health_at = self._loop.time()
        try:
            known = self._sender.devices
            told = [(known[uid], unit) for uid, unit in units.items() if uid in known]
            await to_the_end(in_database(note_health, told))
        except DatabaseError:
            self._health = units | self._health
            raise

    async def _follow_plant(self) -> None:
        if not self._plant_changed:
            return
        self._plant_changed = False
        try:
            async with self._declaring:
                changed = await to_the_end(in_database(declare_again, self._sender))
        except DatabaseError:
            self._plant_changed = True
            raise
        if changed and self._version is None:
            self._end(wire.Close.RECYCLED, "plant_changed")

    async def _tell(self) -> None:
        if not (self._news and self._listens):
            return
        await self._answers.all_told.wait()
        self._news = False
        try:
            news = await to_the_end(in_database(news_for, self.heard))
        except DatabaseError:
            self._news = True
            raise
        if news.packed:
            parts = parts_of(news.packed)
            self._answers.tell(
                wire.Configuration(news.version, part, len(parts), text)
                for part, text in enumerate(parts, 1)
            )
            self._version = news.version
        if news.token is not None:
            self._handed = True
            self._answers.tell([wire.Token(news.token)])
