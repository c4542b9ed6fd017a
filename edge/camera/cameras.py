"""The cameras of a document, changed while they run; what they need is imported with the first."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from edge.camera.tags import CameraReporter, Sample
from edge.camera.trouble import place_of
from edge.camera.unfinished import Unfinished
from edge.config import ConfigError
from edge.gather import Gather, Happening, Sighting
from edge.report import Reading
from edge.status import CameraStatus
from edge.wire import MAX_TEXT, Answer, Detection, Reply, Show
from edge.wire.cameras import CAMERA_SCAN_MS, CameraConfig, CameraState
from edge.wire.configuration import Document
from edge.wire.detections import Why
from edge.wire.shown import NONE_YET, NOT_WATCHED, WHY_NONE

if TYPE_CHECKING:
    from edge.camera.block import Facts
    from edge.camera.look import Looker, Turn
    from edge.camera.models import Model, Models
    from edge.camera.watch import Watch

logger = logging.getLogger(__name__)

Ended = Callable[[asyncio.Task[None]], None]
_PACKAGES: Final = "cameras need the packages of requirements-vision.txt"


class CameraError(ConfigError):
    """The cameras of a document cannot be watched. The message says why."""


class Running(NamedTuple):
    """One camera at work."""

    config: CameraConfig
    watch: Watch
    turn: Turn
    reporter: CameraReporter
    task: asyncio.Task[None]


class Cameras:
    """``apply`` documents, and ``stop``."""

    def __init__(self, gather: Gather, models: Path, data: Path, *, is_patient: bool) -> None:
        """Watch nothing yet.

        Args:
            gather: takes readings, happenings and sightings.
            models: folder of the model cards.
            data: the gateway's state folder.
            is_patient: the first document is put to work even if a model of it is missing: the
                cloud sent it, and the devices in it are read whatever became of a model.
        """
        self._gather = gather
        self._folders = (models, data)
        self._unfinished = Unfinished(data)
        self._is_patient = is_patient
        self._is_first = True
        self._running: dict[str, Running] = {}
        self._models: Models | None = None
        self._looker: Looker | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._news: list[Happening] = []
        self._newly = asyncio.Event()

    async def apply(self, document: Document, ended: Ended) -> None:
        """Watch these cameras and no others.

        One that is configured as before goes on; where only its rules, zones, models and the like
        have changed, its process and its pictures go on too.

        Args:
            document: what to watch.
            ended: is told of each task that ends, which none should.

        Raises:
            CameraError: a model or a package is missing. Apply what was at work before again.
        """
        if self._is_first:
            await self._end_leftovers()
        wanted = {camera.uid: camera for camera in document.cameras}
        for uid, running in list(self._running.items()):
            if not _goes_on(running, wanted.get(uid)):
                await self._end(self._running.pop(uid), "changed")
        known = {uid: running.config for uid, running in self._running.items()}
        new = [camera for uid, camera in wanted.items() if camera != known.get(uid)]
        if new:
            looker, models = await self._begin(ended)
            for camera in new:
                if before := self._running.get(camera.uid):
                    changed = await self._change(before, camera, looker, models)
                else:
                    changed = await self._watch(camera, looker, models, ended)
                self._running[camera.uid] = changed
        if self._models:
            self._models.keep({name for camera in document.cameras for name in camera.models})
        self._is_first = False

    def status(self) -> list[CameraStatus]:
        """How the cameras do."""
        now = time.monotonic()
        return [_status(running, now) for running in self._running.values()]

    def facts(self, uid: str) -> Facts | None:
        """What is known of the newest picture of a camera; None: it has none."""
        return self._running[uid].watch.block.facts()

    async def show(self, question: Show) -> Reply:
        """The newest picture of a camera, however old it is, or why there is none."""
        running = self._running.get(question.camera)
        if running is None:
            return Answer(question.id, error=NOT_WATCHED)
        from edge.camera.showing import shown

        frame = running.watch.block.read()  # a copy: the camera may be taken away meanwhile
        if frame is None:
            return Answer(question.id, error=WHY_NONE.get(running.watch.state, NONE_YET))
        return await asyncio.to_thread(shown, question.id, frame)

    async def stop(self) -> None:
        """Watch nothing any more, and end all events."""
        for uid in list(self._running):
            await self._end(self._running.pop(uid), "stopped")
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._looker:
            self._looker.close()
        await self._tell_news()
        self._tasks, self._looker, self._models = [], None, None

    # ------------------------------------------------------------ one camera

    async def _watch(
        self, camera: CameraConfig, looker: Looker, models: Models, ended: Ended
    ) -> Running:
        from edge.camera.block import Block
        from edge.camera.eye import Eye
        from edge.camera.watch import Watch

        _check_zone(camera)
        loaded = await looker.on_thread(partial(self._load, camera, models))
        block = Block()
        watch = Watch(camera, block, partial(self._changed, camera.uid))
        turn = looker.add(Eye(camera, block, loaded))
        task = asyncio.create_task(watch.run(), name=f"watch {camera.uid}")
        task.add_done_callback(ended)
        return Running(camera, watch, turn, CameraReporter(camera.uid), task)

    async def _change(
        self, running: Running, camera: CameraConfig, looker: Looker, models: Models
    ) -> Running:
        """Look by another configuration at what the same process grabs."""
        _check_zone(camera)
        loaded = await looker.on_thread(partial(self._load, camera, models))
        running.watch.change(camera)
        await looker.change(running.turn, partial(running.turn.eye.change, camera, loaded))
        return running._replace(config=camera)

    def _load(self, camera: CameraConfig, models: Models) -> Sequence[Model]:
        from edge.camera.models import ModelError

        try:
            return models.load_for(camera)
        except ModelError as error:
            if not (self._is_patient and self._is_first):
                raise CameraError(f"camera {camera.uid}: {error}") from error
            logger.error("camera %s is watched without its models: %s", camera.uid, error)
            self._happened("camera.blind", camera.uid, str(error))
            return []

    async def _end(self, running: Running, why: Why) -> None:
        running.task.cancel()
        await asyncio.wait([running.task])
        if self._looker:
            await self._looker.remove(running.turn, why)
        running.watch.block.close()

    # ------------------------------------------------------------ what is told

    async def _begin(self, ended: Ended) -> tuple[Looker, Models]:
        """Import what cameras need, and start to look."""
        try:
            await asyncio.to_thread(import_module, "edge.camera.look")  # takes a second
            from edge.camera.look import Looker
            from edge.camera.models import Models
        except ImportError as error:
            raise CameraError(f"{_PACKAGES}: {error}") from error
        if self._looker is None or self._models is None:
            self._looker, self._models = Looker(self._sighted), Models(*self._folders)
            for run, name in ((self._looker.run, "look"), (self._report_forever, "cameras")):
                task = asyncio.create_task(run(), name=name)
                self._tasks.append(task)
        for task in self._tasks:
            task.add_done_callback(ended)
        return self._looker, self._models

    async def _sighted(self, detections: list[Detection]) -> None:
        if detections:
            await asyncio.to_thread(self._unfinished.begin, detections)
            await self._gather.put([], [Sighting(detection) for detection in detections])
            await asyncio.to_thread(self._unfinished.end, detections)

    async def _end_leftovers(self) -> None:
        now_ms = time.time_ns() // 1_000_000
        await self._sighted(await asyncio.to_thread(self._unfinished.left, now_ms))

    def _changed(self, uid: str, state: CameraState, why: str) -> None:
        word = state.name.lower()
        self._happened("camera.state", uid, f"{word}: {why}" if why else word)

    def _happened(self, kind: str, uid: str, detail: str) -> None:
        now_ms = time.time_ns() // 1_000_000
        self._news.append(Happening(kind, uid, now_ms, detail[:MAX_TEXT]))
        self._newly.set()

    async def _report_forever(self) -> None:
        period_s = CAMERA_SCAN_MS / 1000
        due = time.monotonic()
        while True:
            try:
                async with asyncio.timeout_at(_loop_time(due)):
                    await self._newly.wait()
            except TimeoutError:
                due = max(due + period_s, time.monotonic())
                await self._gather.put(self._readings())
            await self._tell_news()

    async def _tell_news(self) -> None:
        self._newly.clear()
        news, self._news = self._news, []
        await self._gather.put([], news)

    def _readings(self) -> list[Reading]:
        now, now_ms = time.monotonic(), time.time_ns() // 1_000_000
        readings = []
        for running in self._running.values():
            facts = self.facts(running.config.uid)
            turn = running.turn
            brightness = facts.brightness if facts else None
            sample = Sample(running.watch.state, turn.rate(now), brightness, turn.detect_ms)
            readings += running.reporter.judge(sample, now_ms)
        return readings


def _goes_on(running: Running, camera: CameraConfig | None) -> bool:
    from edge.camera.watch import is_same_source

    is_wanted = camera is not None and is_same_source(running.config, camera)
    return is_wanted and not running.task.done()


def _status(running: Running, now: float) -> CameraStatus:
    facts = running.watch.block.facts()
    return CameraStatus(
        uid=running.config.uid,
        state=running.watch.state.name.lower(),
        fps=running.turn.rate(now),
        detect_ms=running.turn.detect_ms,
        place=place_of(running.config.source),
        why=running.watch.why,
        size=(facts.source_width, facts.source_height) if facts else None,
    )


def _loop_time(monotonic_s: float) -> float:
    return asyncio.get_running_loop().time() + monotonic_s - time.monotonic()


def _check_zone(camera: CameraConfig) -> None:
    try:
        ZoneInfo(camera.time_zone)
    except (ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise CameraError(f"camera {camera.uid}: time_zone: {error}") from error
    except KeyError as error:
        text = f"camera {camera.uid}: time_zone: there is no {camera.time_zone!r}"
        raise CameraError(text) from error
