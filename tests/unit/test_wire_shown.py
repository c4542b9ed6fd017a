"""A picture on demand on the wire: what was sent arrives, and nothing else is taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_strategies import SHOWN, UP

from edge import wire
from edge.wire import MAX_SHOWN_BYTES, Shown, WireError

SOME = Shown("7", at=1, age_ms=40, jpeg=b"picture")


def refused(message: str | bytes) -> str:
    with pytest.raises(WireError) as caught:
        wire.decode_message(message)
    return caught.value.code


def binary(head: str, jpeg: bytes = b"x") -> bytes:
    return len(head).to_bytes(4) + head.encode() + jpeg


@given(SHOWN | UP)
def test_whatever_a_gateway_says_survives_as_a_message(frame: wire.Up) -> None:
    assert wire.decode_message(wire.encode_message(frame)) == frame


def test_the_picture_travels_behind_the_json_and_not_inside() -> None:
    message = wire.encode_message(SOME)
    assert isinstance(message, bytes)
    assert message.endswith(b"}picture")
    assert b"jpeg" not in message


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (wire.encode_message(Shown("7", 1, 40)), "bad_picture"),
        (wire.encode_message(Shown("7", 1, 40, b"x" * (MAX_SHOWN_BYTES + 1))), "bad_picture"),
        (wire.encode_message(Shown("\u0007", 1, 40, b"x")), "bad_text"),
        (binary('{"type":"shown","id":"7","at":1}'), "bad_frame"),
        (binary('{"type":"shown","id":"7","at":1,"age_ms":-1}'), "bad_frame"),
        (binary('{"type":"shown","id":"7","at":1,"age_ms":1,"url":"x"}'), "bad_frame"),
        (binary('{"id":"7","at":1,"age_ms":1}'), "bad_frame"),
        (binary('{"type":"answer","id":"7"}'), "bad_frame"),
        ('{"type":"shown","id":"7","at":1,"age_ms":1,"jpeg":"eA=="}', "bad_frame"),
        (b"", "bad_binary"),
        (b"\xff" * 9, "bad_binary"),
        (b"\0" * (wire.MAX_FRAME_BYTES + 1), "too_large"),
    ],
)
def test_what_is_no_picture_on_demand_is_refused_with_a_reason(
    message: str | bytes, code: str
) -> None:
    assert refused(message) == code


def test_the_largest_picture_fits_into_a_frame() -> None:
    largest = Shown("7" * 128, 4_102_444_800_000, wire.MAX_SEQ, b"x" * MAX_SHOWN_BYTES)
    assert wire.decode_message(wire.encode_message(largest)) == largest


@given(st.integers(0, 100), st.binary(max_size=3))
def test_a_damaged_message_is_refused_or_a_frame_but_nothing_else_happens(
    at: int, other: bytes
) -> None:
    message = wire.encode_message(SOME)
    assert isinstance(message, bytes)
    damaged = message[:at] + other + message[at + len(other) :]
    try:
        frame = wire.decode_message(damaged)
    except WireError:
        return
    assert isinstance(frame, Shown)


def test_a_posted_detection_may_not_be_a_picture_on_demand() -> None:
    message = wire.encode_message(SOME)
    assert isinstance(message, bytes)
    with pytest.raises(WireError):
        wire.decode_detection(message)
