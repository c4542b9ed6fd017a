"""What comes over HTTP or from a page is within its limits, or refused by the one error."""

from __future__ import annotations

import asyncio
import json
import math
import re
from typing import Any

import pytest
from abuse_strategies import VALUE, damaged, objects
from django.conf import settings as known
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.api.views import MAX_TAGS, TrendQuery
from devices.trends import MAX_WINDOW
from edge import wire
from project.bounds import bounded
from realtime.groups import parse_channel
from realtime.guard import remote_of
from realtime.live_frames import decode, encode
from realtime.outbox import Outbox
from realtime.posted import Unreadable
from realtime.posted import decode as decode_report

patient = settings(deadline=None, max_examples=200)  # a busy machine is no mistake of a decoder
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


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
    scope = {"client": ("192.0.2.1", 1), "headers": [(b"x-forwarded-for", f) for f in fields]}
    before, known.TRUSTED_PROXIES = known.TRUSTED_PROXIES, proxies
    try:
        assert 0 < len(remote_of(scope)) <= 64
    finally:
        known.TRUSTED_PROXIES = before
