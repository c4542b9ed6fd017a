"""What a camera sees now: the question, and the answer with the picture behind it. Pure.

The answer travels as a binary message, as a detection with a picture does. It is neither numbered
nor kept, and the picture is no evidence of anything: somebody wanted to see.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from edge.wire.basics import Count, Frame, Millis, ShortText, Uid, WireError
from edge.wire.cameras import CameraState
from edge.wire.detections import join

MAX_SHOWN_BYTES: Final = 256 * 1024  # it passes between the processes of the server in one piece


# What a gateway answers when there is no picture: without the address of the camera, which not
# everybody who may look is to know.
NOT_WATCHED: Final = "this camera is not watched"
NONE_YET: Final = "none came yet"
WHY_NONE: Final = {
    CameraState.CONNECTING: "the gateway has not reached the camera yet",
    CameraState.LOST: "the camera cannot be reached",
    CameraState.REFUSED: "the camera refuses user name or password",
    CameraState.GARBLED: "what the camera sends cannot be read as a picture",
    CameraState.GIVEN_UP: "what reads the camera has ended too often",
}


class Show(Frame, tag="show"):
    """Answer with the newest picture of this camera."""

    id: ShortText
    camera: Uid


class Shown(Frame, tag="shown"):
    """The newest picture of a camera. Why there is none, an ``Answer`` with an error says."""

    id: ShortText
    at: Millis  # source time of the picture
    age_ms: Count  # of the picture when it was sent, whatever the gateway's clock says
    jpeg: bytes = b""  # behind the JSON, never inside


_encoder = msgspec.json.Encoder()


def encode_shown(frame: Shown) -> bytes:
    """Encode it as one binary message."""
    return join(_encoder.encode(msgspec.structs.replace(frame, jpeg=b"")), frame.jpeg)


def check_shown(frame: Shown) -> None:
    """Check what the types do not say. Whether the JPEG is one, the image gate finds out.

    Raises:
        WireError: the picture is missing or too large, or the id is no text.
    """
    if re.search(r"[\x00-\x1f\x7f]", frame.id):
        raise WireError("bad_text", "control characters are not allowed")
    if not 0 < len(frame.jpeg) <= MAX_SHOWN_BYTES:
        raise WireError("bad_picture", f"a picture that is shown has 1 to {MAX_SHOWN_BYTES} bytes")
