"""A whole gateway that the cloud asks for what a camera sees, and tells which cameras it has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from http_camera import HttpCamera
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking_cloud import TOKEN, Cloud
from watched_cameras import camera_of

from edge.camera.block import Facts, Frame
from edge.camera.showing import shown
from edge.config import Config, config_from
from edge.supervisor import run
from edge.wire import (
    MAX_SHOWN_BYTES,
    Answer,
    Configuration,
    Configured,
    Detection,
    Show,
    Shown,
    decode_message,
    encode_message,
)
from edge.wire.cameras import CameraConfig
from edge.wire.configuration import Document, pack


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    cloud = Cloud()
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
def config(cloud: Cloud, models: Path, tmp_path: Path) -> Config:
    gateway = {"url": cloud.url, "uid": "GW-1", "spool": "gw.spool", "state": "."}
    return config_from({"gateway": {**gateway, "models": str(models)}}, "test", tmp_path, {})


@asynccontextmanager
async def running(config: Config, cloud: Cloud, *cameras: CameraConfig) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(config, TOKEN, stop))
        try:
            await cloud.until(lambda: bool(cloud.hellos))
            await configure(cloud, 1, *cameras)
            yield
        finally:
            stop.set()


async def configure(cloud: Cloud, version: int, *cameras: CameraConfig) -> None:
    text = pack(Document(cameras=list(cameras)))
    await cloud.send(Configuration(version, 1, 1, text))
    await cloud.until(lambda: Configured(version) in cloud.heard)


async def ask(cloud: Cloud, id_: str, camera: str = "CAM") -> Shown | Answer:
    await cloud.send(Show(id_, camera))
    answers: list[Shown | Answer] = []

    def is_there() -> bool:
        answers[:] = [f for f in cloud.heard if isinstance(f, Shown | Answer) and f.id == id_]
        return bool(answers)

    await cloud.until(is_there)
    return answers[0]


def phases(cloud: Cloud) -> list[str]:
    return [f.phase for f in cloud.frames("events") if isinstance(f, Detection)]


async def first_picture(cloud: Cloud) -> Shown:
    """Ask until the camera has given one."""
    number = 0
    while not isinstance(said := await ask(cloud, f"first {number}"), Shown):
        assert said.error == "the gateway has not reached the camera yet"
        number += 1
    return said


async def test_the_newest_picture_comes_clean_while_everything_else_goes_on(
    cloud: Cloud, config: Config, http_camera: HttpCamera
) -> None:
    http_camera.size = (640, 360)
    async with running(config, cloud, camera_of("CAM", http_camera.url)):
        await first_picture(cloud)
        began = time.monotonic()
        said = await ask(cloud, "7")
        assert time.monotonic() - began < 2.0
        assert isinstance(said, Shown)
        assert said.age_ms < 1000
        assert abs(said.at - time.time() * 1000) < 5000
        picture = cv2.imdecode(np.frombuffer(said.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (360, 640, 3)
        assert picture[140, 200].tolist() == pytest.approx([0, 0, 255], abs=12)  # red, no box on it
        await cloud.until(lambda: phases(cloud)[:1] == ["start"])
        async with asyncio.TaskGroup() as group:
            for number in range(30):
                group.create_task(ask(cloud, f"many {number}"))
        readings = len(cloud.readings("live"))
        await cloud.until(lambda: len(cloud.readings("live")) > readings)
    assert len(cloud.hellos) == 1


async def test_a_camera_that_fell_silent_shows_its_last_picture_with_its_true_age(
    cloud: Cloud, config: Config, http_camera: HttpCamera
) -> None:
    async with running(config, cloud, camera_of("CAM", http_camera.url)):
        first = await first_picture(cloud)
        http_camera.kill()
        ages = [first.age_ms]
        while ages[-1] < 1500:
            said = await ask(cloud, f"again {len(ages)}")
            assert isinstance(said, Shown)
            ages.append(said.age_ms)
    http_camera.start()  # for the fixture, which kills it


async def test_why_there_is_no_picture_is_said_without_the_address_of_the_camera(
    cloud: Cloud, config: Config, http_camera: HttpCamera
) -> None:
    http_camera.password = "s3cret"
    async with running(config, cloud, camera_of("CAM", http_camera.url)):
        said, number = await ask(cloud, "0"), 0
        while said == Answer(str(number), error="the gateway has not reached the camera yet"):
            number += 1
            said = await ask(cloud, str(number))
        assert said == Answer(str(number), error="the camera refuses user name or password")
        other = await ask(cloud, "other", "CAM-2")
        assert other == Answer("other", error="this camera is not watched")


async def test_the_events_of_a_camera_end_when_the_cloud_takes_it_away(
    cloud: Cloud, config: Config, http_camera: HttpCamera
) -> None:
    async with running(config, cloud, camera_of("CAM", http_camera.url)):
        await cloud.until(lambda: phases(cloud)[:2] == ["start", "update"])
        await configure(cloud, 2)
        await cloud.until(lambda: phases(cloud)[-1] == "end")
        assert isinstance(said := await ask(cloud, "7"), Answer)
        assert said.error == "this camera is not watched"
    assert phases(cloud).count("end") == 1


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 1280), st.integers(1, 1280), st.integers(0, 2**32 - 1))
def test_whatever_the_camera_sees_fits_into_an_answer(width: int, height: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    facts = Facts(1, time.monotonic() - 2, 1_800_000_000_000, 7, 50.0, width, height, width, height)
    answer = shown("7", Frame(facts, noise))
    assert len(answer.jpeg) <= MAX_SHOWN_BYTES
    assert 2000 <= answer.age_ms < 60_000
    assert decode_message(encode_message(answer)) == answer
