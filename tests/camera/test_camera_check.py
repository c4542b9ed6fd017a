"""``python -m edge check`` has a line for each camera."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from http_camera import HttpCamera
from speaking_cloud import TOKEN, Cloud
from watched_cameras import camera_of

from edge import check_cameras as checking
from edge.check import check
from edge.check_cameras import check_cameras, verdict_of_camera
from edge.config import Config, load_config
from edge.status import CameraStatus, ask
from edge.supervisor import run
from edge.wire.cameras import CameraConfig, LabelRule


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
""")
    return load_config(path, environ={})


async def lines(config: Config, *cameras: CameraConfig) -> list[str]:
    return [str(verdict) async for verdict in check_cameras(list(cameras), config)]


async def test_a_camera_that_sends_pictures_is_well_and_its_size_is_told(
    config: Config, http_camera: HttpCamera
) -> None:
    picture, models = await lines(config, camera_of("CAM", http_camera.url))
    place = re.escape(http_camera.url.partition("?")[0])
    told = rf"OK   camera         CAM: {place}: a picture of 320x240 in [0-9.]+ s"
    assert re.fullmatch(told, picture)
    assert models == "OK   models         CAM: red can be used"


async def test_why_no_picture_comes_is_said_and_the_next_camera_is_looked_at_nevertheless(
    config: Config, http_camera: HttpCamera
) -> None:
    http_camera.password = "s3cret"
    refusing = camera_of("ONE", http_camera.url.replace("//", "//viewer:wr0ng@"))
    nobody = camera_of("TWO", "rtsp://127.0.0.1:9/live", models=["green"])
    blind = camera_of("RED", "folder:/nowhere", rules=[LabelRule(label="reed")])
    one, _, two, no_model, three, no_label = await lines(config, refusing, nobody, blind)
    assert one.startswith("BAD  camera         ONE: ")
    assert one.endswith("user name or password is refused")
    assert "wr0ng" not in one
    assert two == "BAD  camera         TWO: rtsp://127.0.0.1:9/live: Connection refused"
    assert "there is no model 'green'" in no_model
    assert three == "BAD  camera         RED: /nowhere: No such file or directory"
    assert "its models do not find that" in no_label


async def test_a_camera_that_keeps_silent_is_given_up_in_time(
    config: Config, http_camera: HttpCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "TIMEOUT_S", 2.0)
    http_camera.mode = "silent"
    silent, _ = await lines(config, camera_of("CAM", http_camera.url))
    assert silent.startswith("BAD  camera")
    assert silent.endswith("no picture in 2 s")


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(config, TOKEN, stop))
        try:
            yield
        finally:
            stop.set()


async def test_a_whole_check_names_the_cameras_whether_the_gateway_runs_or_not(
    config: Config, cloud: Cloud, http_camera: HttpCamera
) -> None:
    alone = [str(verdict) async for verdict in check(config, lambda _: TOKEN)]
    assert "a picture of 320x240" in alone[-2]
    assert "0 connections, 0 devices, 4 tags, 1 cameras" in alone[0]
    async with running(config):
        await cloud.until(lambda: ("CAM", "state") in {r[:2] for r in cloud.readings()})
        while (await asyncio.to_thread(ask, config.state)).cameras[0].state != "live":
            await cloud.until(lambda: True)
        beside = [str(verdict) async for verdict in check(config, lambda _: TOKEN)]
        assert beside[-1].startswith("OK   camera         CAM: http://127.0.0.1:")
        assert "pictures of 320x240" in beside[-1]


@pytest.mark.parametrize(
    ("state", "why", "said"),
    [
        ("connecting", "", "OK   camera         CAM: usb:0: not reached yet"),
        ("frozen", "", "BAD  camera         CAM: usb:0: always sends the same picture"),
        ("dark", "", "BAD  camera         CAM: usb:0: sends pictures that are dark"),
        ("lost", "usb:0 cannot be opened", "BAD  camera         CAM: usb:0 cannot be opened"),
        ("lost", "", "BAD  camera         CAM: usb:0: gives no pictures"),
    ],
)
def test_how_a_camera_of_the_running_gateway_does_is_said_in_plain_words(
    state: str, why: str, said: str
) -> None:
    status = CameraStatus("CAM", state, 0.0, None, place="usb:0", why=why)
    assert str(verdict_of_camera(status)) == said
