from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bench_plant import START_S, TOML, Streams, place
from pymodbus.client import AsyncModbusTcpClient

from edge.config import Config, load_config
from edge.sim.simulation import Simulation, running


@pytest.fixture
def bench(tmp_path: Path) -> Config:
    file = tmp_path / "bench.toml"
    file.write_text(TOML, encoding="utf-8")
    return load_config(file, {})


@pytest.fixture
async def plant(bench: Config) -> AsyncIterator[Simulation]:
    async with running([bench], clock=lambda: START_S) as simulation:
        yield simulation


@pytest.fixture
async def client(plant: Simulation) -> AsyncIterator[AsyncModbusTcpClient]:
    host, port = place(plant)
    connected = AsyncModbusTcpClient(host, port=port, timeout=30, retries=0, reconnect_delay=0)
    assert await connected.connect()
    yield connected
    connected.close()


@pytest.fixture
async def raw(plant: Simulation) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection(*place(plant))
    yield reader, writer
    writer.close()
    await writer.wait_closed()
