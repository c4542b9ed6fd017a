"""Phases of a detection, joined in whatever order they come; and their binary messages."""

from __future__ import annotations

import datetime as dt
import functools
import random

import msgspec
import pytest
from detection_frames import MODEL, detection, jpeg, picture
from hypothesis import given
from hypothesis import strategies as st

from alarms.phases import Facts, facts_of, is_historical, join
from edge import wire

score = st.sampled_from([0.1, 0.5, 0.9])
phases = st.builds(
    lambda at, before, phase, score, peak, zone, why: detection(
        1,
        phase,
        at=at,
        since=at - before,
        score=score,
        peak=peak,
        zone=zone,
        why=why if phase == "end" else "over",
    ),
    at=st.integers(1000, 1005),
    before=st.integers(0, 900),
    phase=st.sampled_from(["start", "update", "end"]),
    score=score,
    peak=score,
    zone=st.sampled_from(["", "furnace"]),
    why=st.sampled_from(["over", "stopped", "changed"]),
)


def joined(frames: list[wire.Detection]) -> Facts:
    return functools.reduce(join, map(facts_of, frames))


@given(st.lists(phases, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_phases_does_not_matter(
    frames: list[wire.Detection], chance: random.Random
) -> None:
    shuffled = list(frames)
    chance.shuffle(shuffled)

    assert joined(shuffled) == joined(frames)


@given(st.lists(phases, min_size=1, max_size=6))
def test_a_phase_that_is_told_again_changes_nothing(frames: list[wire.Detection]) -> None:
    assert joined(frames + frames) == joined(frames)


@given(st.lists(phases, min_size=1, max_size=6))
def test_what_has_ended_stays_ended_and_extremes_are_kept(frames: list[wire.Detection]) -> None:
    facts = joined(frames)

    assert (facts.state == "ended") == any(frame.phase == "end" for frame in frames)
    assert bool(facts.ended_why) == (facts.state == "ended")
    assert facts.peak == max(max(frame.peak, frame.score) for frame in frames)
    assert round(facts.since.timestamp() * 1000) == min(frame.since for frame in frames)
    assert round(facts.at.timestamp() * 1000) == max(frame.at for frame in frames)


@pytest.mark.parametrize(("late_s", "historical"), [(0, False), (59, False), (61, True)])
def test_what_came_more_than_a_minute_late_is_historical(late_s: int, *, historical: bool) -> None:
    frame = detection(1, at=1_000_000, since=1_000_000 - 500_000)
    received = dt.datetime.fromtimestamp(1000 + late_s, dt.UTC)

    assert is_historical(frame, received) == historical


# ---------------------------------------------------------------- binary messages

boxes = st.builds(
    wire.Box,
    label=st.sampled_from(["fire", "no_helmet"]),
    score=st.floats(0, 1),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
    w=st.floats(0, 1),
    h=st.floats(0, 1),
)


@given(
    st.binary(min_size=1, max_size=2000),
    st.lists(boxes, max_size=5),
    st.sampled_from(["best", "before", "after"]),
    st.text(st.characters(categories=["L", "N", "Zs"]), max_size=64),
)
def test_what_is_encoded_is_decoded(
    data: bytes, drawn: list[wire.Box], role: str, zone: str
) -> None:
    frame = detection(7, data=data, zone=zone, picture=picture(data, role, boxes=drawn))

    message = wire.encode_stored(frame)

    assert isinstance(message, bytes)
    assert wire.decode_binary(message) == frame


def close_of(message: bytes) -> wire.Close | None:
    """Return how a message would be answered; None: it is a detection."""
    try:
        wire.decode_binary(message)
    except wire.WireError as error:
        return error.close
    return None


@given(st.binary(max_size=400))
def test_any_bytes_are_a_detection_or_an_error_that_can_be_answered(message: bytes) -> None:
    good = wire.encode_stored(detection(1, data=b"x"))
    assert isinstance(good, bytes)
    for sent in (message, good + message, good[: len(message)], message + good):
        assert close_of(sent) in {None, wire.Close.BAD_FRAME}


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_is_never_taken_for_the_picture_that_was_meant(
    place: int, value: int
) -> None:
    data = jpeg(64, 64)
    message = bytearray(wire.encode_stored(detection(1, data=data)))  # type: ignore[arg-type]
    at = len(message) - 1 - place % len(data)
    changed = message[at] != value
    message[at] = value
    if changed:
        with pytest.raises(wire.WireError):
            wire.decode_binary(bytes(message))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "x" * 32},
        {"id": "../../etc/passwd"},
        {"label": "<b>"},
        {"model": MODEL + "0"},
        {"score": 1.01},
        {"camera": "a b"},
        {"picture": None},
        {"since": 4_000_000_000_000},
    ],
    ids=str,
)
def test_a_detection_that_contradicts_its_description_is_no_detection(
    changes: dict[str, object],
) -> None:
    frame = msgspec.structs.replace(detection(1, data=b"x"), **changes)
    head = msgspec.json.encode(msgspec.structs.replace(frame, jpeg=b""))

    with pytest.raises(wire.WireError):
        wire.decode_binary(len(head).to_bytes(4) + head + b"x")


def test_a_message_larger_than_a_frame_is_refused_before_it_is_read() -> None:
    with pytest.raises(wire.WireError) as refused:
        wire.decode_binary(b"\0" * (wire.MAX_FRAME_BYTES + 1))

    assert refused.value.close == wire.Close.TOO_LARGE
