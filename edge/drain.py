"""Sends what a spool holds and reads no device: before a gateway is taken away or moved."""

from __future__ import annotations

import asyncio
import logging

from edge.config import Config
from edge.configurator import NOTHING, Running, own_document, read_kept
from edge.configured import KeptConfiguration
from edge.declaring import Declared, tags_of
from edge.errands import Errands
from edge.gather import Gather
from edge.outbox import Outbox
from edge.session import Session
from edge.spool_file import SpoolError
from edge.store import Store
from edge.supervisor import FORGET_EVERY_S, stop_on_signals
from edge.telling import Telling
from edge.tokens import Tokens
from edge.transmitter import Transmitter
from edge.wire.configuration import ConfigurationError

logger = logging.getLogger(__name__)


async def drain(config: Config, token: str = "", stop: asyncio.Event | None = None) -> int:
    """Send until the spool is empty, or until told to stop by the event, SIGTERM or SIGINT.

    Returns:
        How many frames still wait.

    Raises:
        SpoolLocked: a gateway runs on the spool; stop it first.
        SpoolError: the spool cannot be used.
    """
    stop = stop or stop_on_signals()
    gateway = config.gateway
    store = await Store.open(config.path(gateway.spool), gateway.spool_quota_mb * 1024 * 1024)
    try:
        transmitter = await _make_transmitter(config, Tokens(config.state, token), store)
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(transmitter.run(), name="transmit")
            waiting = await _until_empty(store, stop)
            sending.cancel()
    except ExceptionGroup as errors:
        damaged = errors.subgroup(SpoolError)
        raise (damaged.exceptions[0] if damaged else errors) from errors
    finally:
        await store.close()
    logger.info("%d frames wait in the spool", waiting)
    return waiting


async def _make_transmitter(config: Config, tokens: Tokens, store: Store) -> Transmitter:
    outbox = Outbox()
    declared = Declared(outbox)
    running = _last_running(config)
    # The configured tags too, so that the cloud keeps the periods that it judges them by.
    numbers = await store.number_tags(tags_of(running.document))
    declared.change(running.document, numbers)
    version = running.packed.version if config.is_managed else None
    telling = Telling(config, store, Gather(), declared, lambda: version)
    session = Session(await store.ends())
    return Transmitter(config, tokens, store, session, Errands(tokens, outbox), outbox, telling)


def _last_running(config: Config) -> Running:
    if not config.is_managed:
        return NOTHING._replace(document=own_document(config))
    try:
        return read_kept(config, KeptConfiguration(config.state))
    except ConfigurationError as error:
        logger.warning("the kept configuration cannot be read: %s", error)
        return NOTHING


async def _until_empty(store: Store, stop: asyncio.Event) -> int:
    while True:
        await store.flush()
        waiting = (await store.status()).waiting
        if not waiting or stop.is_set():
            return waiting
        try:
            async with asyncio.timeout(FORGET_EVERY_S):
                await stop.wait()
        except TimeoutError:
            pass  # time to look again
