from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import wire
from realtime.posted import Posted, Unreadable, decode, printable


def read(value: str, ts: str | None = None) -> Posted:
    """Decode a report of one reading, value and time as JSON text."""
    time = "" if ts is None else f', "ts": {ts}'
    (reading,) = decode(f'{{"uid": "SIM001", "data": {{"t": {value}}}{time}}}'.encode())
    return reading


def refusal(body: str | bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        decode(body if isinstance(body, bytes) else body.encode(errors="surrogatepass"))
    return caught.value.code


@pytest.mark.parametrize(
    ("value", "number", "text"),
    [
        ("60.1", 60.1, None),
        ("-0.5e-3", -0.0005, None),
        ("1200", 1200.0, None),
        ("true", 1.0, None),
        ("false", 0.0, None),
        (" 7 ", 7.0, None),
        ("9007199254740991", 2.0**53 - 1, None),
        ("9007199254740993", 2.0**53, "9007199254740993"),
        ("-9007199254740993", -(2.0**53), "-9007199254740993"),
        ("18446744073709551617", 2.0**64, "18446744073709551617"),
        ('"running"', None, "running"),
        ('""', None, ""),
        ('"\\u4f60\\n"', None, "你\n"),
    ],
)
def test_a_value_is_taken_as_it_is(value: str, number: float | None, text: str | None) -> None:
    reading = read(value)
    assert (reading.value, reading.raw) == (number, text)
    assert (reading.quality, reading.code) == (wire.Quality.GOOD, "")


def test_null_is_a_bad_reading_without_a_value() -> None:
    reading = read("null")
    assert (reading.value, reading.raw) == (None, None)
    assert (reading.quality, reading.code) == (wire.Quality.BAD, "")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1e999", "bad_value"),
        ("-1e400", "bad_value"),
        ("9" * 5000, "bad_value"),
        ("{}", "bad_value"),
        ("[1]", "bad_value"),
        ('{"v": 1}', "bad_value"),
        ("[" * 500 + "]" * 500, "bad_value"),
        ('"\\u0000"', "bad_text"),
        ('"a\\u001bb"', "bad_text"),
        (json.dumps("x" * 1025), "bad_text"),
    ],
)
def test_a_value_that_cannot_be_stored_is_named_and_the_rest_is_kept(value: str, code: str) -> None:
    bad, good = decode(f'{{"uid": "SIM001", "data": {{"bad": {value}, "good": 1}}}}'.encode())
    assert (bad.code, bad.value, bad.raw) == (code, None, None)
    assert (good.code, good.value) == ("", 1.0)


@pytest.mark.parametrize(
    "name", ["", "a b", "a\n", "x" * 129, "\0", "é", "a;drop", "../a\\b", "\u202e"]
)
def test_a_tag_name_that_cannot_be_is_named(name: str) -> None:
    (reading,) = decode(json.dumps({"uid": "SIM001", "data": {name: 1}}).encode())
    assert reading.code == "bad_name"


@pytest.mark.parametrize(
    ("ts", "ms"),
    [
        ("1764033000", 1764033000000),
        ("1764033000.25", 1764033000250),
        ("1764033000250", 1764033000250),
        ("1764033000250.0", 1764033000250),
        ("0", 0),
        ("99999999", 99999999000),
        ('"2025-11-25T01:10:00Z"', 1764033000000),
        ('"2025-11-25T02:10:00.250+01:00"', 1764033000250),
        ('"20251125T011000Z"', 1764033000000),
    ],
)
def test_a_time_is_seconds_or_milliseconds_or_iso_with_a_zone(ts: str, ms: int) -> None:
    reading = read("1", ts)
    assert (reading.at_ms, reading.code) == (ms, "")


