"""The command line: ``python -m edge run`` as a process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from edge_makers import ConfigMaker
from modbus_plant import Plant
from speaking_cloud import TOKEN, Cloud

from edge.spool import Spool


async def start(path: Path, **environ: str) -> asyncio.subprocess.Process:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SENTINEL_")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edge", "run", "--config", str(path),
        env=clean | environ,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture
def path(cloud: Cloud, plant: Plant, make_config: ConfigMaker) -> Path:
    return make_config(cloud.url, plant.port).path("gw.toml")


@pytest.fixture
def mistaken(path: Path) -> Path:
    path.write_text(path.read_text().replace("uint16", "uint17"))
    return path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_gateway_cleanly(
    cloud: Cloud, path: Path, number: signal.Signals
) -> None:
    process = await start(path, SENTINEL_TOKEN=TOKEN)
    await cloud.until(lambda: bool(cloud.readings()))
    process.send_signal(number)
    _, log = await process.communicate()
    assert process.returncode == 0, log.decode()
    assert b"Traceback" not in log
    assert TOKEN.encode() not in log
    Spool(path.with_name("gw.spool"), 1 << 20).close()  # the lock is free again


async def test_the_truth_log_is_switched_on_by_the_environment(cloud: Cloud, path: Path) -> None:
    truth = path.with_name("truth.log")
    process = await start(path, SENTINEL_TOKEN=TOKEN, SENTINEL_TRUTH_LOG=str(truth))
    await cloud.until(lambda: bool(cloud.readings()))
    process.terminate()
    await process.communicate()
    assert '"stream":"live"' in truth.read_text()


async def test_a_mistake_in_the_configuration_ends_with_2_and_one_line(mistaken: Path) -> None:
    process = await start(mistaken, SENTINEL_TOKEN=TOKEN)
    _, log = await process.communicate()
    assert process.returncode == 2
    assert len(log.splitlines()) == 1
    assert b"device[0].tag[0].type" in log


async def test_a_missing_token_ends_with_2(path: Path) -> None:
    process = await start(path)
    _, log = await process.communicate()
    assert process.returncode == 2
    assert b"SENTINEL_TOKEN" in log


async def test_a_spool_in_use_ends_with_3(path: Path) -> None:
    spool = Spool(path.with_name("gw.spool"), 1 << 20)
    process = await start(path, SENTINEL_TOKEN=TOKEN)
    _, log = await process.communicate()
    spool.close()
    assert process.returncode == 3
    assert b"another gateway runs on this spool" in log


async def test_a_gateway_that_is_killed_goes_on_where_it_was(
    cloud: Cloud, plant: Plant, path: Path
) -> None:
    for value in range(1, 5):
        process = await start(path, SENTINEL_TOKEN=TOKEN)
        plant.registers[1][4] = value
        await cloud.until(lambda value=value: float(value) in stored(cloud))  # type: ignore[misc]
        process.kill()
        await process.communicate()
    assert stored(cloud) == sorted(stored(cloud))
    assert len({hello.epoch for hello in cloud.hellos}) == 1
    assert cloud.last[cloud.hellos[0].epoch, "live"] == len(cloud.frames("live"))


def stored(cloud: Cloud) -> list[float | None]:
    return [value for device, _, _, value, _ in cloud.readings() if device == "D1"]
