"""What browsers may say on the live socket. The server's side is written where it is made."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

MAX_CHARS = 4096  # of one message

Number = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Since(Struct):
    """The last event that the page knows of a state topic."""

    ep: Annotated[str, Meta(min_length=1, max_length=32)]
    o: Number


class Sub(Struct, tag_field="t", tag="sub"):
    """Subscribe, or start over."""

    ch: Annotated[str, Meta(max_length=64)]
    since: Since | None = None


class Unsub(Struct, tag_field="t", tag="unsub"):
    """End a subscription."""

    ch: Annotated[str, Meta(max_length=64)]


class BatchAck(Struct, tag_field="t", tag="a"):
    """The batch has arrived."""

    n: Number


class Visibility(Struct, tag_field="t", tag="vis"):
    """Somebody can see the page, or nobody can."""

    hidden: bool


class Ping(Struct, tag_field="t", tag="ping"):
    """Asks for the server's time; ``c`` comes back as it is."""

    c: float


Frame = Sub | Unsub | BatchAck | Visibility | Ping

_decoder = msgspec.json.Decoder(Frame)


def decode(text: str) -> Frame:
    """Read one message of a browser.

    Raises:
        ValueError: it is none.
    """
    try:
        frame: Frame = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return frame


def encode(**message: Any) -> str:
    """Write one message to a browser; ``t`` is its type."""
    return msgspec.json.encode(message).decode()
