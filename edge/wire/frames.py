"""Every frame of the protocol, version 1.

Every frame is one JSON text message. Readings travel in columns: reading ``i`` of a ``Data``
frame is ``tag[i]``, ``v[i]``, ``q[i]`` at ``t0 + dt[i]``. Unknown fields are refused rather than
skipped, because a misspelled column would otherwise lose readings without a word.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

VERSION: Final = 1
MAX_FRAME_BYTES: Final = 512 * 1024
MAX_READINGS: Final = 1000
MAX_TAGS: Final = 2000  # declared in one frame; more go into further ``tags`` frames
MAX_TEXT: Final = 1024  # characters of a text reading
MAX_SEQ: Final = 2**53 - 1  # a sequence number must survive every JSON reader

NAME_PATTERN: Final = r"^[A-Za-z0-9_.:/-]{1,128}\Z"
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


class Frame(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all frames."""


# ---------------------------------------------------------------- gateway to cloud


class TagDecl(Frame):
    """Number under which a tag travels. A number is never reused inside an epoch."""

    n: Number
    device: Uid
    name: Name
    unit: Annotated[str, Meta(max_length=32)] = ""
    scan_ms: Annotated[int, Meta(ge=1, le=86_400_000)] = 1000
    silence_ms: Annotated[int, Meta(ge=1, le=86_400_000)] = 60_000  # longest time without a report


class Hello(Frame, tag="hello"):
    """First frame of a connection."""

    v: int
    uid: Uid
    epoch: Epoch  # id of the spool: its numbers count from 1 and never restart
    next: dict[Stream, Seq]  # number of the first frame in each stream that is not yet acknowledged
    wall: Millis  # the gateway's clock, to measure skew
    agent: ShortText = ""
    tags: Annotated[list[TagDecl], Meta(max_length=MAX_TAGS)] = []


class Tags(Frame, tag="tags"):
    """Further tag numbers."""

    tags: Annotated[list[TagDecl], Meta(max_length=MAX_TAGS)]


class Data(Frame, tag="data"):
    """Readings in columns, all of the same length (``q`` and ``raw`` may be left out)."""

    stream: DataStream
    seq: Seq
    t0: Millis
    dt: list[Offset]  # milliseconds after t0
    tag: list[Number]
    v: list[float | None]  # None exactly when the quality is bad or the value is text
    q: list[QualityCode] | None = None  # None: all GOOD
    raw: dict[int, Text] | None = None  # index -> exact text, for strings and integers beyond 2**53


class Event(Frame, tag="event"):
    """Something that happened on the gateway."""

    seq: Seq
    at: Millis
    kind: Annotated[str, Meta(pattern=r"^[a-z_]{1,32}(\.[a-z_]{1,32}){1,3}\Z")]
    device: Uid
    detail: Annotated[str, Meta(max_length=MAX_TEXT)] = ""


class Gap(Frame, tag="gap"):
    """Takes the place of frames ``seq_from..seq``: the gateway dropped them, they never come."""

    stream: Stream
    seq_from: Seq
    seq: Seq
    first: Millis  # source time of the oldest and the newest reading that was dropped
    last: Millis
    readings: Count
    reason: Literal["quota", "age", "corrupt", "refused", "operator"]


class Beat(Frame, tag="beat"):
    """Heartbeat: sent after a heartbeat interval without a frame, and at least once a minute."""

    wall: Millis
    waiting: Count = 0  # frames in the spool
    oldest: Millis | None = None  # source time of the oldest waiting frame
    spool_bytes: Count = 0
    read_errors: Count = 0  # failed reads since the start of the gateway


# ---------------------------------------------------------------- cloud to gateway


class Limits(Frame):
    """What the server accepts from this connection."""

    frame_bytes: int = MAX_FRAME_BYTES
    readings: int = MAX_READINGS  # in one frame
    window: int = 64  # unacknowledged frames
    frames_per_s: float = 200
    readings_per_s: float = 20_000


class Welcome(Frame, tag="welcome"):
    """Answer to hello. ``last`` is the number of the last stored frame in each stream."""

    v: int
    session: str
    wall: Millis
    heartbeat_s: float
    limits: Limits
    last: dict[Stream, Count]
    unknown: list[int] = []  # tag numbers not in the registry: their readings are quarantined


class Bad(Frame):
    """One reading that was not stored but quarantined."""

    seq: int
    i: int  # index in the frame
    code: str


class Ack(Frame, tag="ack"):
    """Everything up to ``seq`` in ``stream`` is committed (or quarantined, as listed)."""

    stream: Stream
    seq: Count
    bad: list[Bad] = []


class Nack(Frame, tag="nack"):
    """Send again from ``last + 1``, not before ``retry_after_s``."""

    stream: Stream
    last: Count
    code: str
    retry_after_s: float = 0.0


class Slow(Frame, tag="slow"):
    """The rate limit is reached: pause for ``retry_after_s``, or be closed with 4429."""

    retry_after_s: float


class Error(Frame, tag="error"):
    """Why the connection is about to be closed, or why one frame was refused."""

    code: str
    message: str
    stream: Stream | None = None  # with seq: the frame that is meant
    seq: int | None = None


Up = Hello | Tags | Data | Event | Gap | Beat
Down = Welcome | Ack | Nack | Slow | Error


class Rejected(Struct):
    """A reading that was lifted out of a readable frame because it cannot be stored."""

    i: int
    code: str
    raw: str  # what was sent, cut to MAX_TEXT


class Salvaged(Data, tag="data"):
    """The readings of a data frame that could be kept; ``index``: their places as sent."""

    index: list[int] = []
    rejected: list[Rejected] = []
