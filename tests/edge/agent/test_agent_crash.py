"""A configuration that crashes the readers: taken back, set aside, or died of loudly."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from telling_cloud import document

from edge.config import Config, config_from
from edge.configurator import Configurator
from edge.configured import KeptConfiguration, Packed
from edge.gather import Gather
from edge.readers import Pollers
from edge.wire import Configured
from edge.wire.configuration import Document, pack


@pytest.fixture
def config(tmp_path: Path) -> Config:
    gateway = {"url": "ws://127.0.0.1:1/", "uid": "GW-1", "spool": "gateway.spool", "state": "."}
    return config_from({"gateway": gateway}, "test", tmp_path, {})


class Crashing(Pollers):
    """Readers with a fault: a unit 13 crashes them, at once or in the first scan."""

    def __init__(self, gather: Gather, *, at_once: bool) -> None:
        super().__init__(gather)
        self._at_once = at_once
        self._crash: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self.applied: list[Document] = []
        self.watched: asyncio.Queue[None] = asyncio.Queue()  # one for each time of watching

    async def apply(self, document: Document) -> None:
        self.applied.append(document)
        self._crash = asyncio.get_running_loop().create_future()
        if any(device.unit == 13 for device in document.devices):
            if self._at_once:
                raise ZeroDivisionError("thirteen")
            self._crash.set_result(ZeroDivisionError("thirteen"))

    async def failed(self) -> Exception:
        self.watched.put_nowait(None)
        return await asyncio.shield(self._crash)


@pytest.fixture(params=[True, False], ids=["at_once", "in_a_scan"])
async def crashing(request: pytest.FixtureRequest) -> Crashing:
    return Crashing(Gather(), at_once=request.param)


GOOD, BAD = document(1, "level"), document(1, "level", unit=13)


async def nothing(_: Document) -> None:
    """Tags need no numbers here."""


async def test_a_configuration_that_crashes_the_readers_is_refused_and_taken_back(
    config: Config, crashing: Crashing
) -> None:
    KeptConfiguration(config.state).write(Packed(1, pack(GOOD)))
    told: asyncio.Queue[Configured] = asyncio.Queue()
    configurator = Configurator(config, crashing, nothing, told.put_nowait, trial_s=0.05)
    await configurator.start()
    task = asyncio.create_task(configurator.run())
    configurator.take(Packed(2, pack(BAD)))
    answer = await told.get()
    assert answer.version == 2
    assert "ZeroDivisionError: thirteen" in answer.mistakes[0]
    assert crashing.applied == [GOOD, BAD, GOOD]
    assert configurator.version == 1
    assert KeptConfiguration(config.state).read() == Packed(1, pack(GOOD))
    task.cancel()


async def test_a_kept_configuration_that_crashes_the_readers_is_set_aside_not_died_of(
    config: Config, crashing: Crashing
) -> None:
    KeptConfiguration(config.state).write(Packed(1, pack(BAD)))
    told: asyncio.Queue[Configured] = asyncio.Queue()
    configurator = Configurator(config, crashing, nothing, told.put_nowait, trial_s=0.05)
    await configurator.start()
    task = asyncio.create_task(configurator.run())
    assert "ZeroDivisionError" in (await told.get()).mistakes[0]
    assert configurator.version == 0
    assert crashing.applied == [BAD, Document()]
    assert KeptConfiguration(config.state).read() is None
    task.cancel()


async def test_a_crash_long_after_the_change_ends_the_process_instead_of_being_hidden(
    config: Config,
) -> None:
    crashing = Crashing(Gather(), at_once=False)
    configurator = Configurator(config, crashing, nothing, lambda _: None, trial_s=0.01)
    await configurator.start()
    task = asyncio.create_task(configurator.run())
    await crashing.watched.get()  # in the trial
    await crashing.watched.get()  # after it
    crashing._crash.set_result(ZeroDivisionError("late"))
    with pytest.raises(ZeroDivisionError, match="late"):
        await task
