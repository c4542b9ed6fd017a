"""Events that began and have not ended, on the disk: a gateway that is killed ends them later."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from edge.durable import write_durably
from edge.wire import Detection

logger = logging.getLogger(__name__)

FILE: Final = "detections.json"


class Unfinished:
    """Note phases before they are told; ends, after. Both may be told twice, none is missing."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._open: dict[str, Detection] = {}

    def left(self, now_ms: int) -> list[Detection]:
        """The ends of what the last run of the gateway could not end.

        Args:
            now_ms: UTC epoch milliseconds.
        """
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=list[Detection])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError) as error:
            logger.warning("%s cannot be read: %s", self._path, error)
            return []
        self._open |= {one.id: one for one in found}
        return [
            msgspec.structs.replace(one, phase="end", at=max(now_ms, one.since), why="stopped")
            for one in found
        ]

    def begin(self, detections: Sequence[Detection]) -> None:
        """Note what begins, before it is told."""
        new = [one for one in detections if one.phase == "start"]
        bare = [msgspec.structs.replace(one, picture=None, jpeg=b"", seq=1) for one in new]
        self._keep(self._open | {one.id: one for one in bare})

    def end(self, detections: Sequence[Detection]) -> None:
        """Note what ends, after it was told."""
        ended = {one.id for one in detections if one.phase == "end"}
        self._keep({id_: one for id_, one in self._open.items() if id_ not in ended})

    def _keep(self, now_open: dict[str, Detection]) -> None:
        if now_open.keys() == self._open.keys():
            return
        self._open = now_open
        try:
            write_durably(self._path, msgspec.json.encode(list(now_open.values())))
        except OSError as error:
            logger.warning("%s cannot be written: %s", self._path, error)
