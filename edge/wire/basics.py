"""What the frames are made of: limits, names, qualities, close codes, errors. Pure."""

from __future__ import annotations

import enum
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from edge.profile.point import NAME_PATTERN

VERSION: Final = 1
MAX_FRAME_BYTES: Final = 512 * 1024
MAX_READINGS: Final = 1000
MAX_TAGS: Final = 2000  # declared in one frame; more go into further ``tags`` frames
MAX_TEXT: Final = 1024  # characters of a text reading
MAX_SEQ: Final = 2**53 - 1  # a sequence number must survive every JSON reader

UID_PATTERN: Final = r"^[A-Za-z0-9_.:-]{1,64}\Z"
EPOCH_PATTERN: Final = r"^[0-9a-f]{16}\Z"

Stream = Literal["events", "live", "history"]  # each counts its own frames
DataStream = Literal["live", "history"]
# In the order of sending: a backlog never delays the present.
STREAMS: Final[tuple[Stream, ...]] = ("events", "live", "history")


class Quality(enum.IntEnum):
    """OPC DA quality: the upper two of the low eight bits say good, uncertain or bad, the rest why.

    Source: OPC Data Access 3.0, section 6.8 (quality flags).
    """

    BAD = 0
    CONFIG_ERROR = 4  # the device refuses this register: the configuration is wrong
    NOT_CONNECTED = 8  # no connection to the device
    DEVICE_FAILURE = 12  # the device answered that it failed or is busy
    SENSOR_FAILURE = 16  # the device says the value is not available (NaN, a sentinel)
    COMM_FAILURE = 24  # no answer, or an answer that makes no sense
    OUT_OF_SERVICE = 28  # taken out of service on purpose
    UNCERTAIN = 64
    SENSOR_NOT_ACCURATE = 80
    LIMIT_EXCEEDED = 84  # outside the engineering limits of the tag
    GOOD = 192


def is_bad(quality: int) -> bool:
    """Say whether a reading of this quality carries no value."""
    return quality < Quality.UNCERTAIN


class Close(enum.IntEnum):
    """Websocket close codes. Their documented meaning is the protocol: never renumber them."""

    DONE = 1000
    RECYCLED = 1001  # planned: reconnect soon
    RESTARTING = 1012  # the server restarts: reconnect after a random delay
    BAD_FRAME = 4400  # unreadable frame: quarantine it and go on
    UNAUTHORIZED = 4401  # credential missing, unknown, expired, revoked or its device disabled
    FORBIDDEN = 4403  # a known credential asked for what is not its own
    TOO_SLOW = 4408  # no hello in time, no heartbeat, or the reader does not read
    SUPERSEDED = 4409  # a newer connection with the same credential took over
    TOO_LARGE = 4413
    TOO_MANY = 4429  # the rate limit was ignored
    OVERLOADED = 4503


class WireError(ValueError):
    """The frame cannot be read. ``code`` is stable and documented; close with ``close``."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        stream: Stream | None = None,
        seq: int | None = None,
        close: Close = Close.BAD_FRAME,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.stream = stream  # with seq: which frame, as far as that could be read
        self.seq = seq
        self.close = close


class Frame(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all frames."""


Seq = Annotated[int, Meta(ge=1, le=MAX_SEQ)]
Count = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
Millis = Annotated[int, Meta(ge=0, le=4_102_444_800_000)]  # UTC epoch milliseconds, before 2100
Offset = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]
QualityCode = Annotated[int, Meta(ge=0, le=255)]
Name = Annotated[str, Meta(pattern=NAME_PATTERN)]
Uid = Annotated[str, Meta(pattern=UID_PATTERN)]
Epoch = Annotated[str, Meta(pattern=EPOCH_PATTERN)]
ShortText = Annotated[str, Meta(max_length=128)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
