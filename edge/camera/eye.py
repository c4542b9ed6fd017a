"""Looks at the newest picture of one camera: gate, models, judgement. Runs on the look thread."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from edge.camera.block import Block, Frame
from edge.camera.evidence import Past, Shot
from edge.camera.heads import HELMETS, without_covered_heads
from edge.camera.judge import Judge
from edge.camera.models import Model
from edge.camera.motion import Flicker, MotionGate, small_grey
from edge.camera.rules import Rule, rules_for
from edge.vision.picture import Picture
from edge.wire import Box, Detection
from edge.wire.cameras import CameraConfig
from edge.wire.detections import Why

OLD_S: Final = 1.0  # a picture older than this shows the past
LOW: Final = 0.5  # boxes with this share of the threshold still continue a track


class Looked(NamedTuple):
    """What came of one look."""

    detections: list[Detection]
    detect_ms: float | None  # that the models took; None: the gate was closed


class Eye:
    """Of one camera. One thread at a time."""

    def __init__(self, camera: CameraConfig, block: Block, models: Sequence[Model]) -> None:
        self._block = block
        self._judge = Judge(camera, self._take(camera, models))
        self._gate = MotionGate(camera.full_every_s)
        self._flicker = Flicker()
        self._past = Past()
        self._number = 0

    def change(self, camera: CameraConfig, models: Sequence[Model]) -> list[Detection]:
        """Look by another configuration from now on; return the ends that follow from it."""
        self._gate.full_every_s = camera.full_every_s
        rules = self._take(camera, models)
        return self._judge.change(camera, rules, time.time_ns() // 1_000_000, time.monotonic())

    def has_new(self, now: float) -> bool:
        """Say whether there is a picture that was not looked at, and is not old."""
        facts = self._block.facts()
        if facts is None or facts.number <= self._number:
            return False
        return now - facts.monotonic_s <= OLD_S

    def look(self, now: float) -> Looked | None:
        """Look at the newest picture; None: there is no new one. Time: monotonic seconds."""
        frame = self._block.read(self._number)
        if frame is None or now - frame.facts.monotonic_s > OLD_S:
            return None
        self._number = frame.facts.number
        at = frame.facts.monotonic_s
        grey = small_grey(frame.picture)
        self._flicker.add(grey, at)
        self._past.add(frame.picture, frame.facts.wall_ms, at)
        if self.camera.motion_gate and not self._gate.wants(grey, at, is_busy=self._judge.is_busy):
            return Looked([], None)
        began = time.perf_counter()
        boxes = self._detect(frame.picture)
        took_ms = (time.perf_counter() - began) * 1000
        return Looked(self._tell(frame, boxes, at), took_ms)

    def finish(self, why: Why) -> list[Detection]:
        """End what is told: the camera is not looked at any more."""
        return self._judge.finish(time.time_ns() // 1_000_000, why)

    def _take(self, camera: CameraConfig, models: Sequence[Model]) -> dict[str, Rule]:
        self.camera, self._models = camera, models
        rules = rules_for(camera, [model.card for model in models])
        self._floors = {label: LOW * rule.threshold for label, rule in rules.items()}
        for label in HELMETS:  # they tell which heads are not bare
            self._floors.setdefault(label, LOW / 2)
        return rules

    def _tell(self, frame: Frame, boxes: list[Box], at: float) -> list[Detection]:
        facts = frame.facts
        aspect = facts.width / facts.height
        shot = Shot(frame.picture, facts.wall_ms, without_covered_heads(boxes, aspect))
        return self._judge.look(shot, self._flicker, self._past, at)

    def _detect(self, picture: Picture) -> list[Box]:
        height, width = picture.shape[:2]
        return [
            _share(found.label, found.score, found.box, width, height)
            for model in self._models
            for found in model.detect(picture)
            if found.score >= self._floors.get(found.label, 2.0)
        ]


def _share(
    label: str, score: float, box: tuple[float, float, float, float], width: int, height: int
) -> Box:
    """A box in pixels as one in shares of the picture."""
    x1, y1 = min(max(box[0] / width, 0.0), 1.0), min(max(box[1] / height, 0.0), 1.0)
    x2, y2 = min(max(box[2] / width, x1), 1.0), min(max(box[3] / height, y1), 1.0)
    numbers = [round(number, 4) for number in (min(score, 1.0), x1, y1, x2 - x1, y2 - y1)]
    return Box(label, *numbers)
