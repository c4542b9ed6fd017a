"""One gateway process: readers, spooler and transmitter, started together and stopped in order."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from typing import Final

from edge import __version__
from edge.camera.cameras import Cameras
from edge.config import Config
from edge.configurator import Configurator
from edge.declaring import Declared, tags_of
from edge.errands import Errands
from edge.gather import Batch, Gather, Happening
from edge.link import AGENT
from edge.outbox import Outbox
from edge.readers import Pollers
from edge.session import Session
from edge.spool_file import SpoolError, SpoolUnavailable
from edge.status import LiveState, answering
from edge.store import Store
from edge.telling import Telling
from edge.tokens import Tokens, lookup_of
from edge.transmitter import Transmitter
from edge.wire.configuration import Document

logger = logging.getLogger(__name__)

DISK_RETRY_S: Final = 1.0
FORGET_EVERY_S: Final = 1.0
STOP_TIMEOUT_S: Final = 10.0


async def run(config: Config, token: str = "", stop: asyncio.Event | None = None) -> None:
    """Run a gateway until it is told to stop by the event, SIGTERM or SIGINT.

    Args:
        config: as the technician gave it.
        token: the configured one; empty: only those in the state folder are shown.
        stop: for tests.

    Raises:
        SpoolLocked: another process runs on the spool.
        SpoolUnavailable: the spool cannot be opened.
        SpoolDamaged: it broke while in use; a restart begins a new one.
    """
    stop = stop or stop_on_signals()
    gateway = config.gateway
    store = await Store.open(
        config.path(gateway.spool),
        gateway.spool_quota_mb * 1024 * 1024,
        config.path(gateway.truth_log) if gateway.truth_log else None,
    )
    try:
        await Gateway(config, Tokens(config.state, token), store).run(stop)
    except ExceptionGroup as errors:
        damaged = errors.subgroup(SpoolError)
        raise (damaged.exceptions[0] if damaged else errors) from errors
    finally:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await store.close()


class Gateway:
    """The parts of a gateway on one open spool, wired together."""

    def __init__(self, config: Config, tokens: Tokens, store: Store) -> None:
        self._config = config
        self._tokens = tokens
        self._store = store
        self._started = time.monotonic()
        self._gather = Gather()
        self._cameras = Cameras(
            self._gather, config.models, config.state, is_patient=config.is_managed
        )
        self._pollers = Pollers(self._gather, cameras=self._cameras)
        self._outbox = Outbox()
        self._declared = Declared(self._outbox)
        self._configurator = Configurator(config, self._pollers, self._declare, self._outbox.put)

    async def run(self, stop: asyncio.Event) -> None:
        """Read and transmit until the event is set."""
        try:
            await self._configurator.start()
            await self._gather.put([], list(self._beginning()))
            transmitter = await self._make_transmitter()
            async with answering(self._config.state, partial(self._look, transmitter)):
                await self._run_until(stop, transmitter)
        finally:
            await self._pollers.stop()

    async def _declare(self, document: Document) -> None:
        numbers = await self._store.number_tags(tags_of(document))
        self._declared.change(document, numbers)

    async def _make_transmitter(self) -> Transmitter:
        telling = Telling(
            self._config,
            self._store,
            self._gather,
            self._declared,
            lambda: self._configurator.version,
            self._pollers.health,
        )
        return Transmitter(
            self._config,
            self._tokens,
            self._store,
            Session(await self._store.ends()),
            Errands(self._tokens, self._outbox, self._configurator, self._pollers),
            self._outbox,
            telling,
        )

    async def _look(self, transmitter: Transmitter) -> LiveState:
        """What ``python -m edge status`` shows."""
        document, log = self._configurator.document, transmitter.log
        spool = await self._store.status()
        return LiveState(
            agent=AGENT,
            pid=os.getpid(),
            uid=self._config.gateway.uid,
            url=self._config.gateway.url,
            running_s=time.monotonic() - self._started,
            is_up=transmitter.link.is_up,
            why=log.why,
            skew_ms=log.skew_ms,
            token=lookup_of(self._tokens.current),
            config=self._configurator.version,
            connections=len(document.connections),
            devices=len(document.devices),
            tags=len(tags_of(document)),
            unknown=log.unknown,
            waiting=spool.waiting,
            oldest_ms=spool.oldest_ms,
            spool_bytes=spool.bytes,
            read_errors=self._gather.read_errors,
            units=self._pollers.health(),
            cameras=self._cameras.status(),
        )

    async def _run_until(self, stop: asyncio.Event, transmitter: Transmitter) -> None:
        async with asyncio.TaskGroup() as group:
            spooling = spool_forever(self._gather, self._store, transmitter)
            spooler = group.create_task(spooling, name="spool")
            configuring = group.create_task(self._configurator.run(), name="configure")
            others = [
                group.create_task(transmitter.run(), name="transmit"),
                group.create_task(forget_forever(self._store), name="forget"),
            ]
            await stop.wait()
            logger.info("stopping")
            configuring.cancel()
            await asyncio.wait([configuring])
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._pollers.stop()
            self._gather.close()  # what was read is still spooled
            await asyncio.wait([spooler], timeout=STOP_TIMEOUT_S)
            for task in [spooler, *others]:
                task.cancel()

    def _beginning(self) -> Iterator[Happening]:
        uid, now_ms = self._config.gateway.uid, time.time_ns() // 1_000_000
        if self._store.set_aside is not None:
            detail = f"the spool was damaged and is now {self._store.set_aside.name}"
            yield Happening("gateway.spool_lost", uid, now_ms, detail)
        if self._configurator.lost:
            detail = f"it is now {self._configurator.lost}"
            yield Happening("gateway.configuration_lost", uid, now_ms, detail)
        yield Happening("gateway.started", uid, now_ms, __version__)


async def spool_forever(gather: Gather, store: Store, transmitter: Transmitter) -> None:
    """Seal what was gathered, until the gather is closed and empty. Survives a full disk."""
    while batch := await gather.take():
        await _append(batch, store, transmitter)


async def _append(batch: Batch, store: Store, transmitter: Transmitter) -> None:
    """Write one batch, however long the disk takes; meanwhile the pollers wait for room."""
    told = False
    while True:
        try:
            sealed = await store.append(batch, transmitter.link.stream(time.monotonic()))
        except SpoolUnavailable as error:
            if not told:
                told = True
                logger.error("readings cannot be written, scans wait: %s", error)
            await asyncio.sleep(DISK_RETRY_S)
            continue
        if told:
            logger.info("readings can be written again")
        transmitter.sealed(sealed)
        return


async def forget_forever(store: Store) -> None:
    """Delete acknowledged frames while no new ones come that would take it along."""
    told = False
    while True:
        await asyncio.sleep(FORGET_EVERY_S)
        try:
            await store.flush()
            told = False
        except SpoolUnavailable as error:
            if not told:
                told = True
                logger.warning("acknowledged frames cannot be deleted: %s", error)


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
