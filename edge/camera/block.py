"""The newest picture of a camera, in memory that the process which grabs and the gateway share.

Two slots: the writer fills the one that nobody was told of, and then says that it is the newest. A
reader that is overtaken while it copies sees it by the stamps, and reads again; so no picture is
ever torn, and neither side ever waits for the other.
"""

from __future__ import annotations

import struct
import zlib
from multiprocessing.shared_memory import SharedMemory
from typing import Final, NamedTuple, cast

import cv2
import numpy as np

from edge.vision.picture import Picture

LONGEST_SIDE: Final = 1280  # pixels; a larger picture is made smaller before it is handed over
_SLOT_BYTES: Final = LONGEST_SIDE * LONGEST_SIDE * 3
_NEWEST: Final = struct.Struct("=Q")
_HEAD: Final = struct.Struct("=QdQIdIIIIQ")  # number, the facts of a picture, number again
_HEADS: Final = 64  # offset of the two heads
_PICTURES: Final = 4096  # offset of the two pictures
_BYTES: Final = _PICTURES + 2 * _SLOT_BYTES
_TRIES: Final = 3  # the writer is never that fast


class Facts(NamedTuple):
    """What is known of a picture without looking at it."""

    number: int  # from 1
    monotonic_s: float  # when it was taken; the clock is that of the machine, not of the process
    wall_ms: int  # source time, UTC epoch milliseconds
    fingerprint: int  # equal for equal pictures
    brightness: float  # mean level, percent
    width: int
    height: int
    source_width: int  # before it was made smaller
    source_height: int


class Frame(NamedTuple):
    """A picture and its facts."""

    facts: Facts
    picture: Picture


class Block:
    """Shared memory for one camera. One process writes, the one that created it reads."""

    def __init__(self, name: str | None = None) -> None:
        """Create a block, or attach to that of a name."""
        self._memory = SharedMemory(name, create=name is None, size=_BYTES)
        self._number = self._newest()  # go on after a predecessor
        self._is_mine = name is None

    @property
    def name(self) -> str:
        """For the process that writes."""
        return self._memory.name

    @property
    def count(self) -> int:
        """How many pictures this process has put in."""
        return self._number

    def write(self, picture: Picture, monotonic_s: float, wall_ms: int) -> None:
        """Put in a picture (H, W, 3) BGR of any size; it becomes the newest."""
        source_height, source_width = picture.shape[:2]
        picture = shrink(picture, LONGEST_SIDE)
        self._number += 1
        slot = self._number % 2
        height, width = picture.shape[:2]
        facts = (monotonic_s, wall_ms, fingerprint_of(picture), brightness_of(picture))
        head = _HEADS + slot * _HEAD.size
        # A head whose two numbers differ is one that is being written.
        _NEWEST.pack_into(self._buffer, head + _HEAD.size - _NEWEST.size, 0)
        self._pixels(slot, width, height)[:] = picture
        sizes = (width, height, source_width, source_height)
        packed = (self._number, *facts, *sizes, self._number)
        _HEAD.pack_into(self._buffer, head, *packed)
        _NEWEST.pack_into(self._buffer, 0, self._number)

    def facts(self) -> Facts | None:
        """Facts of the newest picture; None: there is none yet."""
        for _ in range(_TRIES):
            newest = self._newest()
            if newest == 0:
                return None
            head = _HEADS + newest % 2 * _HEAD.size
            *facts, again = _HEAD.unpack_from(self._buffer, head)
            if facts[0] == again == newest:
                return Facts(*facts)
        return None

    def read(self, after: int = 0) -> Frame | None:
        """A copy of the newest picture; None: there is none after this number."""
        for _ in range(_TRIES):
            facts = self.facts()
            if facts is None or facts.number <= after:
                return None
            pixels = self._pixels(facts.number % 2, facts.width, facts.height).copy()
            if (
                self._newest() == facts.number
            ):  # then the writer has at most begun with the other slot
                return Frame(facts, pixels)
        return None

    def close(self) -> None:
        """Let go of the memory; its creator also removes it."""
        self._memory.close()
        if self._is_mine:
            self._memory.unlink()

    @property
    def _buffer(self) -> memoryview:
        return cast("memoryview", self._memory.buf)  # it is open

    def _newest(self) -> int:
        return int(_NEWEST.unpack_from(self._buffer, 0)[0])

    def _pixels(self, slot: int, width: int, height: int) -> Picture:
        at = _PICTURES + slot * _SLOT_BYTES
        return np.ndarray((height, width, 3), np.uint8, self._buffer, at)


def shrink(picture: Picture, longest: int) -> Picture:
    """The picture, or a smaller one whose longer side has so many pixels."""
    height, width = picture.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def fingerprint_of(picture: Picture) -> int:
    """A number that is the same for the same picture, from a sixteenth of its pixels."""
    return zlib.crc32(np.ascontiguousarray(picture[::4, ::4]).data)


def brightness_of(picture: Picture) -> float:
    """Mean level in percent, from a sixteenth of the pixels."""
    return float(picture[::4, ::4].mean()) / 2.55
