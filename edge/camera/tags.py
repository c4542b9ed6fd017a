"""What the tags of a camera say, reported by exception like those of a PLC. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from edge.profile import Point
from edge.report import Reading, Reporter
from edge.wire import Quality
from edge.wire.cameras import CAMERA_SCAN_MS, CAMERA_SILENCE_MS, CAMERA_TAGS, CameraState

_DEADBANDS: Final = {"fps": 0.3, "brightness": 1.0, "detect_ms": 5.0}
_SUSPECT: Final = {CameraState.FROZEN, CameraState.DARK}


class Sample(NamedTuple):
    """How a camera does at one moment."""

    state: CameraState
    fps: float  # pictures a second that were looked at
    brightness: float | None  # percent; None: there is no picture
    detect_ms: float | None  # None: the models were not asked yet, or fail


class CameraReporter:
    """Of one camera."""

    def __init__(self, uid: str) -> None:
        self._reporters = {
            tag.name: Reporter(
                uid,
                Point(
                    name=tag.name,
                    unit=tag.unit,
                    address=0,  # a camera has no registers
                    type="float64",
                    scan_ms=CAMERA_SCAN_MS,
                    silence_ms=CAMERA_SILENCE_MS,
                    deadband=_DEADBANDS.get(tag.name, 0.0),
                ),
            )
            for tag in CAMERA_TAGS
        }

    def judge(self, sample: Sample, now_ms: int) -> list[Reading]:
        """Return the readings that are worth a report. Times: UTC epoch milliseconds."""
        readings = []
        for name, (value, quality) in _values(sample).items():
            if reading := self._reporters[name].judge(now_ms, quality, value):
                readings.append(reading)
        return readings


def _values(sample: Sample) -> dict[str, tuple[float | None, Quality]]:
    """Value and quality of each tag: what no picture stands behind has no value."""
    seen = {"fps": sample.fps, "brightness": sample.brightness, "detect_ms": sample.detect_ms}
    values: dict[str, tuple[float | None, Quality]] = {
        name: _judged(value, sample.state) for name, value in seen.items()
    }
    return {"state": (float(sample.state), Quality.GOOD), **values}


def _judged(value: float | None, state: CameraState) -> tuple[float | None, Quality]:
    if value is None or state not in {CameraState.LIVE, *_SUSPECT}:
        return None, Quality.NOT_CONNECTED
    return round(value, 1), Quality.UNCERTAIN if state in _SUSPECT else Quality.GOOD
