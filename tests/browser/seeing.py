"""A gateway that looks after cameras: it tells detections, with pictures of a rendered scene."""

from __future__ import annotations

import functools
import hashlib
import uuid
from typing import Any

import cv2
from plant import Gateway, now_ms, registry

from devices.cameras import save_camera
from devices.models import Camera
from edge import wire
from edge.sim.scene.scene import HEIGHT, WIDTH, Scene, Truth
from edge.sim.scene.script import SCRIPTS

MODEL = "5e" * 32
MOMENTS = {"fire": 30.0, "smoke": 40.0, "no_helmet": 27.0}  # of the scripts, seconds


@functools.cache
def scene(seed: int, script: str) -> Scene:
    """Build a scene once."""
    return Scene(seed, SCRIPTS[script]())


def picture(seed: int, script: str, role: str = "best", at: int | None = None) -> dict[str, Any]:
    """Return what a detection has of a picture: ``picture`` and ``jpeg``, as keyword arguments."""
    moment = MOMENTS.get(script, 10.0) + {"before": -8.0, "best": 0.0, "after": 6.0}[role]
    image, truths = scene(seed, script).look(moment)
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
    shown = wire.Picture(
        role=role,  # type: ignore[arg-type]
        at=at or now_ms(),
        sha256=hashlib.sha256(data).hexdigest(),
        width=WIDTH,
        height=HEIGHT,
        boxes=[box(truth) for truth in truths if truth.label != "helmet"],
    )
    return {"picture": shown, "jpeg": data}


def box(truth: Truth) -> wire.Box:
    """Write a box as a detector would."""
    x1, y1, x2, y2 = truth.box
    share = {"x": x1 / WIDTH, "y": y1 / HEIGHT, "w": (x2 - x1) / WIDTH, "h": (y2 - y1) / HEIGHT}
    inside = {side: min(1.0, max(0.0, value)) for side, value in share.items()}
    return wire.Box(label=truth.label, score=0.9, **inside)


class SeeingGateway(Gateway):
    """Tells what its cameras see, and waits until it is stored."""

    def add_cameras(self) -> None:
        """Add a camera that the server configures, and one of which it only hears."""
        furnace = self.plant.add_device("FURNACE", area="Hall A")
        self.plant.add_device("AISLE", area="Hall B")
        zone = {"name": "Door", "points": [[0.1, 0.2], [0.6, 0.2], [0.6, 0.9], [0.1, 0.9]]}
        camera = Camera(device=furnace, source="rtsp://192.0.2.9/", zones=[zone])
        camera.model_names = ["fire-smoke"]
        registry(save_camera, camera=camera)
        for tag in registry(lambda: list(furnace.tags.select_related("device"))):
            self.plant.tags[tag.name] = tag

    def see(self, name: str, phase: str = "start", event: str = "", **fields: Any) -> str:
        """Tell one phase of a detection; returns the id of its event."""
        at = fields.pop("at", now_ms())
        known: dict[str, Any] = {
            "id": event or uuid.uuid4().hex,
            "at": at,
            "since": at - 1000,
            "camera": self.plant.devices[name].uid,
            "label": "fire",
            "score": 0.86,
            "peak": 0.91,
            "threshold": 0.5,
            "model": MODEL,
            "track": 7,
        }
        frame = wire.Detection(
            seq=self.next["events"],
            phase=phase,  # type: ignore[arg-type]
            **known | fields,
        )
        self._commit("events", frame)
        return frame.id

    def answer_show(self, jpeg: bytes = b"", *, age_ms: int = 80, error: str = "") -> wire.Show:
        """Wait for somebody who wants to see a camera, and show a picture or say why not."""
        while not isinstance(show := self._read(), wire.Show):
            pass
        if error:
            self._send(wire.Answer(id=show.id, error=error))
        else:
            self._send(wire.Shown(show.id, at=now_ms() - age_ms, age_ms=age_ms, jpeg=jpeg))
        return show

    def _send(self, frame: wire.Up) -> None:
        message = wire.encode_message(frame)
        assert self.socket
        self.socket.send(message, text=isinstance(message, str))
