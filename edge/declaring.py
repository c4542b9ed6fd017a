"""What every tag number stands for, and what the cloud must still be told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from edge.outbox import Outbox
from edge.wire import TagDecl, Tags
from edge.wire.cameras import CAMERA_SCAN_MS, CAMERA_SILENCE_MS, CAMERA_TAGS, camera_tags
from edge.wire.configuration import Document

LONGEST_SILENCE_MS: Final = 86_400_000  # of a tag that is only read when somebody asks
_TAGS_IN_A_FRAME: Final = 500  # with the longest names still far from the limit of a frame


class Declared:
    """All numbers of the spool. What changes goes to the outbox, ahead of the readings."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._tags: dict[int, TagDecl] = {}

    def change(self, document: Document, numbers: Mapping[tuple[str, str], int]) -> None:
        """Declare what a document makes of the numbers."""
        before, self._tags = self._tags, {tag.n: tag for tag in declare_tags(document, numbers)}
        changed = [tag for tag in self._tags.values() if before.get(tag.n) != tag]
        for tags in _cut(changed) if changed else []:
            self._outbox.put(Tags(tags))

    def frames(self) -> list[list[TagDecl]]:
        """Everything, cut into what one frame each can carry; at least one, perhaps empty."""
        return _cut(list(self._tags.values()))


def _cut(tags: list[TagDecl]) -> list[list[TagDecl]]:
    cuts = range(0, max(1, len(tags)), _TAGS_IN_A_FRAME)
    return [tags[at : at + _TAGS_IN_A_FRAME] for at in cuts]


def declare_tags(document: Document, numbers: Mapping[tuple[str, str], int]) -> list[TagDecl]:
    """Say what every number stands for, also those that only old frames still use."""
    known = dict(_of_devices(document)) | dict(_of_cameras(document))
    return [
        TagDecl(n=n, device=device, name=name, **known.get((device, name), {}))
        for (device, name), n in numbers.items()
    ]


def _of_devices(document: Document) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for device in document.devices:
        for tag in device.tags:
            silence_ms = LONGEST_SILENCE_MS if tag.scan == "demand" else tag.silence_ms
            times = {"scan_ms": tag.scan_ms, "silence_ms": silence_ms}
            yield (device.uid, tag.name), {"unit": tag.unit, **times}


def _of_cameras(document: Document) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for camera in document.cameras:
        for tag in CAMERA_TAGS:
            times = {"scan_ms": CAMERA_SCAN_MS, "silence_ms": CAMERA_SILENCE_MS}
            yield (camera.uid, tag.name), {"unit": tag.unit, **times}


def tags_of(document: Document) -> list[tuple[str, str]]:
    """The (device uid, tag name) pairs of a document."""
    tags = [(device.uid, tag.name) for device in document.devices for tag in device.tags]
    return tags + [tag for camera in document.cameras for tag in camera_tags(camera)]
