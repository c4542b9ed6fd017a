"""A real gateway in this process: its own judgement, spool and transmitter, and a moved clock."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from edge.camera.evidence import Past, Shot
from edge.camera.judge import Judge
from edge.camera.motion import Flicker, small_grey
from edge.camera.rules import Rule
from edge.config import load_config
from edge.gather import Sighting
from edge.store import Store
from edge.supervisor import Gateway
from edge.tokens import Tokens
from edge.wire import Box, Detection
from edge.wire.cameras import CameraConfig

FIRE = Rule("fire", "5e" * 32, 0.5, 3, 5, 0.0, 1.0, 0.0, must_move=False, hours=())
STEP_MS = 200  # between two pictures
SEEN = 5  # pictures that show the fire
GONE = 8  # pictures until it has ended


class FilmingGateway:
    """Judges pictures of any time, and tells the cloud what it sees as soon as that is there."""

    def __init__(self, url: str, uid: str, token: str, camera: str, folder: Path) -> None:
        path = folder / "gateway.toml"
        path.write_text(
            f'[gateway]\nurl = "{url.replace("http", "ws", 1)}/ws/v1/gateway"\n'
            f'uid = "{uid}"\nspool = "gateway.spool"\n'
        )
        self._config = load_config(path, environ={})
        self._token = token
        config = CameraConfig(uid=camera, source="usb:0", models=["x"])
        self._judge = Judge(config, {"fire": FIRE})
        self._flicker, self._past = Flicker(), Past()
        self._pictures = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._gateway: Gateway
        self._stop: asyncio.Event

    @contextmanager
    def running(self) -> Iterator[FilmingGateway]:
        """Run it until the end of the block."""
        thread = threading.Thread(target=self._loop.run_until_complete, args=[self._run()])
        thread.start()
        assert self._ready.wait(30)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join(30)
            self._loop.close()

    def burn(self, at_ms: int) -> str:
        """Film a fire that is seen first at that time, until it is over; return its event."""
        (event,) = {told.id for told in self.light(at_ms) + self.put_out(at_ms + SEEN * STEP_MS)}
        return event

    def light(self, at_ms: int) -> list[Detection]:
        """Film a fire until it is told."""
        box = Box(label="fire", score=0.9, x=0.4, y=0.4, w=0.2, h=0.3)
        return self._film([box], SEEN, at_ms)

    def put_out(self, at_ms: int) -> list[Detection]:
        """Film until the fire is over."""
        return self._film([], GONE, at_ms)

    def _film(self, found: list[Box], pictures: int, at_ms: int) -> list[Detection]:
        told: list[Detection] = []
        for number in range(pictures):
            self._pictures += 1
            now, taken = self._pictures * STEP_MS / 1000, at_ms + number * STEP_MS
            pixels = np.full((180, 320, 3), self._pictures % 256, np.uint8)
            self._flicker.add(small_grey(pixels), now)
            self._past.add(pixels, taken, now)
            told += self._judge.look(Shot(pixels, taken, found), self._flicker, self._past, now)
        asyncio.run_coroutine_threadsafe(self._put(told), self._loop).result(30)
        return told

    async def _put(self, told: list[Detection]) -> None:
        await self._gateway._gather.put([], [Sighting(one) for one in told])

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        store = await Store.open(self._config.path(self._config.gateway.spool), 64 * 1024 * 1024)
        self._gateway = Gateway(self._config, Tokens(self._config.state, self._token), store)
        self._ready.set()
        try:
            await self._gateway.run(self._stop)
        finally:
            await store.close()
