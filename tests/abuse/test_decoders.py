"""Whatever arrives at a decoder is understood within its limits, or refused by the one error."""

from __future__ import annotations

import asyncio
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from abuse_strategies import VALUE, damaged, objects
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.api.views import MAX_TAGS, TrendQuery
from devices.trends import MAX_WINDOW
from edge import wire
from edge.config import ConfigError, load_config
from edge.wire import WireError
from project.bounds import bounded
from realtime.groups import parse_channel
from realtime.guard import remote_of
from realtime.live_frames import decode, encode
from realtime.outbox import Outbox
from realtime.posted import Unreadable
from realtime.posted import decode as decode_report

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


# ---------------------------------------------------------------- the door for reports

REPORTS = (
    '{"uid":"SIM001","data":{"t":1.5,"state":"on","u":null},"ts":1764033000}',
    '[{"uid":"SIM001","data":{"t":true}},{"uid":"P-1","data":{"f":7},"ts":"2025-11-25T01:10:00Z"}]',
)
NAMES = st.sampled_from(['"t"', '"t"', '"a/b"', '"\\u0000"', '"x y"', '""', '"é"', "1"])
REPORT = st.builds(
    lambda pairs, ts: (
        f'{{"uid":"D","data":{{{",".join(f"{k}:{v}" for k, v in pairs)}}},"ts":{ts}}}'
    ),
    st.lists(st.tuples(NAMES, VALUE), max_size=4),
    VALUE,
)
CODES = {"", "bad_name", "bad_time", "bad_value", "bad_text"}


@patient
@given(damaged(*REPORTS) | REPORT)
def test_a_posted_report_is_readings_that_can_be_stored_or_say_why_not(text: str) -> None:
    try:
        readings = decode_report(text.encode(errors="surrogatepass"))
    except Unreadable:
        return
    assert 1 <= len(readings) <= wire.MAX_READINGS
    for reading in readings:
        assert reading.code in CODES
        assert reading.at_ms is None or 0 <= reading.at_ms < 4_102_444_800_000
        assert reading.value is None or math.isfinite(reading.value)
        if not reading.code:
            assert re.fullmatch(wire.NAME_PATTERN, reading.name)
            assert not CONTROL.search(reading.raw or "")


# ---------------------------------------------------------------- pages

SAYINGS = (
    '{"t":"sub","ch":"devices:1","since":{"ep":"e","o":3}}',
    '{"t":"unsub","ch":"tel:site:1"}',
    '{"t":"a","n":1}',
    '{"t":"vis","hidden":true}',
    '{"t":"ping","c":1.5}',
)


@patient
@given(damaged(*SAYINGS) | objects("ch", "since", "n", "hidden", "c", kinds=("sub", "a"), tag="t"))
def test_a_message_of_a_page_is_understood_or_refused(text: str) -> None:
    outbox = Outbox(stall_s=30, quiet_s=5, now=0)
    outbox.take(10)
    try:
        frame = decode(text)
        if hasattr(frame, "n"):
            outbox.ack(frame.n)
        if hasattr(frame, "ch"):
            assert parse_channel(frame.ch).name == frame.ch
    except ValueError:
        return
    json.loads(encode(t="pong", c=getattr(frame, "c", 0)), parse_constant=pytest.fail)


QUERY_NAMES = st.sampled_from(["tag", "tag", "from_ms", "to_ms", "points", "x"])
QUERY_VALUES = st.sampled_from(["1", "7", "0", "-1", "1e3", "", " 5 ", "1764033000000", "\0", "٣"])
QUERY_VALUES |= st.integers().map(str) | st.text(max_size=8) | st.just("9" * 5000)
WINDOW = [("tag", "1"), ("from_ms", "1764033000000"), ("to_ms", "1764033060000")]


@patient
@given(st.lists(st.tuples(QUERY_NAMES, QUERY_VALUES), max_size=6), st.booleans())
def test_a_question_for_trends_is_within_its_limits_or_refused(
    pairs: list[tuple[str, str]], likely: bool
) -> None:
    sent = QueryDict(mutable=True)
    for name, value in [*(WINDOW if likely else []), *pairs]:
        sent.appendlist(name, value)
    query = TrendQuery(data=sent)
    if not query.is_valid():
        assert query.errors
        return
    asked = query.validated_data
    assert 1 <= len(asked["tag"]) <= MAX_TAGS
    assert all(0 < tag < 2**31 for tag in asked["tag"])
    assert 0 < asked["to_ms"] - asked["from_ms"] <= MAX_WINDOW.total_seconds() * 1000
    assert 10 <= asked["points"] <= 4000


# ---------------------------------------------------------------- heads of requests

HEADER = st.sampled_from([b"content-length", b"cookie", b"x-forwarded-for", b"host"])
FIELD = st.binary(max_size=20) | st.sampled_from(
    [b"9" * 5000, b"-1", b"0x10", b"1,2", b"::1", b" 7"]
)


@patient
@given(
    st.text(max_size=10),
    st.binary(max_size=10),
    st.lists(st.tuples(HEADER, FIELD), max_size=5),
    st.none() | st.tuples(st.text(max_size=60), st.integers()),
)
def test_a_request_head_is_passed_on_or_refused_and_comes_from_somewhere(
    path: str, query: bytes, headers: list[tuple[bytes, bytes]], client: tuple[str, int] | None
) -> None:
    scope = {"path": path, "query_string": query, "headers": headers, "client": client}
    passed: list[int] = []
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        passed.append(200)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    asyncio.run(bounded(application)(scope, receive, send))
    statuses = passed + [m["status"] for m in sent if "status" in m]
    assert len(statuses) == 1
    assert statuses[0] in {200, 400, 413}
    assert len(remote_of(scope)) > 0


@patient
@given(st.lists(st.binary(max_size=90), max_size=3), st.integers(0, 3))
def test_what_proxies_forward_is_an_address_or_text_no_longer_than_one(
    fields: list[bytes], proxies: int
) -> None:
    from django.conf import settings as known

    scope = {"client": ("192.0.2.1", 1), "headers": [(b"x-forwarded-for", f) for f in fields]}
    before, known.TRUSTED_PROXIES = known.TRUSTED_PROXIES, proxies
    try:
        assert 0 < len(remote_of(scope)) <= 64
    finally:
        known.TRUSTED_PROXIES = before


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
