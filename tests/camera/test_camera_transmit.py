"""A whole gateway with a camera, between a real camera and a real websocket server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from http_camera import HttpCamera
from speaking_cloud import TOKEN, Cloud

from edge.config import Config, load_config
from edge.status import ask, describe
from edge.supervisor import run
from edge.wire import Detection, Event


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    cloud = Cloud()
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
def config(cloud: Cloud, http_camera: HttpCamera, models: Path, tmp_path: Path) -> Config:
    path = tmp_path / "gw.toml"
    path.write_text(f"""
[gateway]
url = "{cloud.url}"
uid = "GW-1"
spool = "gw.spool"
models = "{models}"
[[camera]]
uid = "CAM"
source = "{http_camera.url}"
models = ["red"]
[[camera.rule]]
label = "red"
clear_s = 0.5
""")
    return load_config(path, environ={})


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(config, TOKEN, stop))
        try:
            yield
        finally:
            stop.set()


def detections(cloud: Cloud) -> list[Detection]:
    return [frame for frame in cloud.frames("events") if isinstance(frame, Detection)]


def told(cloud: Cloud) -> list[tuple[str, str]]:
    return [(d.phase, d.picture.role if d.picture else "") for d in detections(cloud)]


WHOLE = [("start", "best"), ("update", "before"), ("end", "after")]


async def test_what_a_camera_sees_reaches_the_cloud_with_its_pictures(
    cloud: Cloud, config: Config, http_camera: HttpCamera
) -> None:
    async with running(config):
        await cloud.until(lambda: told(cloud)[:2] == WHOLE[:2])
        state = await asyncio.to_thread(ask, config.state)
        http_camera.red = False
        await cloud.until(lambda: told(cloud)[-1:] == WHOLE[2:])
    assert len({d.id for d in detections(cloud)}) == 1
    assert all(d.jpeg.startswith(b"\xff\xd8") for d in detections(cloud))
    assert cloud.duplicates == 0
    assert any(line.startswith("  CAM ") and " live " in line for line in describe(state))
    kinds = {(e.kind, e.detail) for e in cloud.frames("events") if isinstance(e, Event)}
    assert ("camera.state", "live") in kinds
    tags = {(device, tag): value for device, tag, _, value, _ in cloud.readings()}
    assert tags["CAM", "state"] == 1
    assert tags["CAM", "fps"] is not None


async def test_events_of_a_time_without_the_cloud_arrive_later_once_each_and_in_order(
    cloud: Cloud, config: Config, http_camera: HttpCamera
) -> None:
    async with running(config):
        await cloud.until(lambda: len(told(cloud)) == 2)
        await cloud.stop()
        seen = http_camera.answered
        http_camera.red = False
        await http_camera.until(lambda: http_camera.answered > seen + 20)
        http_camera.red = True
        await http_camera.until(lambda: http_camera.answered > seen + 50)
        await cloud.start()
        await cloud.until(lambda: told(cloud).count(("start", "best")) == 2)
        http_camera.red = False
        await cloud.until(lambda: told(cloud).count(("end", "after")) == 2)
    starts_and_ends = [(d.id, d.phase) for d in detections(cloud) if d.phase != "update"]
    first, _, second, _ = [id_ for id_, _ in starts_and_ends]
    assert first != second
    assert starts_and_ends == [(i, p) for i in (first, second) for p in ("start", "end")]
