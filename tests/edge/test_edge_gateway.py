"""The whole gateway, in this process, between a real Modbus server and a real websocket server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conftest import ConfigMaker
from modbus_plant import Plant
from speaking_cloud import TOKEN, Cloud

from edge.config import Config
from edge.supervisor import run


@asynccontextmanager
async def running(config: Config, token: str = TOKEN) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(run(config, token, stop))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait({task})


def values_of(cloud: Cloud, device: str) -> list[tuple[float | None, int]]:
    return [(v, q) for d, _, _, v, q in cloud.readings() if d == device]


async def test_a_register_change_reaches_the_cloud(
    cloud: Cloud, plant: Plant, make_config: ConfigMaker
) -> None:
    plant.registers[1][4] = 7
    async with running(make_config(cloud.url, plant.port)):
        await cloud.until(lambda: (7.0, 192) in values_of(cloud, "D1"))
        plant.registers[1][4] = 8
        await cloud.until(lambda: (8.0, 192) in values_of(cloud, "D1"))
    assert values_of(cloud, "D1") == [(7.0, 192), (8.0, 192)]
    assert cloud.duplicates == 0


async def test_the_token_travels_in_the_header_and_the_hello_names_gateway_and_tags(
    cloud: Cloud, plant: Plant, make_config: ConfigMaker
) -> None:
    async with running(make_config(cloud.url, plant.port)):
        await cloud.until(lambda: bool(cloud.hellos))
    assert cloud.headers[0]["authorization"] == f"Bearer {TOKEN}"
    assert cloud.hellos[0].uid == "GW-1"
    assert {(d.device, d.name, d.scan_ms) for d in cloud.hellos[0].tags} == {
        ("D1", "level", 50),
        ("D2", "level", 50),
    }
