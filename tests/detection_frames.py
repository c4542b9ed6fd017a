"""Detections and pictures as gateways send them, for tests of the cloud."""

from __future__ import annotations

import hashlib
import io
import time
import uuid
from typing import Any

from PIL import Image

from edge import wire

MODEL = "5" * 64


def now_ms() -> int:
    return int(time.time() * 1000)


def jpeg(width: int = 640, height: int = 360, colour: str = "orange", **options: Any) -> bytes:
    """Draw a picture of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, "JPEG", **options)
    return stream.getvalue()


def picture(data: bytes, role: str = "best", **changes: Any) -> wire.Picture:
    fields: dict[str, Any] = {
        "role": role,
        "at": now_ms(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "width": 640,
        "height": 360,
        "boxes": [wire.Box(label="fire", score=0.9, x=0.1, y=0.2, w=0.3, h=0.4)],
    }
    return wire.Picture(**fields | changes)


def detection(seq: int, phase: str = "start", data: bytes = b"", **changes: Any) -> wire.Detection:
    """Make a phase of a detection, with a picture if there are bytes."""
    now = now_ms()
    fields: dict[str, Any] = {
        "seq": seq,
        "id": uuid.UUID(int=7).hex,
        "phase": phase,
        "at": now,
        "since": now - 1000,
        "camera": "CAM-1",
        "label": "fire",
        "score": 0.8,
        "peak": 0.9,
        "threshold": 0.5,
        "model": MODEL,
        "zone": "furnace",
        "picture": picture(data) if data else None,
        "jpeg": data,
    }
    return wire.Detection(**fields | changes)
