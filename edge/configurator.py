"""Puts configurations to work without a restart; one that does not work leaves the last good one.

A new configuration is checked, its tags get numbers, the readers change over, and only when they
did not crash for a while is it written over the last good one. So a process that is killed at any
point starts again from one of the two, whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from edge.config import Config
from edge.configured import KeptConfiguration, Packed
from edge.readers import Pollers
from edge.wire import MAX_TEXT, Configured
from edge.wire.configuration import ConfigurationError, Document, unpack

logger = logging.getLogger(__name__)

TRIAL_S: Final = 1.5  # time in which readers that crash are the fault of their configuration
_MOST_MISTAKES: Final = 100  # of one frame
_OWN_FILE: Final = "this gateway reads devices of its own file; remove them there first"

Declare = Callable[[Document], Awaitable[None]]


class Running(NamedTuple):
    """What is at work."""

    packed: Packed  # version 0: nothing yet
    document: Document


NOTHING: Final = Running(Packed(0, ""), Document())


class Configurator:
    """``start`` it before the first connection, then ``run`` it for ever."""

    def __init__(
        self,
        config: Config,
        pollers: Pollers,
        declare: Declare,
        tell: Callable[[Configured], None],
        trial_s: float = TRIAL_S,
    ) -> None:
        self._config = config
        self._pollers = pollers
        self._declare = declare
        self._tell = tell
        self._trial_s = trial_s
        self._kept = KeptConfiguration(config.state)
        self._running = NOTHING
        self._pending: Packed | None = None  # the newest that came; older ones are skipped
        self._arrived = asyncio.Event()

    @property
    def version(self) -> int | None:
        """For ``Hello``: what is at work; None: the gateway reads its own file."""
        return self._running.packed.version if self._config.is_managed else None

    @property
    def document(self) -> Document:
        """What is at work."""
        return self._running.document

    @property
    def lost(self) -> str:
        """Where a kept configuration went that could not be used; empty: none was lost."""
        return self._kept.set_aside.name if self._kept.set_aside else ""

    async def start(self) -> None:
        """Put to work what the file says, or else what was kept of the cloud."""
        if not self._config.is_managed:
            await self._change_to(Running(Packed(0, ""), own_document(self._config)))
            return
        try:
            kept = read_kept(self._config, self._kept)
            await self._change_to(kept)
        except Exception as error:  # it worked once, but this gateway may be another version
            logger.exception("the kept configuration cannot be put to work")
            await self._fall_back(error)

    def take(self, packed: Packed) -> None:
        """A whole configuration came; ``tell`` will say what became of it."""
        self._pending = packed
        self._arrived.set()

    async def run(self) -> None:
        """Put to work what comes, until cancelled; raises what crashed the readers."""
        error = await self._crash_within(self._trial_s) if self._config.is_managed else None
        if error is not None:
            await self._fall_back(error)
        while True:
            if error := await self._next():
                raise error
            self._arrived.clear()
            packed, self._pending = self._pending, None
            if packed is not None:
                mistakes = await self._try(packed)
                self._tell(Configured(packed.version, mistakes))

    # ------------------------------------------------------------ one change

    async def _try(self, packed: Packed) -> list[str]:
        """Change over to a configuration; return why not, if not."""
        if not self._config.is_managed:
            return [_OWN_FILE]
        if packed == self._running.packed:
            return []
        try:
            uid = self._config.gateway.uid
            document = await asyncio.to_thread(unpack, packed.text, uid)
        except ConfigurationError as error:
            logger.warning("configuration %d is refused: %s", packed.version, error)
            return [line[:MAX_TEXT] for line in str(error).splitlines()][:_MOST_MISTAKES]
        return await self._replace(Running(packed, document))

    async def _replace(self, new: Running) -> list[str]:
        before = self._running
        try:
            await self._change_to(new)
            if error := await self._crash_within(self._trial_s):
                raise error
            await asyncio.to_thread(self._kept.write, new.packed)
        except Exception as error:
            logger.exception("configuration %d is taken back", new.packed.version)
            await self._change_to(before)
            return [f"it was tried and taken back: {_plain(error)}"[:MAX_TEXT]]
        logger.info("configuration %d is at work", new.packed.version)
        return []

    async def _change_to(self, running: Running) -> None:
        await self._declare(running.document)  # before the first reading that uses a number
        await self._pollers.apply(running.document)
        self._running = running

    async def _fall_back(self, error: Exception) -> None:
        """Read nothing rather than die of the kept configuration at every start."""
        version = self._running.packed.version
        self._kept.give_up(_plain(error))
        await self._change_to(NOTHING)
        self._tell(Configured(version, [f"it crashed the gateway: {_plain(error)}"[:MAX_TEXT]]))

    # ------------------------------------------------------------ waiting

    async def _crash_within(self, seconds: float) -> Exception | None:
        try:
            async with asyncio.timeout(seconds):
                return await self._pollers.failed()
        except TimeoutError:
            return None

    async def _next(self) -> Exception | None:
        """Wait until a configuration came (None) or the readers crashed."""
        crash = asyncio.ensure_future(self._pollers.failed())
        arrival = asyncio.ensure_future(self._arrived.wait())
        try:
            await asyncio.wait({crash, arrival}, return_when=asyncio.FIRST_COMPLETED)
            return crash.result() if crash.done() else None
        finally:
            crash.cancel()
            arrival.cancel()


def own_document(config: Config) -> Document:
    """What the file of a gateway tells it to read."""
    return Document(connections=config.connections, devices=config.devices, cameras=config.cameras)


def read_kept(config: Config, kept: KeptConfiguration) -> Running:
    """What was last put to work.

    Raises:
        ConfigurationError: the version of the gateway that wrote it understood it, this one not.
    """
    packed = kept.read()
    return Running(packed, unpack(packed.text, config.gateway.uid)) if packed else NOTHING


def _plain(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
