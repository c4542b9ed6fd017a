"""Frames for hypothesis: every one that the protocol allows, and JSON that it does not."""

from __future__ import annotations

import json
import string

from hypothesis import strategies as st

from edge import wire
from edge.wire import Bad, Data, Event, Gap, TagDecl

SEQ = st.integers(1, wire.MAX_SEQ)
COUNT = st.integers(0, wire.MAX_SEQ)
MILLIS = st.integers(0, 4_102_444_800_000)
OFFSET = st.integers(-(2**31), 2**31 - 1)
NUMBER = st.integers(0, 2**31 - 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
UID = st.text(string.ascii_letters + string.digits + "_.:-", min_size=1, max_size=64)
NAME = st.text(string.ascii_letters + string.digits + "_.:/-", min_size=1, max_size=128)
EPOCH = st.text("0123456789abcdef", min_size=16, max_size=16)
STREAM = st.sampled_from(wire.STREAMS)
DATA_STREAM = st.sampled_from(["live", "history"])

# One reading as (dt, tag, v, q, exact text).
READING = st.one_of(
    st.tuples(OFFSET, NUMBER, FINITE, st.integers(64, 255), st.none() | TEXT),
    st.tuples(OFFSET, NUMBER, st.none(), st.integers(64, 255), TEXT),
    st.tuples(OFFSET, NUMBER, st.none(), st.integers(0, 63), st.none()),
)


@st.composite
def data_frames(draw: st.DrawFn) -> Data:
    readings = draw(st.lists(READING, max_size=8))
    exact = {i: r[4] for i, r in enumerate(readings) if r[4] is not None}
    return Data(
        draw(DATA_STREAM),
        draw(SEQ),
        draw(MILLIS),
        [r[0] for r in readings],
        [r[1] for r in readings],
        [r[2] for r in readings],
        [r[3] for r in readings],
        exact or None,
    )


@st.composite
def gaps(draw: st.DrawFn) -> Gap:
    seq_from, seq = sorted((draw(SEQ), draw(SEQ)))
    first, last = sorted((draw(MILLIS), draw(MILLIS)))
    reason = draw(st.sampled_from(["quota", "age", "corrupt", "refused", "operator"]))
    return Gap(draw(STREAM), seq_from, seq, first, last, draw(COUNT), reason)


DECL = st.builds(
    TagDecl,
    n=NUMBER,
    device=UID,
    name=NAME,
    unit=TEXT.map(lambda text: text[:32]),
    scan_ms=st.integers(1, 86_400_000),
    silence_ms=st.integers(1, 86_400_000),
)
MS = st.floats(0, 600_000)
HEALTH = st.builds(
    wire.UnitHealth,
    device=UID,
    state=st.sampled_from(["up", "down", "probing", "unknown"]),
    requests=COUNT,
    timeouts=COUNT,
    refusals=COUNT,
    retries=COUNT,
    overruns=COUNT,
    latency_ms=MS,
    worst_ms=MS,
    blocks=COUNT,
    holes=COUNT,
    error=TEXT,
)
UP = st.one_of(
    data_frames(),
    gaps(),
    st.builds(
        wire.Hello,
        v=st.just(wire.VERSION),
        uid=UID,
        epoch=EPOCH,
        next=st.dictionaries(STREAM, SEQ),
        wall=MILLIS,
        agent=TEXT,
        config=st.none() | COUNT,
        tags=st.lists(DECL, max_size=3),
    ),
    st.builds(wire.Tags, tags=st.lists(DECL, max_size=3)),
    st.builds(
        Event,
        seq=SEQ,
        at=MILLIS,
        kind=st.from_regex(r"[a-z_]{1,8}(\.[a-z_]{1,8}){1,3}", fullmatch=True),
        device=UID,
        detail=TEXT,
    ),
    st.builds(
        wire.Beat,
        wall=MILLIS,
        waiting=COUNT,
        oldest=st.none() | MILLIS,
        spool_bytes=COUNT,
        read_errors=COUNT,
    ),
    st.builds(wire.Configured, version=COUNT, mistakes=st.lists(TEXT, max_size=3)),
    st.builds(
        wire.Kept, lookup=st.text(string.ascii_lowercase + "234567", min_size=12, max_size=12)
    ),
    st.builds(
        wire.Answer,
        id=TEXT,
        words=st.lists(st.integers(0, 65535), max_size=3),
        error=TEXT,
        latency_ms=MS,
    ),
    st.builds(wire.Health, units=st.lists(HEALTH, max_size=3)),
)
SHOWN = st.builds(
    wire.Shown, id=TEXT, at=MILLIS, age_ms=COUNT, jpeg=st.binary(min_size=1, max_size=40)
)
DOWN = st.one_of(
    st.builds(
        wire.Welcome,
        v=st.just(wire.VERSION),
        session=TEXT,
        wall=MILLIS,
        heartbeat_s=FINITE,
        limits=st.builds(wire.Limits, window=st.integers(1, 64), frames_per_s=FINITE),
        last=st.dictionaries(STREAM, COUNT),
        unknown=st.lists(NUMBER, max_size=3),
    ),
    st.builds(
        wire.Ack,
        stream=STREAM,
        seq=COUNT,
        bad=st.lists(st.builds(Bad, seq=SEQ, i=NUMBER, code=TEXT), max_size=3),
    ),
    st.builds(wire.Nack, stream=STREAM, last=COUNT, code=TEXT, retry_after_s=FINITE),
    st.builds(wire.Slow, retry_after_s=FINITE),
    st.builds(wire.Error, code=TEXT, message=TEXT, stream=st.none() | STREAM, seq=st.none() | SEQ),
    st.builds(
        wire.Configuration,
        version=COUNT,
        part=st.integers(1, 1000),
        parts=st.integers(1, 1000),
        text=TEXT,
    ),
    st.builds(wire.Token, token=TEXT),
    st.builds(
        wire.Probe,
        id=TEXT,
        connection=TEXT,
        unit=st.integers(0, 255),
        table=st.sampled_from(["holding", "input", "coil", "discrete"]),
        address=st.integers(0, 65535),
        count=st.integers(1, 125),
    ),
    st.builds(wire.Scan, id=TEXT, device=UID),
    st.builds(wire.Show, id=TEXT, camera=UID),
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
# JSON as it may be written, not only as this Python would: numbers no float holds, odd literals.
LITERAL = st.one_of(
    JSON.map(json.dumps),
    st.sampled_from(
        [
            "NaN",
            "Infinity",
            "1e999",
            "-1e999",
            "1e-999",
            "-0",
            "-1",
            "1.5",
            "4102444800001",
            "{}",
            "true",
            '"x"',
        ]
    ),
    st.sampled_from(['"\\u0000"', '"\\ud800"', "1" * 400, "[" * 3000]),
)
