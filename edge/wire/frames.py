"""Every frame of the protocol, version 1.

Every frame is one JSON text message, but those with a picture. Readings travel in columns: reading
``i`` of a ``Data`` frame is ``tag[i]``, ``v[i]``, ``q[i]`` at ``t0 + dt[i]``. Unknown fields are
refused rather than skipped, because a misspelled column would otherwise lose readings without a
word.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from edge.profile.point import Table
from edge.wire.basics import (
    MAX_FRAME_BYTES,
    MAX_READINGS,
    MAX_TAGS,
    MAX_TEXT,
    Count,
    DataStream,
    Epoch,
    Frame,
    Millis,
    Name,
    Number,
    Offset,
    QualityCode,
    Seq,
    ShortText,
    Stream,
    Text,
    Uid,
)
from edge.wire.detections import Detection
from edge.wire.shown import Show, Shown

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
    config: Count | None = None  # version it runs, 0: none yet; None: it reads its own file
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


class Configured(Frame, tag="configured"):
    """A configuration was put to work or refused. A refused one leaves the last one at work."""

    version: Count
    mistakes: Annotated[list[Text], Meta(max_length=100)] = []  # why it was refused; none: it runs


class Kept(Frame, tag="kept"):
    """The token of a rotation is safely on the gateway's disk; the next connection shows it."""

    lookup: Annotated[str, Meta(pattern=r"^[a-z2-7]{12}\Z")]


class Answer(Frame, tag="answer"):
    """Answer to a question. Exactly one of ``words`` (of a probe) and ``error`` says something."""

    id: ShortText
    words: Annotated[list[Annotated[int, Meta(ge=0, le=65535)]], Meta(max_length=2000)] = []
    error: Annotated[str, Meta(max_length=MAX_TEXT)] = ""  # in plain words
    latency_ms: Annotated[float, Meta(ge=0, le=600_000)] = 0.0


class UnitHealth(Frame):
    """How one device answers its gateway, counted since the gateway (or its device) started."""

    device: Uid
    state: Literal["up", "down", "probing", "unknown"] = "unknown"  # of its breaker
    requests: Count = 0
    timeouts: Count = 0
    refusals: Count = 0  # exception codes
    retries: Count = 0
    overruns: Count = 0  # scans that began later than the grid said
    latency_ms: Annotated[float, Meta(ge=0, le=600_000)] = 0.0  # median of the recent requests
    worst_ms: Annotated[float, Meta(ge=0, le=600_000)] = 0.0  # longest of the recent requests
    blocks: Count = 0  # requests that one round of all scan classes takes
    holes: Count = 0  # tags that the device refuses
    error: Annotated[str, Meta(max_length=256)] = ""  # the last one, in plain words


class Health(Frame, tag="health"):
    """How the devices answer: sent when something changed, at most every few seconds."""

    units: Annotated[list[UnitHealth], Meta(max_length=1000)]


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


class Configuration(Frame, tag="configuration"):
    """One part of a configuration; see ``edge.wire.configuration``. Parts come in order."""

    version: Count
    part: Annotated[int, Meta(ge=1, le=1000)]  # of ``parts``
    parts: Annotated[int, Meta(ge=1, le=1000)]
    text: str


class Token(Frame, tag="token"):
    """A new token. Keep it on disk, answer ``kept``, and show it from the next connection on."""

    token: Annotated[str, Meta(max_length=256)]


class Probe(Frame, tag="probe"):
    """Read these registers (or bits) now, and answer with what is there."""

    id: ShortText
    connection: ShortText
    unit: Annotated[int, Meta(ge=0, le=255)]
    table: Table
    address: Annotated[int, Meta(ge=0, le=65535)]
    count: Annotated[int, Meta(ge=1, le=125)]


class Scan(Frame, tag="scan"):
    """Read the tags of a device that are only read on demand, now; they come as data."""

    id: ShortText
    device: Uid


Stored = Data | Event | Gap | Detection  # what is numbered, kept in the spool and stored
TextUp = Stored | Hello | Tags | Beat | Configured | Kept | Answer | Health
Up = TextUp | Shown  # that is never text
Question = Probe | Scan | Show
Reply = Answer | Shown
Down = Welcome | Ack | Nack | Slow | Error | Configuration | Token | Question


class Rejected(Struct):
    """A reading that was lifted out of a readable frame because it cannot be stored."""

    i: int
    code: str
    raw: str  # what was sent, cut to MAX_TEXT


class Salvaged(Data, tag="data"):
    """The readings of a data frame that could be kept; ``index``: their places as sent."""

    index: list[int] = []
    rejected: list[Rejected] = []
