"""What browsers may say, and that nothing else is understood."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.live_frames import BatchAck, Ping, Since, Sub, Unsub, Visibility, decode


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('{"t":"sub","ch":"devices:1"}', Sub("devices:1")),
        ('{"t":"sub","ch":"d","since":{"ep":"e","o":3}}', Sub("d", Since("e", 3))),
        ('{"t":"unsub","ch":"devices:1"}', Unsub("devices:1")),
        ('{"t":"a","n":7}', BatchAck(7)),
        ('{"t":"vis","hidden":true}', Visibility(hidden=True)),
        ('{"t":"ping","c":1.5}', Ping(1.5)),
        ('{"t":"ping","c":3}', Ping(3.0)),
    ],
)
def test_a_message_is_understood(text: str, frame: object) -> None:
    assert decode(text) == frame


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '"sub"',
        "{",
        '{"t":"sub"}',
        '{"t":"nonsense"}',
        '{"t":1}',
        '{"t":"sub","ch":1}',
        '{"t":"sub","ch":"' + "x" * 65 + '"}',
        '{"t":"a","n":-1}',
        '{"t":"a","n":1.5}',
        '{"t":"a","n":"1"}',
        '{"t":"a","n":' + "9" * 400 + "}",
        '{"t":"vis","hidden":1}',
        '{"t":"ping","c":NaN}',
        '{"t":"ping","c":1e999}',
        '{"t":"ping","c":null}',
        '{"t":"sub","ch":"d","since":{"ep":"","o":0}}',
        "[" * 4000,
        '{"t":"sub","ch":"d","since":{"ep":"e"}}',
        '{"t":"sub","ch":"\\ud800"}',
        "\ud800",
    ],
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the reason
        decode(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from("t ch n"), inner),
)


@given(st.text() | JSON.map(json.dumps))
def test_whatever_comes_is_understood_or_refused(text: str) -> None:
    try:
        decode(text)
    except ValueError:
        return
