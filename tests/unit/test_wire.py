"""What is sent arrives, and what is refused is refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from wire_strategies import DOWN, UP

from edge import wire
from edge.wire import Data, Event, WireError


@given(UP)
def test_a_frame_of_the_gateway_survives_the_wire(frame: wire.Up) -> None:
    assert wire.decode_up(wire.encode(frame)) == frame


@given(DOWN)
def test_a_frame_of_the_cloud_survives_the_wire(frame: wire.Down) -> None:
    assert wire.decode_down(wire.encode(frame)) == frame


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("{", "bad_json", (None, None)),
        ('{"type":"data","stream":"live","seq":5}', "bad_frame", ("live", 5)),
        ('{"type":"event","seq":6,"at":1,"kind":"X","device":"a"}', "bad_frame", ("events", 6)),
        ('{"type":"data","seq":7}', "bad_frame", (None, 7)),
        ('{"type":"hello"}', "bad_frame", (None, None)),
        (
            '{"type":"gap","stream":"history","seq_from":3,"seq":2,"first":1,"last":1,'
            '"readings":0,"reason":"age"}',
            "bad_gap",
            ("history", 2),
        ),
        (
            '{"type":"event","seq":6,"at":1,"kind":"a.b","device":"a","detail":"\\u0000"}',
            "bad_text",
            ("events", 6),
        ),
        ('{"type":"configured","version":-1}', "bad_frame", (None, None)),
        ('{"type":"configured","version":1,"mistakes":["\\u0007"]}', "bad_text", (None, None)),
        ('{"type":"kept","lookup":"ABCDEFGHIJKL"}', "bad_frame", (None, None)),
        ('{"type":"answer","id":"a","words":[65536]}', "bad_frame", (None, None)),
        ('{"type":"answer","id":"a","error":"\\u0000"}', "bad_text", (None, None)),
        ('{"type":"health","units":[{"device":"a b"}]}', "bad_frame", (None, None)),
        ('{"type":"health","units":[{"device":"a","error":"\\u001b"}]}', "bad_text", (None, None)),
        ('{"type":"token","token":"only the cloud says this"}', "bad_frame", (None, None)),
    ],
)
def test_a_refusal_says_why_and_of_which_frame_it_speaks(
    text: str, code: str, place: tuple[str | None, int | None]
) -> None:
    with pytest.raises(WireError) as caught:
        wire.decode_up(text)
    assert (caught.value.code, (caught.value.stream, caught.value.seq)) == (code, place)


@pytest.mark.parametrize("letter", ["a", "é", "€", "𝄞"])
def test_the_limit_of_a_frame_counts_bytes(letter: str) -> None:
    frame = wire.encode(Event(1, 1, "a.b", "d", ""))
    room = wire.MAX_FRAME_BYTES - len(frame)
    fits = frame + " " * (room % len(letter.encode()))
    assert wire.decode_up(fits)
    with pytest.raises(WireError) as caught:
        wire.decode_up(frame + letter * (room // len(letter.encode()) + 1))
    assert caught.value.code == "too_large"
    assert caught.value.close == wire.Close.TOO_LARGE


def test_a_frame_with_too_many_readings_is_refused() -> None:
    n = wire.MAX_READINGS + 1
    with pytest.raises(WireError) as caught:
        wire.decode_up(wire.encode(Data("live", 9, 1, [0] * n, [1] * n, [1.0] * n)))
    assert (caught.value.code, caught.value.stream, caught.value.seq) == (
        "too_many_readings",
        "live",
        9,
    )
