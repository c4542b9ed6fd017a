from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from edge_makers import DEVICE, ConfigMaker, Opener, Runner
from modbus_plant import Plant
from speaking_cloud import TOKEN, Cloud
from spool_steps import MIB

from edge.config import Config, load_config
from edge.spool import Spool
from edge.supervisor import run


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    cloud = Cloud()
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
async def plant() -> AsyncIterator[Plant]:
    plant = Plant(1, 2)
    await plant.start()
    yield plant
    await plant.stop()


@pytest.fixture
def make_config(tmp_path: Path) -> ConfigMaker:
    """Write a TOML file and read it: two devices on one connection, one tag each."""

    def make(url: str, port: int, devices: str = "", **gateway: object) -> Config:
        settings = {"url": url, "uid": "GW-1", "spool": "gw.spool", **gateway}
        path = tmp_path / "gw.toml"
        path.write_text(
            "[gateway]\n"
            + "".join(f"{key} = {value!r}\n" for key, value in settings.items())
            + f"[[connection]]\nname = 'plc'\nhost = '127.0.0.1'\nport = {port}\ntimeout_s = 1.0\n"
            + (devices or DEVICE.format(unit=1) + DEVICE.format(unit=2))
        )
        return load_config(path, environ={})

    return make


@pytest.fixture
def gateway(cloud: Cloud, plant: Plant, make_config: ConfigMaker) -> Runner:
    """Run a gateway between the plant and the cloud while the context is open."""

    @asynccontextmanager
    async def running(**settings: object) -> AsyncIterator[None]:
        stop = asyncio.Event()
        config = make_config(cloud.url, plant.port, **settings)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(run(config, TOKEN, stop))
            try:
                yield
            finally:
                stop.set()
                await asyncio.wait({task})

    return running


@pytest.fixture
def open_spool(tmp_path: Path) -> Iterator[Opener]:
    opened: list[Spool] = []

    def open_it(quota: int = MIB, truth_log: Path | None = None) -> Spool:
        opened.append(Spool(tmp_path / "gw.spool", quota, truth_log))
        return opened[-1]

    yield open_it
    for spool in opened:
        spool.close()
