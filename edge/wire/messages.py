"""Messages of a gateway: a frame as text, or as binary where it has a picture. Pure."""

from __future__ import annotations

import msgspec

from edge.wire.basics import WireError
from edge.wire.decode import decode_up, encode
from edge.wire.detections import Detection, check_detection, encode_detection, split
from edge.wire.frames import Up
from edge.wire.shown import Shown, check_shown, encode_shown

_binary: msgspec.json.Decoder[Detection | Shown] = msgspec.json.Decoder(Detection | Shown)


def encode_message(frame: Up) -> str | bytes:
    """Encode a frame of a gateway as it travels."""
    if isinstance(frame, Detection):
        return encode_detection(frame)
    return encode_shown(frame) if isinstance(frame, Shown) else encode(frame)


def decode_message(message: str | bytes) -> Up:
    """Decode a message of a gateway.

    Raises:
        WireError: as ``decode_up`` and ``decode_binary``.
    """
    return decode_binary(message) if isinstance(message, bytes) else decode_up(message)


def decode_binary(message: bytes) -> Detection | Shown:
    """Decode a binary message of a gateway. Its JPEG may be anything.

    Raises:
        WireError: it is no frame with a picture; ``seq`` is set when it could be read.
    """
    head, jpeg = split(message)
    try:
        frame = _binary.decode(head)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise WireError("bad_frame", str(error)) from error
    frame.jpeg = jpeg
    if isinstance(frame, Detection):
        check_detection(frame)
    else:
        check_shown(frame)
    return frame
