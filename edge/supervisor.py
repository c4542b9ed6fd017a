"""One gateway process: pollers, spooler and transmitter, started together and stopped in order."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Iterator
from typing import Final

from edge import __version__
from edge.config import Config
from edge.gather import Batch, Gather, Happening
from edge.poller import poll_forever
from edge.session import Session
from edge.spool_file import SpoolError, SpoolUnavailable
from edge.store import Store
from edge.transmitter import Transmitter
from edge.wire import TagDecl

logger = logging.getLogger(__name__)

DISK_RETRY_S: Final = 1.0
FORGET_EVERY_S: Final = 1.0
STOP_TIMEOUT_S: Final = 10.0


async def run(config: Config, token: str, stop: asyncio.Event | None = None) -> None:
    """Run a gateway until it is told to stop by the event, SIGTERM or SIGINT.

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
        numbers = await store.number_tags(
            [(device.uid, tag.name) for device in config.devices for tag in device.tags]
        )
        session = Session(await store.ends())
        gather = Gather()
        await gather.put([], list(_beginning(config, store)))
        tags = declare_tags(config, numbers)
        transmitter = Transmitter(config, token, store, session, gather, tags)
        await _run_until(stop, config, store, gather, transmitter)
    except ExceptionGroup as errors:
        damaged = errors.subgroup(SpoolError)
        raise (damaged.exceptions[0] if damaged else errors) from errors
    finally:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await store.close()


async def _run_until(
    stop: asyncio.Event, config: Config, store: Store, gather: Gather, transmitter: Transmitter
) -> None:
    start = time.monotonic()
    async with asyncio.TaskGroup() as group:
        pollers = [
            group.create_task(
                poll_forever(
                    connection,
                    [device for device in config.devices if device.connection == connection.name],
                    gather,
                    start,
                ),
                name=f"poll {connection.name}",
            )
            for connection in config.connections
        ]
        spooler = group.create_task(spool_forever(gather, store, transmitter), name="spool")
        others = [
            group.create_task(transmitter.run(), name="transmit"),
            group.create_task(forget_forever(store), name="forget"),
        ]
        await stop.wait()
        logger.info("stopping")
        for task in pollers:
            task.cancel()
        await asyncio.wait(pollers or others, timeout=STOP_TIMEOUT_S)
        gather.close()  # what was read is still spooled
        await asyncio.wait([spooler], timeout=STOP_TIMEOUT_S)
        for task in [spooler, *others]:
            task.cancel()


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


def declare_tags(config: Config, numbers: dict[tuple[str, str], int]) -> list[TagDecl]:
    """Say what every number stands for, also those that only old frames still use."""
    configured = {(d.uid, tag.name): tag for d in config.devices for tag in d.tags}
    declared = []
    for (device, name), n in numbers.items():
        tag = configured.get((device, name))
        if tag is None:
            declared.append(TagDecl(n=n, device=device, name=name))
        else:
            times = {"scan_ms": tag.scan_ms, "silence_ms": tag.silence_ms}
            declared.append(TagDecl(n=n, device=device, name=name, unit=tag.unit, **times))
    return declared


def _beginning(config: Config, store: Store) -> Iterator[Happening]:
    uid, now_ms = config.gateway.uid, time.time_ns() // 1_000_000
    if store.set_aside is not None:
        detail = f"the spool was damaged and is now {store.set_aside.name}"
        yield Happening("gateway.spool_lost", uid, now_ms, detail)
    yield Happening("gateway.started", uid, now_ms, __version__)


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