@pytest.mark.parametrize(
    "ts",
    [
        '"2025-11-25T01:10:00"',  # no zone
        '"2025-11-25"',
        '"yesterday"',
        '""',
        '"1764033000"',
        '"0001-01-01T00:00:00+23:59"',
        '"9999-12-31T23:59:59-23:59"',
        '"2025-11-25T01:10:00\\u0000Z"',
        json.dumps("2025-11-25T01:10:00" + " " * 100 + "Z"),
        "-1",
        "1e999",
        "9" * 5000,
        "4102444800000",  # 2100
        "null",
        "true",
        "[]",
        "{}",
    ],
)
def test_a_time_that_cannot_be_is_named(ts: str) -> None:
    reading = read("1", ts)
    assert (reading.at_ms, reading.code) == (None, "bad_time")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "bad_json"),
        ("{", "bad_json"),
        ("hello", "bad_json"),
        (b"\xff\xfe\x00", "bad_json"),
        ('{"uid": "A", "data": {"a": NaN}}', "bad_json"),
        ('{"uid": "A", "data": {"a": -Infinity}}', "bad_json"),
        ('{"uid": "A", "data": {"a": 01}}', "bad_json"),
        ('{"uid": "A", "data": {"a": 1,}}', "bad_json"),
        ('{"uid": "A", "data": {"\\ud800": 1}}', "bad_json"),
        ('{"uid": "A", "data": {"a": "\\ud800"}}', "bad_json"),
        ('{"uid": "A", "data": {"a": "\\udfff\\ud800"}}', "bad_json"),
        ('{"uid": "A", "data": {"a": 1}} x', "bad_json"),
        ('{"uid": "A", "data": {"a": ' + "[" * 100_000, "bad_json"),
        ("null", "bad_body"),
        ("7", "bad_body"),
        ("[" * 100_000, "bad_body"),
        ("[[]]", "bad_body"),
        ("{}", "bad_body"),
        ('{"uid": "A"}', "bad_body"),
        ('{"data": {"a": 1}}', "bad_body"),
        ('{"uid": "A", "data": [{"a": 1}]}', "bad_body"),
        ('{"uid": "A", "data": null}', "bad_body"),
        ('{"uid": 7, "data": {"a": 1}}', "bad_body"),
        ('{"uid": "", "data": {"a": 1}}', "bad_body"),
        ('{"uid": "a b", "data": {"a": 1}}', "bad_body"),
        ('{"uid": "A\\u0000", "data": {"a": 1}}', "bad_body"),
        ('{"uid": "' + "A" * 65 + '", "data": {"a": 1}}', "bad_body"),
        ('{"uid": "A", "data": {"a": 1}, "time": 1}', "bad_body"),
        ('[{"uid": "A", "data": {"a": 1}}, 7]', "bad_body"),
        ("[]", "empty"),
        ('{"uid": "A", "data": {}}', "empty"),
        ('[{"uid": "A", "data": {}}]', "empty"),
    ],
)
def test_a_body_that_is_no_report_is_refused(body: str | bytes, code: str) -> None:
    assert refusal(body) == code


def test_a_thousand_readings_are_the_most() -> None:
    data = {f"t{i}": i for i in range(500)}
    reports = [{"uid": "A", "data": data}, {"uid": "B", "data": data}]
    assert len(decode(json.dumps(reports).encode())) == 1000
    reports.append({"uid": "C", "data": {"one": 1}})
    assert refusal(json.dumps(reports)) == "too_many_readings"


def test_readings_of_a_list_know_their_report() -> None:
    body = [{"uid": "A", "data": {"x": 1, "y": 2}}, {"uid": "B", "data": {"x": 3}}]
    readings = decode(json.dumps(body).encode())
    assert [(r.item, r.uid, r.name, r.value) for r in readings] == [
        (0, "A", "x", 1.0),
        (0, "A", "y", 2.0),
        (1, "B", "x", 3.0),
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
bodies = st.one_of(
    st.binary(max_size=200),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {"uid": st.sampled_from(["A", "SIM001", "", "a b"]), "data": json_values},
        optional={"ts": json_values},
    ).map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.text(max_size=5), json_values, min_size=1, max_size=5).map(
        lambda data: json.dumps([{"uid": "A", "data": data}]).encode()
    ),
)


@given(bodies)
def test_whatever_comes_is_refused_or_taken_apart_into_storable_readings(body: bytes) -> None:
    try:
        readings = decode(body)
    except Unreadable as refused:
        readings, code = [], refused.code
    else:
        code = ""
    assert bool(readings) != (code in {"bad_json", "bad_body", "empty", "too_many_readings"})
    for reading in readings:
        assert_storable(reading)


def assert_storable(reading: Posted) -> None:
    if reading.code:
        assert reading.code in {"bad_name", "bad_time", "bad_value", "bad_text"}
        assert (reading.value, reading.raw) == (None, None)
    elif reading.quality == wire.Quality.GOOD:
        assert reading.value is not None or reading.raw is not None
    assert reading.value is None or math.isfinite(reading.value)
    for text in (reading.raw or "", printable(reading.sent), printable(reading.name)):
        assert "\0" not in text
        text.encode()
        assert len(text) <= wire.MAX_TEXT
    assert reading.at_ms is None or 0 <= reading.at_ms < 4_102_444_800_000


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_arrives_as_it_was_sent(value: float) -> None:
    assert read(json.dumps(value)).value == value


@given(st.integers())
def test_every_integer_is_kept_exactly(value: int) -> None:
    reading = read(json.dumps(value))
    if reading.code != "bad_value":
        assert int(reading.raw if reading.raw is not None else reading.value or 0) == value
