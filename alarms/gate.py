"""The image gate: lets through what is a plain JPEG of a sensible size, as we write it ourselves.

What a gateway sends is not believed. The structure is read first, without decoding anything: sides,
colours, number of scans. What holds is put together from the parts that make the picture, so that
EXIF, colour profiles, comments and whatever follows the picture never reach a decoder. The rest is
decoded and written anew. `Refused` has the documented reasons (docs/cameras.md).

Run as a program (gatekeeper.py starts it), it answers pictures on standard input one by one, under
limits of processor time and memory. It knows nothing of Django, so that it starts fast and has
nothing to lose.
"""

from __future__ import annotations

import io
import json
import math
import resource
import sys
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, NamedTuple

from PIL import Image

MAX_BYTES: Final = 1 << 20
MIN_SIDE, MAX_SIDE = 16, 4096  # pixels
MAX_PIXELS: Final = 16_000_000
MAX_SCANS: Final = 16  # ten are usual in a progressive picture; each costs as much as a whole one
THUMB_SIDE: Final = 320  # pixels, the longer one
QUALITY, THUMB_QUALITY = 85, 80
CPU_S: Final = 2  # of one picture
MEMORY_BYTES: Final = 512 << 20
REASONS: Final = (
    "too_many_bytes",  # more than MAX_BYTES
    "not_jpeg",  # it does not begin like one
    "malformed",  # its parts contradict themselves
    "truncated",  # it ends too early
    "too_large",  # more than MAX_SIDE or MAX_PIXELS
    "too_small",  # less than MIN_SIDE
    "unusual_coding",  # lossless, arithmetic, hierarchical, not 8 bit
    "unusual_colours",  # CMYK and others that are neither grey nor YCbCr
    "too_many_scans",
    "undecodable",  # sound outside, broken inside
    "too_expensive",  # it took more time or memory than a picture may
    "crashed",  # the gate died of it, again and again; said by snapshots.py
)

_SOI, _EOI, _SOS, _DNL = 0xD8, 0xD9, 0xDA, 0xDC
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # all codings there are
_USUAL: Final = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive
_TABLES: Final = frozenset({0xC4, 0xDB, 0xDD})  # Huffman, quantisation, restart interval
_HINTS: Final = frozenset({0xE0, 0xEE})  # JFIF and Adobe say which colours they are
_ALONE: Final = frozenset({0x01, _SOI, *range(0xD0, 0xD8)})  # markers without content


class Refused(Exception):
    """It does not pass; the argument is one of ``REASONS``."""


class Passed(NamedTuple):
    """What the gate made of a picture."""

    width: int  # pixels
    height: int
    image: bytes  # JPEG
    thumb: bytes  # JPEG, at most THUMB_SIDE wide and high


class _Segment(NamedTuple):
    marker: int
    start: int  # of its first byte, 0xFF
    body: bytes
    end: int


def screen(data: bytes) -> Passed:
    """Check a picture and write it anew.

    Raises:
        Refused: it does not pass.
    """
    plain = essence(data)
    try:
        return _anew(plain)
    except MemoryError as error:
        raise Refused("too_expensive") from error
    except Exception as error:  # whatever a decoder raises about what it is fed
        raise Refused("undecodable") from error


def _anew(plain: bytes) -> Passed:
    with Image.open(io.BytesIO(plain), formats=["JPEG"]) as image:
        image.load()
        full = image if image.mode == "L" else image.convert("RGB")
    thumb = full.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE))
    return Passed(*full.size, _written(full, QUALITY), _written(thumb, THUMB_QUALITY))


def _written(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


# ---------------------------------------------------------------- structure


def essence(data: bytes) -> bytes:
    """Return the parts of a JPEG that make the picture, after a look at each.

    Raises:
        Refused: it is none, or none that we take. Nothing was decoded.
    """
    if len(data) > MAX_BYTES:
        raise Refused("too_many_bytes")
    if data[:3] != b"\xff\xd8\xff":
        raise Refused("not_jpeg")
    parts = [data[:2]]
    frames = scans = 0
    for marker, start, body, end in _segments(data):
        if marker in _FRAMES:
            _check_frame(marker, body)
            frames += 1
        elif marker == _SOS:
            scans += 1
        if marker in _FRAMES | _TABLES | _HINTS | {_SOS}:
            parts.append(data[start:end])
        _check_counts(marker, frames, scans)
    return b"".join([*parts, b"\xff\xd9"])


def _check_counts(marker: int, frames: int, scans: int) -> None:
    if scans > MAX_SCANS:
        raise Refused("too_many_scans")
    too_early = frames == 0 and marker == _SOS
    nothing = marker == _EOI and not scans
    if frames > 1 or too_early or nothing or marker == _DNL:  # DNL: the height comes afterwards
        raise Refused("malformed")


def _check_frame(marker: int, body: bytes) -> None:
    """Look at precision, height, width and colours."""
    if marker not in _USUAL or body[:1] not in {b"", b"\x08"}:
        raise Refused("unusual_coding")
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:
        raise Refused("malformed")
    height, width, colours = int.from_bytes(body[1:3]), int.from_bytes(body[3:5]), body[5]
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise Refused("too_large")
    if min(width, height) < MIN_SIDE:
        raise Refused("too_small")
    if colours not in {1, 3}:
        raise Refused("unusual_colours")


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield all segments up to the end of the picture; that of a scan with its content."""
    at = 2
    while True:
        start = at
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if at + 2 > len(data):
            raise Refused("truncated")
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0 or marker in _ALONE:
            raise Refused("malformed")
        at += 2
        if marker == _EOI:
            yield _Segment(marker, start, b"", at)
            return
        length = int.from_bytes(data[at : at + 2])
        if at + 2 > len(data) or at + length > len(data):
            raise Refused("truncated")
        if length < 2:
            raise Refused("malformed")
        body, at = data[at + 2 : at + length], at + length
        if marker == _SOS:
            at = _end_of_scan(data, at)
        yield _Segment(marker, start, body, at)


def _end_of_scan(data: bytes, at: int) -> int:
    """Return where the coded content ends: at a marker that is no restart."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        following = data[at + 1]
        if following != 0 and not 0xD0 <= following <= 0xD7:
            return at
        at += 2
    raise Refused("truncated")


# ---------------------------------------------------------------- the program


def answer(data: bytes) -> bytes:
    """Return a line of JSON, then the picture and its thumbnail if it has passed."""
    try:
        passed = screen(data)
    except Refused as refused:
        return _head({"reason": str(refused)})
    sizes = {"image": len(passed.image), "thumb": len(passed.thumb)}
    head = _head({"width": passed.width, "height": passed.height, **sizes})
    return head + passed.image + passed.thumb


def _head(fields: dict[str, object]) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def serve(source: BinaryIO, target: BinaryIO, before: Callable[[], None]) -> None:
    """Answer pictures, each behind four bytes with its length, until there are no more."""
    while len(size := source.read(4)) == 4:
        data = source.read(int.from_bytes(size))
        before()
        target.write(answer(data))
        target.flush()


def limit_memory() -> None:
    """Give this process no more than a picture may take."""
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)


def limit_time() -> None:
    """Give this process as much more processor time as a picture may take."""
    _limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + CPU_S)


def _limit(what: int, soft: int) -> None:
    hard = resource.getrlimit(what)[1]
    try:
        resource.setrlimit(what, (soft, hard))
    except ValueError:  # a stricter limit holds already, or the system knows none of this kind
        return


if __name__ == "__main__":
    limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer, limit_time)
