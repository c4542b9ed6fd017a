"""``python -m edge drain``: a spool is emptied, and no device is read."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from edge_makers import ConfigMaker
from speaking_cloud import TOKEN, Cloud

from edge.__main__ import main
from edge.config import Config
from edge.drain import drain
from edge.gather import Happening
from edge.report import Reading
from edge.spool import Spool
from edge.spool_file import SpoolLocked

QUOTA = 1024 * 1024
NO_PLANT = 1  # port: if anything were read there, bad readings would follow


def fill(config: Config) -> None:
    """Put three frames and an event into the spool, as a gateway would that never had a link."""
    spool = Spool(config.path(config.gateway.spool), QUOTA)
    for value in (1.0, 2.0, 3.0):
        spool.append([Reading("D1", "level", int(value), 192, value)], stream="history")
    spool.append([], [Happening("device.down", "D1", 4)])
    spool.close()


async def test_what_waits_is_sent_and_nothing_else(cloud: Cloud, make_config: ConfigMaker) -> None:
    config = make_config(cloud.url, NO_PLANT)
    fill(config)
    assert await drain(config, TOKEN) == 0
    assert [value for _, _, _, value, _ in cloud.readings()] == [1.0, 2.0, 3.0]
    assert len(cloud.frames("events")) == 1
    spool = Spool(config.path(config.gateway.spool), QUOTA)
    assert spool.status().waiting == 0
    spool.close()


async def test_a_drain_that_is_stopped_says_how_many_frames_still_wait(
    cloud: Cloud, make_config: ConfigMaker
) -> None:
    config = make_config(cloud.url, NO_PLANT)
    fill(config)
    cloud.acks = False
    stop = asyncio.Event()
    draining = asyncio.create_task(drain(config, TOKEN, stop))
    await cloud.until(lambda: len(cloud.readings()) == 3)
    stop.set()
    assert await draining == 4


async def test_the_spool_of_a_gateway_that_runs_is_not_drained(
    cloud: Cloud, make_config: ConfigMaker
) -> None:
    config = make_config(cloud.url, NO_PLANT)
    spool = Spool(config.path(config.gateway.spool), QUOTA)
    with pytest.raises(SpoolLocked):
        await drain(config, TOKEN)
    spool.close()


def test_the_command_ends_well_when_the_spool_is_empty(
    make_config: ConfigMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_config("ws://127.0.0.1:1/ws/v1/gateway", NO_PLANT)
    monkeypatch.setenv("SENTINEL_TOKEN", TOKEN)
    assert main(["drain", "--config", str(tmp_path / "gw.toml")]) == 0
