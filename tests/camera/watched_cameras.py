"""Cameras at work, for tests that ask what became of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from edge.camera.cameras import Cameras
from edge.gather import Gather, Happening, Sighting
from edge.report import Reading
from edge.status import CameraStatus
from edge.wire import Detection
from edge.wire.cameras import CameraConfig, LabelRule
from edge.wire.configuration import Document

RED = LabelRule(label="red", clear_s=1.0)


def camera_of(uid: str, source: str, **settings: object) -> CameraConfig:
    """A camera that reports red squares."""
    usual: dict[str, object] = {"models": ["red"], "rules": [RED]}
    return CameraConfig(uid=uid, source=source, **(usual | settings))  # type: ignore[arg-type]


class Gateway:
    """Cameras at work, and everything that they told."""

    def __init__(self, cameras: Cameras, gather: Gather) -> None:
        self.cameras = cameras
        self.gather = gather
        self.readings: list[Reading] = []
        self.happenings: list[Happening] = []
        self.detections: list[Detection] = []
        self.ended: list[asyncio.Task[None]] = []

    async def apply(self, *cameras: CameraConfig) -> None:
        await self.cameras.apply(Document(cameras=list(cameras)), self.ended.append)

    def status(self, uid: str) -> CameraStatus:
        return next(one for one in self.cameras.status() if one.uid == uid)

    def state(self, uid: str) -> str:
        return self.status(uid).state

    def newest_number(self, uid: str) -> int:
        """How many pictures the camera's process has handed over."""
        facts = self.cameras.facts(uid)
        return facts.number if facts else 0

    def newest(self, uid: str, tag: str) -> Reading:
        return [r for r in self.readings if (r.device, r.tag) == (uid, tag)][-1]

    def newest_is(self, uid: str, tag: str, quality: int) -> bool:
        told = [r for r in self.readings if (r.device, r.tag) == (uid, tag)]
        return bool(told) and told[-1].quality == quality

    def phases(self, uid: str) -> list[str]:
        return [d.phase for d in self.detections if d.camera == uid]

    async def until(self, condition: Callable[[], bool], within_s: float = 20.0) -> float:
        """Wait until something is true; return the seconds that it took."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < within_s, [
                (one.uid, one.state) for one in self.cameras.status()
            ]
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def live(self, *uids: str, within_s: float = 30.0) -> float:
        return await self.until(lambda: all(self.state(u) == "live" for u in uids), within_s)

    async def take_forever(self) -> None:
        while batch := await self.gather.take():
            self.readings += batch.readings
            for one in batch.happenings:
                if isinstance(one, Sighting):
                    self.detections.append(one.detection)
                else:
                    self.happenings.append(one)


GatewayMaker = Callable[..., AbstractAsyncContextManager[Gateway]]
