"""Every camera of a document: whether a picture comes, and how large it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import closing
from typing import TYPE_CHECKING, Final

from edge.camera.trouble import place_of
from edge.config import Config
from edge.status import CameraStatus
from edge.verdict import Verdict, bad, good
from edge.wire.cameras import CameraConfig, CameraState

if TYPE_CHECKING:
    from edge.camera.watch import Watch

TIMEOUT_S: Final = 15.0  # what reads a camera is started first, and gives up after 5 s itself
POLL_S: Final = 0.1
_WORDS: Final = {
    "frozen": "always sends the same picture",
    "dark": "sends pictures that are dark",
    "lost": "gives no pictures",
    "refused": "refuses user name or password",
    "garbled": "sends something that is no picture",
    "given_up": "what reads it ended too often; it is tried again every 30 s",
}


async def check_cameras(cameras: list[CameraConfig], config: Config) -> AsyncIterator[Verdict]:
    """Wait for one picture of each camera, one after another, and load its models."""
    for camera in cameras:
        try:
            yield await _look(camera)
            yield await asyncio.to_thread(_models, camera, config)
        except ImportError as error:
            text = f"{camera.uid}: needs the packages of requirements-vision.txt: {error}"
            yield bad("camera", text)


async def _look(camera: CameraConfig) -> Verdict:
    from edge.camera.block import Block
    from edge.camera.watch import Watch

    with closing(Block()) as block:
        watch = Watch(camera, block, lambda *_: None)
        running = asyncio.create_task(watch.run())
        try:
            return await _first_picture(camera, watch)
        finally:
            running.cancel()
            await asyncio.wait([running])


async def _first_picture(camera: CameraConfig, watch: Watch) -> Verdict:
    began = time.monotonic()
    while (took_s := time.monotonic() - began) < TIMEOUT_S:
        if facts := watch.block.facts():
            size = f"{facts.source_width}x{facts.source_height}"
            place = place_of(camera.source)
            return good("camera", f"{camera.uid}: {place}: a picture of {size} in {took_s:.1f} s")
        if watch.why:
            return bad("camera", f"{camera.uid}: {watch.why}")
        await asyncio.sleep(POLL_S)
    return bad("camera", f"{camera.uid}: {place_of(camera.source)}: no picture in {TIMEOUT_S:g} s")


def _models(camera: CameraConfig, config: Config) -> Verdict:
    from edge.camera.models import ModelError, Models

    names = ", ".join(camera.models)
    try:
        Models(config.models, config.state).load_for(camera)
    except ModelError as error:
        return bad("models", f"{camera.uid}: {error}")
    return good("models", f"{camera.uid}: {names} can be used")


def verdict_of_camera(camera: CameraStatus) -> Verdict:
    """Say how a camera does on the gateway that runs."""
    where = f"{camera.uid}: {camera.place}"
    if camera.state == CameraState.LIVE.name.lower() and camera.size:
        size = f"{camera.size[0]}x{camera.size[1]}"
        return good("camera", f"{where}: pictures of {size}, {camera.fps:.1f} looked at a second")
    if camera.state == CameraState.CONNECTING.name.lower():
        return good("camera", f"{where}: not reached yet")
    if camera.why:  # which names the place
        return bad("camera", f"{camera.uid}: {camera.why}")
    return bad("camera", f"{where}: {_WORDS.get(camera.state, camera.state)}")
