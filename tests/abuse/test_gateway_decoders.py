"""What gateway and cloud say is within its limits, or refused by the one error."""

from __future__ import annotations

import math
import re
from pathlib import Path

from abuse_strategies import damaged, objects
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge import wire
from edge.config import ConfigError, load_config
from edge.wire import WireError

patient = settings(deadline=None, max_examples=200)  # a busy machine is no mistake of a decoder
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


# ---------------------------------------------------------------- gateway to cloud

UP = (
    '{"type":"hello","v":1,"uid":"GW","epoch":"00112233445566aa","next":{"live":1},"wall":1,'
    '"agent":"x","tags":[{"n":0,"device":"D","name":"t","unit":"C","scan_ms":1,"silence_ms":1}]}',
    '{"type":"tags","tags":[{"n":1,"device":"D","name":"a/b"}]}',
    '{"type":"gap","stream":"live","seq_from":1,"seq":2,"first":1,"last":2,"readings":3,'
    '"reason":"quota"}',
    '{"type":"event","seq":1,"at":1,"kind":"device.down","device":"D","detail":"x"}',
    '{"type":"beat","wall":1,"waiting":2,"oldest":1,"spool_bytes":3,"read_errors":4}',
)
FIELDS = (
    "v",
    "uid",
    "epoch",
    "next",
    "wall",
    "agent",
    "tags",
    "stream",
    "seq_from",
    "seq",
    "first",
)
FIELDS += ("last", "readings", "reason", "at", "kind", "device", "detail", "waiting", "oldest")
KINDS = ("hello", "tags", "gap", "event", "beat")


@patient
@given(damaged(*UP) | objects(*FIELDS, kinds=KINDS))
def test_a_frame_without_readings_is_within_its_limits_or_refused(text: str) -> None:
    try:
        frame = wire.decode_up(text)
    except WireError:
        return
    assert wire.decode_up(wire.encode(frame)) == frame
    for declared in frame.tags if isinstance(frame, wire.Hello | wire.Tags) else []:
        assert re.fullmatch(wire.NAME_PATTERN, declared.name)
        assert re.fullmatch(wire.UID_PATTERN, declared.device)
        assert 0 <= declared.n < 2**31
        assert 1 <= declared.scan_ms <= 86_400_000
        assert not CONTROL.search(declared.unit)
    if isinstance(frame, wire.Event):
        assert 1 <= frame.seq <= wire.MAX_SEQ
        assert not CONTROL.search(frame.detail)
        assert len(frame.detail) <= wire.MAX_TEXT
    if isinstance(frame, wire.Gap):
        assert 1 <= frame.seq_from <= frame.seq <= wire.MAX_SEQ
        assert frame.first <= frame.last


# ---------------------------------------------------------------- cloud to gateway

DOWN = (
    '{"type":"welcome","v":1,"session":"s","wall":1,"heartbeat_s":10,"limits":{"window":64},'
    '"last":{"live":7},"unknown":[3]}',
    '{"type":"ack","stream":"live","seq":3,"bad":[{"seq":3,"i":0,"code":"bad_value"}]}',
    '{"type":"nack","stream":"live","last":3,"code":"missing","retry_after_s":0.5}',
    '{"type":"slow","retry_after_s":1.5}',
    '{"type":"error","code":"bad_frame","message":"no","stream":"live","seq":3}',
)
ANSWER_FIELDS = (
    "v",
    "session",
    "wall",
    "heartbeat_s",
    "limits",
    "last",
    "unknown",
    "stream",
    "seq",
)
ANSWER_FIELDS += ("bad", "code", "retry_after_s", "message")
ANSWERS = ("welcome", "ack", "nack", "slow", "error")


@patient
@given(damaged(*DOWN) | objects(*ANSWER_FIELDS, kinds=ANSWERS))
def test_an_answer_of_the_cloud_is_understood_or_refused(text: str) -> None:
    try:
        frame = wire.decode_down(text)
    except WireError:
        return
    assert wire.decode_down(wire.encode(frame)) == frame
    pauses = [getattr(frame, name, 0.0) for name in ("retry_after_s", "heartbeat_s")]
    assert all(map(math.isfinite, pauses))


# ---------------------------------------------------------------- a gateway's configuration

GOOD = """
[gateway]
url = "wss://cloud.example/ws/v1/gateway"
uid = "GW-1"
token_file = "gw.token"
spool = "gw.spool"
[[connection]]
name = "press-line"
host = "10.0.0.5"
port = 502
timeout_s = 1.0
[[device]]
uid = "D1"
connection = "press-line"
[[device.tag]]
name = "level"
address = 10
type = "float32"
scale = 0.5
low = 1
sim = { wave = "sine" }
"""
PIECE = st.sampled_from(
    ["nan", "inf", "1e999", "0x7f", "{}", '"\\u0000"', "2025-01-01", "true", "[[1]]"]
)
PIECE |= st.sampled_from(
    ["9" * 5000, "[" * 5000, "{a=" * 5000, '"x"\n' + "a." * 5000 + "b = 1", '"""']
)
PIECE |= st.text(max_size=5) | st.integers().map(str) | st.floats().map(str)
VALUE_IN_FILE = re.compile(r"(?<== ).+")


@st.composite
def configurations(draw: st.DrawFn) -> str:
    """The good file with another value in some places."""
    text = GOOD
    for _ in range(draw(st.integers(1, 3))):
        places = list(VALUE_IN_FILE.finditer(text))
        place = places[draw(st.integers(0, len(places) - 1))] if places else None
        start, end = place.span() if place else (0, 0)
        text = text[:start] + draw(PIECE) + text[end:]
    return text


PLACES = st.sampled_from(
    ["", "h:1", ":", "h:", "h:x", "h:" + "9" * 5000, "[::1]:502", "h:٣", "\0:1"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configurations() | st.text(max_size=60), PLACES)
def test_a_configuration_is_within_its_limits_or_refused(
    tmp_path: Path, text: str, place: str
) -> None:
    file = tmp_path / "gateway.toml"
    file.write_bytes(text.encode(errors="surrogatepass"))
    try:
        config = load_config(file, {"SENTINEL_CONNECTION_PRESS_LINE": place})
    except ConfigError:
        return
    for device in config.devices:
        for tag in device.tags:
            assert math.isfinite(tag.scale * tag.offset * tag.deadband)
            assert tag.address + tag.width <= 65536
    assert all(0 < each.timeout_s <= 60 for each in config.connections)
