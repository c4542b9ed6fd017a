"""Nothing that arrives does harm, and one bad reading does not take the others down."""

from __future__ import annotations

import json
import math
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st
from wire_strategies import LITERAL, NUMBER, UP, data_frames

from edge import wire
from edge.wire import Data, Salvaged, WireError

FIELDS = ["type", "stream", "seq", "t0", "dt", "tag", "v", "q", "raw", "v", "uid", "kind", "at"]


def decoded(text: str | bytes) -> wire.Up | None:
    """Decode, letting nothing but a WireError pass; what comes out must be safe to store."""
    try:
        frame = wire.decode_up(text)
    except WireError:
        return None
    if isinstance(frame, Data):
        assert all(value is None or math.isfinite(value) for value in frame.v)
        assert len(frame.dt) == len(frame.tag) == len(frame.v) <= wire.MAX_READINGS
        assert frame.q is None or len(frame.q) == len(frame.v)
        assert not any("\x00" in exact for exact in (frame.raw or {}).values())
    if isinstance(frame, Salvaged):
        assert not any("\x00" in rejected.raw for rejected in frame.rejected)
    return frame


@given(st.text(max_size=200) | st.binary(max_size=200))
@example("[" * 100_000)
@example('{"type":"data","seq":' + "9" * 5000 + "}")
@example("\ud800")
@example(b"\xff\xfe")
def test_no_text_does_more_than_raise_a_wire_error(text: str | bytes) -> None:
    decoded(text)


@given(st.lists(st.tuples(st.sampled_from(FIELDS), LITERAL), max_size=9), st.booleans())
def test_no_object_does_more_than_raise_a_wire_error(
    fields: list[tuple[str, str]], typed: bool
) -> None:
    parts = [f'"{name}":{value}' for name, value in fields]
    decoded("{" + ",".join(['"type":"data"', *parts] if typed else parts) + "}")


@given(UP, st.integers(0), st.binary(max_size=3))
def test_no_damaged_frame_does_more_than_raise_a_wire_error(
    frame: wire.Up, place: int, damage: bytes
) -> None:
    text = wire.encode(frame).encode()
    at = place % (len(text) + 1)
    decoded(text[:at] + damage + text[at + 1 :])


CELL = st.one_of(LITERAL.filter(lambda text: not text.startswith("[[[")), NUMBER.map(str))


@given(
    st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=6),
    st.integers(0, 2),
    st.dictionaries(st.sampled_from(["0", "1", "2", "9", "01", "-1", "x", "9" * 5000]), CELL),
)
def test_every_reading_of_a_readable_frame_is_either_kept_or_rejected(
    rows: list[tuple[str, str, str, str]], cut: int, exact: dict[str, str]
) -> None:
    dt, tag, v, q = ([row[i] for row in rows] for i in range(4))
    v = v[: max(0, len(v) - cut)]  # ragged columns
    columns = {"dt": dt, "tag": tag, "v": v, "q": q}
    text = ",".join(f'"{name}":[{",".join(cells)}]' for name, cells in columns.items())
    raw = ",".join(f'"{key}":{value}' for key, value in exact.items())
    frame = decoded(
        '{"type":"data","stream":"live","seq":1,"t0":0,' + text + ',"raw":{' + raw + "}}"
    )
    if isinstance(frame, Salvaged):
        rejected = [r.i for r in frame.rejected if r.i >= 0]
        assert sorted(frame.index + rejected) == list(range(len(rows)))
        assert len(frame.index) == len(frame.v)
        unplaced = [key for key in exact if key not in {str(i) for i in range(len(rows))}]
        assert len(frame.rejected) - len(rejected) == len(unplaced)
    elif isinstance(frame, Data):
        assert len(frame.v) == len(rows)


@given(data_frames(), st.integers(0, 7), LITERAL.filter(lambda text: "[[[" not in text))
def test_one_bad_reading_never_takes_its_neighbours_down(
    good: Data, place: int, literal: str
) -> None:
    try:
        json.loads(literal, parse_constant=int)
    except ValueError:
        return  # not JSON: then no reading of the frame can be told from another
    at = place % (len(good.v) + 1)
    message = json.loads(wire.encode(good))
    for name, value in (("dt", 0), ("tag", 1), ("v", "HERE"), ("q", 192)):
        message[name].insert(at, value)
    shifted = {int(k) + (int(k) >= at): t for k, t in (message.get("raw") or {}).items()}
    message["raw"] = {str(k): t for k, t in shifted.items()}
    frame = decoded(json.dumps(message).replace('"HERE"', literal))
    if frame is None:
        assert "\\ud800" in literal  # half a character is no JSON either
    elif isinstance(frame, Salvaged) and frame.rejected:
        assert [r.i for r in frame.rejected] == [at]
        assert (frame.v, frame.tag, frame.dt) == (good.v, good.tag, good.dt)
        assert frame.raw == (good.raw or {})
    else:
        assert len(frame.v) == len(good.v) + 1


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_no_text_from_the_cloud_does_more_than_raise_a_wire_error(text: str | bytes) -> None:
    with suppress(WireError):
        wire.decode_down(text)
