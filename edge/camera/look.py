"""Looks at all cameras in turn, on one thread: the models are shared and each is used by one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from edge.camera.eye import Eye
from edge.camera.pace import Wish, smooth, stretch
from edge.wire import Detection
from edge.wire.detections import Why

logger = logging.getLogger(__name__)

SOON_S: Final = 0.01  # until a picture that is late is asked for again
LATER_S: Final = 0.25  # the same for a camera without pictures
RATE_OVER_S: Final = 5.0
_FIRST_COST_S: Final = 0.05  # a guess until one look was measured

Result = TypeVar("Result")
Tell = Callable[[list[Detection]], Awaitable[None]]


class Turn:
    """When a camera is looked at next, and how it went so far. Times: monotonic seconds."""

    def __init__(self, eye: Eye, now: float) -> None:
        self.eye = eye
        self.due = self._began = now
        self.detect_ms: float | None = None  # None: nothing measured, or it failed
        self._cost_s: float | None = None
        self._looks: deque[float] = deque()
        self._fails = False

    @property
    def wish(self) -> Wish:
        """What it asks for."""
        return Wish(self.eye.camera.looks_per_s, self._cost_s or _FIRST_COST_S)

    def looked(self, took_s: float, detect_ms: float | None, now: float, longer: float) -> None:
        """It was looked at."""
        self._cost_s = smooth(self._cost_s, took_s)
        if detect_ms is not None:
            self.detect_ms = smooth(self.detect_ms, detect_ms)
        self._looks.append(now)
        self.due = max(now, self.due + longer / self.eye.camera.looks_per_s)
        self._fails = False

    def failed(self, error: Exception, now: float) -> None:
        """A look raised an error; told once, until one works again."""
        if not self._fails:
            uid = self.eye.camera.uid
            logger.error("pictures of camera %s cannot be judged", uid, exc_info=error)
        self._fails, self.detect_ms = True, None
        self.due = now + LATER_S

    def missed(self, now: float) -> None:
        """There was no new picture."""
        is_live = bool(self._looks) and now - self._looks[-1] < 1.0
        self.due = now + (SOON_S if is_live else LATER_S)

    def rate(self, now: float) -> float:
        """Pictures a second that were looked at."""
        while self._looks and now - self._looks[0] > RATE_OVER_S:
            self._looks.popleft()
        return len(self._looks) / max(1.0, min(RATE_OVER_S, now - self._began))


class Looker:
    """``run`` it until cancelled; add and remove cameras meanwhile."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="look")
        self._turns: list[Turn] = []
        self._wake = asyncio.Event()
        self._one = asyncio.Lock()  # what one look found is told before anything else happens

    async def on_thread(self, work: Callable[[], Result]) -> Result:
        """Do something where the models may be used."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def add(self, eye: Eye) -> Turn:
        """Look at a camera from now on."""
        turn = Turn(eye, time.monotonic())
        self._turns.append(turn)
        self._wake.set()
        return turn

    async def remove(self, turn: Turn, why: Why) -> None:
        """Look at it no more, and end its events."""
        async with self._one:
            self._turns.remove(turn)
            await self._tell(await self.on_thread(partial(turn.eye.finish, why)))

    async def change(self, turn: Turn, change: Callable[[], list[Detection]]) -> None:
        """Change how a camera is looked at, between two looks; tell what follows from it."""
        async with self._one:
            await self._tell(await self.on_thread(change))
        turn.due = time.monotonic()
        self._wake.set()

    async def run(self) -> None:
        """Look."""
        while True:
            turn = min(self._turns, key=lambda turn: turn.due, default=None)
            wait_s = None if turn is None else turn.due - time.monotonic()
            if turn is None or (wait_s is not None and wait_s > 0):
                await self._wait(wait_s)
                continue
            async with self._one:
                if turn in self._turns:  # it may have been removed meanwhile
                    await self._look(turn)

    async def _look(self, turn: Turn) -> None:
        began = time.monotonic()
        if not turn.eye.has_new(began):
            turn.missed(began)
            return
        try:
            looked = await self.on_thread(partial(turn.eye.look, began))
        except Exception as error:  # noqa: BLE001 - of a model or a codec; the other cameras go on
            turn.failed(error, time.monotonic())
            return
        now = time.monotonic()
        if looked is None:
            turn.missed(now)
            return
        longer = stretch(turn.wish for turn in self._turns if turn.rate(now))
        turn.looked(now - began, looked.detect_ms, now, longer)
        await self._tell(looked.detections)

    async def _wait(self, seconds: float | None) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass  # somebody is due

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False)
