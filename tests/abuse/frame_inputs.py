"""What breaks RFC 6455, or nearly: sent by a gateway after its welcome."""

from __future__ import annotations

import struct
from typing import Final

from abuse_peers import BINARY, CLOSE, PING, PONG, TEXT, frame
from gateway_inputs import data

CONT: Final = 0
WHOLE: Final = data(tag="[77]").encode()
LONG: Final = data(v="[null]", raw='{"0":"' + "x" * 700_000 + '"}').encode()


def split(message: bytes, size: int) -> bytes:
    """Send a message in fragments of this size."""
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    last = len(parts) - 1
    return b"".join(frame(part, CONT if i else TEXT, fin=i == last) for i, part in enumerate(parts))


def header(first: int, second: int, rest: bytes = b"") -> bytes:
    return bytes([first, second]) + rest


FRAMES: Final[dict[str, bytes]] = {
    "rfc-unmasked": frame(WHOLE, masked=False),
    "rfc-reserved-bit": frame(WHOLE, reserved=1),
    "rfc-compressed-bit": frame(WHOLE, reserved=4),
    "rfc-opcode-3": frame(WHOLE, 3),
    "rfc-opcode-11": frame(b"", 11),
    "rfc-not-utf-8": frame(b'{"type":"\xff\xfe"}'),
    "rfc-half-a-character": frame(b"\xe2\x82"),
    "rfc-surrogate-utf-8": frame(b"\xed\xa0\x80"),
    "rfc-2-mib": frame(b" " * (2 << 20)),
    "rfc-length-2-63": header(0x81, 0xFF, struct.pack("!Q", 1 << 63) + b"\0\0\0\0"),
    "rfc-length-2-40": header(0x81, 0xFF, struct.pack("!Q", 1 << 40) + b"\0\0\0\0xxxx"),
    "rfc-length-not-shortest": header(0x81, 0xFE, struct.pack("!H", 2) + b"\0\0\0\0{}"),
    "control-126-bytes": frame(b"x" * 126, PING),
    "control-in-fragments": frame(b"x", PING, fin=False),
    "control-ping-flood": frame(b"", PING) * 1000 + frame(WHOLE),
    "control-pong-unasked": frame(b"whatever", PONG) + frame(WHOLE),
    "fragments-whole": split(WHOLE, 20),
    "fragments-with-ping": frame(WHOLE[:9], fin=False) + frame(b"", PING) + frame(WHOLE[9:], CONT),
    "fragments-5000": split(b" " * 4900 + WHOLE, 1),
    "fragments-empty": frame(b"", fin=False)
    + frame(b"", CONT, fin=False) * 5000
    + frame(WHOLE, CONT),
    "fragments-700-kib": split(LONG, 60_000),
    "fragments-2-mib": split(b" " * (2 << 20), 60_000),
    "fragments-no-start": frame(WHOLE, CONT),
    "fragments-no-end": frame(WHOLE[:9], fin=False) + frame(WHOLE),
    "fragments-bytes": frame(b"\0", BINARY, fin=False) + frame(b"\1", CONT),
    "close-one-byte": frame(b"\x03", CLOSE),
    "close-code-999": frame(struct.pack("!H", 999), CLOSE),
    "close-code-1005": frame(struct.pack("!H", 1005), CLOSE),
    "close-not-utf-8": frame(struct.pack("!H", 1000) + b"\xff", CLOSE),
    "close-then-data": frame(struct.pack("!H", 1000), CLOSE) + frame(WHOLE),
}
