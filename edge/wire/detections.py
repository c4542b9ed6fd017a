"""What a camera saw: detection events, and the picture that proves one. Pure.

A detection event is one hazard from its start to its end, with the same ``id`` all the way, however
many pictures it is in. Its frames count in the ``events`` stream. A frame with a picture travels as
a binary message: four bytes (big-endian) with the length of the JSON, the JSON, then the JPEG.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from edge.wire.basics import MAX_FRAME_BYTES, Close, Frame, Millis, Seq, ShortText, Uid, WireError

MAX_JPEG_BYTES: Final = 384 * 1024
MAX_BOXES: Final = 50
LABEL_PATTERN: Final = r"^[a-z][a-z0-9_]{0,31}\Z"

Label = Annotated[str, Meta(pattern=LABEL_PATTERN)]  # "fire", "no_helmet"
Share = Annotated[float, Meta(ge=0, le=1)]  # of the width or height of the picture
Score = Annotated[float, Meta(ge=0, le=1)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


# What an end says: nothing is seen of it any more, nobody looks any more, or others are the rules
# and zones, or the camera, that it was seen by.
Why = Literal["over", "stopped", "changed"]


class Box(Frame):
    """A rectangle in a picture, and what the model takes it for."""

    label: Label
    score: Score
    x: Share  # left edge
    y: Share  # top edge
    w: Share
    h: Share


class Picture(Frame):
    """The JPEG behind the JSON: clean, the boxes are data."""

    role: Literal["best", "before", "after"]
    at: Millis  # source time
    sha256: Sha256
    width: Annotated[int, Meta(ge=16, le=4096)]  # pixels
    height: Annotated[int, Meta(ge=16, le=4096)]
    boxes: Annotated[list[Box], Meta(max_length=MAX_BOXES)] = []


class Detection(Frame, tag="detection"):
    """One phase of a detection event. An update tells what it looks like by now."""

    seq: Seq
    id: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    phase: Literal["start", "update", "end"]
    at: Millis  # source time of this phase
    since: Millis  # source time of the first picture that it was seen in
    camera: Uid
    label: Label
    score: Score  # median over the recent pictures
    peak: Score  # best so far
    threshold: Score  # that the median had to reach
    model: Sha256  # of the weights
    track: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    zone: ShortText = ""
    why: Why = "over"  # of an end
    picture: Picture | None = None
    jpeg: bytes = b""  # of ``picture``; never inside the JSON


_decoder = msgspec.json.Decoder(Detection)
_encoder = msgspec.json.Encoder()
_LENGTH: Final = 4


def encode_detection(frame: Detection) -> str | bytes:
    """Encode a detection as one websocket message: text without a picture, binary with one."""
    head = _encoder.encode(msgspec.structs.replace(frame, jpeg=b""))
    if frame.picture is None:
        return head.decode()
    return join(head, frame.jpeg)


def decode_detection(message: bytes) -> Detection:
    """Decode a detection in a binary message.

    The JPEG is only compared with its digest: whether it is an image is for the image gate.

    Raises:
        WireError: it is no detection with a picture; ``seq`` is set when it could be read.
    """
    head, jpeg = split(message)
    try:
        frame = _decoder.decode(head)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise WireError("bad_frame", str(error)) from error
    frame.jpeg = jpeg
    check_detection(frame)
    return frame


def join(head: bytes, jpeg: bytes) -> bytes:
    """Put the JSON of a frame and its JPEG into one binary message."""
    return len(head).to_bytes(_LENGTH, "big") + head + jpeg


def split(message: bytes) -> tuple[bytes, bytes]:
    """Take a binary message apart: the JSON of the frame, and the JPEG.

    Raises:
        WireError: it is too long, or has no such parts.
    """
    if len(message) > MAX_FRAME_BYTES:
        text = f"frame exceeds {MAX_FRAME_BYTES} bytes"
        raise WireError("too_large", text, close=Close.TOO_LARGE)
    end = _LENGTH + int.from_bytes(message[:_LENGTH], "big")
    if len(message) < _LENGTH or end > len(message):
        raise WireError("bad_binary", "the length of the JSON is beyond the end of the message")
    return message[_LENGTH:end], message[end:]


def check_detection(frame: Detection) -> None:
    """Check what the types do not say.

    Raises:
        WireError: the frame contradicts itself.
    """
    if mistake := _mistake_in(frame):
        raise WireError("bad_detection", mistake, stream="events", seq=frame.seq)


def _mistake_in(frame: Detection) -> str:
    if re.search(r"[\x00-\x1f\x7f]", frame.zone):
        return "control characters are not allowed"
    if frame.since > frame.at:
        return "a detection starts before it is told"
    if frame.why != "over" and frame.phase != "end":
        return "only an end says why"
    if frame.picture is None:
        return "a JPEG without its description" if frame.jpeg else ""
    if not 0 < len(frame.jpeg) <= MAX_JPEG_BYTES:
        return f"a picture has 1 to {MAX_JPEG_BYTES} bytes and travels in a binary message"
    if hashlib.sha256(frame.jpeg).hexdigest() != frame.picture.sha256:
        return "the digest is not that of the picture"
    return ""
