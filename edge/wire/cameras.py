"""What a gateway shall watch: cameras in the configuration, and the tags they have. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Annotated, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from msgspec import Meta, field

from edge.profile.point import Display, Strict
from edge.wire.basics import UID_PATTERN
from edge.wire.detections import Label

Place = Annotated[float, Meta(ge=0, le=1)]  # share of the width (x) or height (y)
ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
SCHEMES: Final = ("rtsp", "rtsps", "http", "https", "usb", "file", "folder", "scene")


class CameraState(enum.IntEnum):
    """What the ``state`` tag of a camera says."""

    CONNECTING = 0
    LIVE = 1
    FROZEN = 2  # pictures come, and are all the same
    DARK = 3  # pictures come, and show nothing
    LOST = 4  # no connection, or no picture in time
    REFUSED = 5  # the camera does not accept user name or password
    GARBLED = 6  # something comes that cannot be decoded
    GIVEN_UP = 7  # restarted too often: tried again slowly


class CameraTag(NamedTuple):
    """A tag that every camera has."""

    name: str
    unit: str
    decimals: int


CAMERA_TAGS: Final = (
    CameraTag("state", "", 0),  # CameraState; the words are in STATE_WORDS
    CameraTag("fps", "1/s", 1),  # pictures that were looked at
    CameraTag("brightness", "%", 0),  # mean level of the picture
    CameraTag("detect_ms", "ms", 0),  # mean time that the models took
)
CAMERA_SCAN_MS: Final = 1000
CAMERA_SILENCE_MS: Final = 30_000
STATE_WORDS: Final = {str(int(state)): state.name.lower() for state in CameraState}


class Hours(Strict, frozen=True, kw_only=True):
    """Part of a week, by the clock of the camera's time zone."""

    days: Annotated[list[Annotated[int, Meta(ge=0, le=6)]], Meta(min_length=1, max_length=7)]
    start: ClockTime  # Monday is day 0
    end: ClockTime  # not later than ``start``: of the next day


class LabelRule(Strict, frozen=True, kw_only=True):
    """When a camera reports one label of its models."""

    label: Label
    enabled: bool = True
    threshold: Annotated[float, Meta(gt=0, lt=1)] | None = None  # median; None: the model card's
    hits: Annotated[int, Meta(ge=1, le=50)] = 3  # seen in so many
    of: Annotated[int, Meta(ge=1, le=50)] = 5  # of the last pictures that were looked at
    dwell_s: Annotated[float, Meta(ge=0, le=3600)] = 0.0  # it must stay so long
    clear_s: Annotated[float, Meta(ge=0.5, le=3600)] = 5.0  # gone for so long: it has ended
    min_height: Place = 0.0  # smaller boxes are left out
    must_move: bool | None = None  # flicker or grow; None: fire and smoke must, others need not
    hours: Annotated[list[Hours], Meta(max_length=20)] = []  # none: always


class ZoneConfig(Strict, frozen=True, kw_only=True):
    """A polygon in the picture. What stands in it (bottom centre of the box) is in the zone."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    kind: Literal["watch", "mask"] = "watch"  # in a mask nothing is reported
    points: Annotated[list[tuple[Place, Place]], Meta(min_length=3, max_length=50)]
    labels: Annotated[list[Label], Meta(max_length=20)] = []  # none: all


class CameraConfig(Strict, frozen=True, kw_only=True):
    """A camera that the gateway looks at."""

    uid: Annotated[str, Meta(pattern=UID_PATTERN)]
    name: Display = ""
    area: Display = ""
    source: Annotated[str, Meta(min_length=1, max_length=512)]  # URL; see docs/cameras.md
    transport: Literal["tcp", "udp"] = "tcp"  # of RTSP
    models: Annotated[
        list[Annotated[str, Meta(pattern=r"^[a-z0-9_.-]{1,64}\Z")]], Meta(max_length=5)
    ]
    looks_per_s: Annotated[float, Meta(gt=0, le=30)] = 5.0  # pictures to look at
    motion_gate: bool = True  # a still picture is looked at more seldom
    full_every_s: Annotated[float, Meta(ge=0.2, le=60)] = 2.0  # but at least so often
    frozen_s: Annotated[float, Meta(ge=2, le=600)] = 8.0  # the same picture for so long
    dark_level: Annotated[float, Meta(ge=0, le=50)] = 4.0  # percent of full brightness
    update_every_s: Annotated[float, Meta(ge=1, le=600)] = 10.0  # of an event that lasts
    time_zone: Annotated[str, Meta(max_length=64)] = "UTC"
    rules: list[LabelRule] = field(name="rule", default_factory=list)  # none: as the cards say
    zones: list[ZoneConfig] = field(name="zone", default_factory=list)


def camera_mistakes(camera: CameraConfig) -> Iterator[str]:
    """Say in plain words what contradicts itself, each with the setting at fault."""
    where = f"camera {camera.uid}"
    scheme = urlsplit(camera.source).scheme if ":" in camera.source else ""
    if scheme not in SCHEMES:
        yield f"{where}: source: starts with one of {', '.join(f'{each}:' for each in SCHEMES)}"
    if not camera.models:
        yield f"{where}: models: name at least one"
    yield from _twice(f"{where}: rule", [rule.label for rule in camera.rules])
    yield from _twice(f"{where}: zone", [zone.name for zone in camera.zones])
    for rule in camera.rules:
        if rule.hits > rule.of:
            yield f"{where}: rule {rule.label}: hits: {rule.hits} of {rule.of} cannot be"


def _twice(where: str, names: list[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{where}: {name} is there twice"


def camera_tags(camera: CameraConfig) -> list[tuple[str, str]]:
    """The (device uid, tag name) pairs of a camera."""
    return [(camera.uid, tag.name) for tag in CAMERA_TAGS]
