"""The process of a camera may hang, crash or lose its parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from http_camera import HttpCamera
from watched_cameras import Gateway, GatewayMaker, camera_of

from edge.camera import watch

pytestmark = pytest.mark.slow

PARENT = """
import asyncio, multiprocessing, sys
from edge.camera.block import Block
from edge.camera.watch import Watch
from edge.wire.cameras import CameraConfig

async def main():
    camera = CameraConfig(uid="CAM", source=sys.argv[1], models=["red"])
    live = asyncio.Event()
    task = asyncio.create_task(Watch(camera, Block(), lambda *_: live.set()).run())
    await live.wait()
    print(multiprocessing.active_children()[0].pid, flush=True)
    await task

asyncio.run(main())
"""


def process_of(uid: str) -> int:
    names = {p.name: p.pid for p in multiprocessing.active_children()}
    return names.get(f"camera {uid}") or 0


def is_running(pid: int) -> bool:
    """Say whether it runs; a dead one that nobody fetched does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_a_process_that_crashes_is_started_again(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await running.live("CAM")
        os.kill(process_of("CAM"), signal.SIGKILL)
        await running.until(lambda: running.state("CAM") == "lost", 2.0)
        await running.live("CAM")


async def test_a_process_that_hangs_is_lost_within_ten_seconds_then_killed_and_started_again(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await running.live("CAM")
        hanging = process_of("CAM")
        os.kill(hanging, signal.SIGSTOP)
        await running.until(lambda: running.state("CAM") == "lost", 10.0)
        await running.live("CAM")
        assert not is_running(hanging)


async def crash_again_and_again(running: Gateway) -> None:
    crashed = set[int]()
    while len(crashed) < watch.RESTARTS:
        await running.until(lambda: process_of("CAM") not in {0, *crashed})
        crashed.add(pid := process_of("CAM"))
        os.kill(pid, signal.SIGKILL)


async def test_one_that_crashes_again_and_again_is_given_up_and_tried_again_later(
    http_camera: HttpCamera, gateway: GatewayMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "GIVEN_UP_PAUSE_S", 3.0)
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await crash_again_and_again(running)
        await running.until(lambda: running.state("CAM") == "given_up", 5.0)
        await running.live("CAM")


def test_no_process_is_left_behind_when_the_gateway_is_killed(http_camera: HttpCamera) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, http_camera.url], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.kill()
        parent.stdout.read()  # ends when nobody has the pipe any more
    end = time.monotonic() + 10.0
    while is_running(pid):
        assert time.monotonic() < end
        time.sleep(0.05)
