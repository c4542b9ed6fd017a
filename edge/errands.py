"""What the cloud asks a gateway to do: take a configuration or a token, answer questions now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Final

import msgspec

from edge.configurator import Configurator
from edge.configured import Parts
from edge.outbox import Outbox
from edge.readers import Pollers
from edge.tokens import TokenError, Tokens
from edge.wire import (
    Answer,
    Configuration,
    Configured,
    Kept,
    Probe,
    Question,
    Reply,
    Scan,
    Token,
)
from edge.wire.configuration import ConfigurationError

logger = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 8  # questions; each waits for a device or a picture
ANSWER_TIMEOUT_S: Final = 30.0

Errand = Configuration | Token | Question


class Errands:
    """Does them; the answers go to the outbox. Without readers (``drain``) it refuses most."""

    def __init__(
        self,
        tokens: Tokens,
        outbox: Outbox,
        configurator: Configurator | None = None,
        pollers: Pollers | None = None,
    ) -> None:
        self._tokens = tokens
        self._outbox = outbox
        self._configurator = configurator
        self._pollers = pollers
        self._parts = Parts()
        self._reads: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """A new connection: what the last one left half said is void."""
        self._parts = Parts()
        self._outbox.clear()

    def stop(self) -> None:
        """Leave alone what is still being read."""
        for task in self._reads:
            task.cancel()

    def take(self, errand: Errand) -> None:
        """Do it, or begin with it where it takes long."""
        if isinstance(errand, Configuration):
            self._configure(errand)
        elif isinstance(errand, Token):
            self._keep(errand)
        elif self._pollers is None:
            self._outbox.put(Answer(errand.id, error="this gateway only empties its spool"))
        elif len(self._reads) >= MOST_AT_ONCE:
            self._outbox.put(Answer(errand.id, error="too much is being read already"))
        else:
            self._read(errand, self._pollers)

    def _configure(self, part: Configuration) -> None:
        if self._configurator is None:
            if part.part == part.parts:
                mistake = "this gateway only empties its spool"
                self._outbox.put(Configured(part.version, [mistake]))
            return
        try:
            whole = self._parts.take(part)
        except ConfigurationError as error:
            logger.warning("configuration %d is refused: %s", part.version, error)
            self._outbox.put(Configured(part.version, [str(error)]))
            return
        if whole is not None:
            self._configurator.take(whole)

    def _keep(self, frame: Token) -> None:
        """Keep a token on the disk before the cloud hears that it was."""
        try:
            lookup = self._tokens.keep(frame.token)  # waits for the disk, but that is rare
        except (TokenError, OSError) as error:
            logger.error("a new token could not be kept, the old one goes on: %s", error)
            return
        logger.info("a new token (%s) is kept", lookup)
        self._outbox.put(Kept(lookup))

    def _read(self, errand: Question, pollers: Pollers) -> None:
        answer: Awaitable[Reply]
        if isinstance(errand, Probe):
            answer = pollers.probe(errand)
        elif isinstance(errand, Scan):
            answer = pollers.scan_now(errand.device)
        else:
            answer = pollers.show(errand)
        task = asyncio.create_task(self._answer(errand.id, answer), name="answer")
        self._reads.add(task)
        task.add_done_callback(self._reads.discard)

    async def _answer(self, id_: str, answer: Awaitable[Reply]) -> None:
        said: Reply
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                said = msgspec.structs.replace(await answer, id=id_)
        except TimeoutError:
            said = Answer(id_, error="the device took too long")
        except Exception:
            logger.exception("a question of the cloud could not be answered")
            said = Answer(id_, error="the gateway failed; see its log")
        self._outbox.put(said)
