"""The body of a posted report, taken apart reading by reading. Pure: no I/O and no clock."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from edge import wire

MAX_BYTES: Final = wire.MAX_FRAME_BYTES
# A number up to here is in seconds, from here on in milliseconds: the year 5138 or 1973.
_MILLIS_FROM: Final = 1e11
_LAST_MS: Final = 4_102_444_800_000  # as on the wire: before 2100
_EXACT: Final = 2**53  # integers beyond it do not survive as float64

Uid = Annotated[str, Meta(pattern=wire.UID_PATTERN)]


class Unreadable(ValueError):
    """Nothing of the body can be used. ``code`` is documented."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Report(Struct, forbid_unknown_fields=True):
    """What one device reports: its tags' values at one time."""

    uid: Uid
    data: dict[str, Raw]
    ts: Raw | UnsetType = UNSET


@dataclass(slots=True)
class Posted:
    """One reading as it was posted. ``code`` says why it cannot be stored; empty: it can."""

    item: int  # index of its report in the list, 0 for a single one
    uid: str
    name: str
    sent: str  # the JSON of the value, and of the time if one was given
    sent_ts: str = ""
    at_ms: int | None = None  # source time; None: not given
    value: float | None = None
    quality: int = wire.Quality.GOOD
    raw: str | None = None  # exact text, for strings and integers beyond 2**53
    code: str = ""


class _Bad(ValueError):
    """This reading cannot be stored; the first argument is the code."""


_reports: msgspec.json.Decoder[Report | list[Report]] = msgspec.json.Decoder(Report | list[Report])
_float = msgspec.json.Decoder(float)
_text = msgspec.json.Decoder(Annotated[str, Meta(max_length=wire.MAX_TEXT)])
_time = msgspec.json.Decoder(float | Annotated[str, Meta(max_length=64)])
_NAME = re.compile(wire.NAME_PATTERN)
_INTEGER = re.compile(rb"-?[0-9]+\Z")
_ISO = re.compile(r"[0-9TZW:.,+ -]+\Z")  # Python's parser takes more, even NUL
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decode(body: bytes) -> list[Posted]:
    """Take a body apart: one report, or a list of them.

    Returns:
        Every reading in it, in order; those that cannot be stored carry the reason.

    Raises:
        Unreadable: it is not JSON (bad_json), not a report (bad_body), says nothing (empty), or
            says more than a frame may (too_many_readings).
    """
    try:
        reports = _reports.decode(body)
    except msgspec.ValidationError as error:
        raise Unreadable("bad_body", str(error)) from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unreadable("bad_json", str(error)) from error
    reports = reports if isinstance(reports, list) else [reports]
    count = sum(len(report.data) for report in reports)
    if not count:
        raise Unreadable("empty", "The body holds no reading.")
    if count > wire.MAX_READINGS:
        raise Unreadable("too_many_readings", f"At most {wire.MAX_READINGS} readings at once.")
    return [reading for item, report in enumerate(reports) for reading in _taken(item, report)]


def _taken(item: int, report: Report) -> Iterator[Posted]:
    at_ms, time_code = _source_time(report.ts)
    for name, value in report.data.items():
        sent = bytes(value)
        reading = Posted(item, report.uid, name, _json(sent), _json(report.ts), at_ms)
        try:
            if not _NAME.match(name):
                raise _Bad("bad_name")
            if time_code:
                raise _Bad(time_code)
            _read_value(sent, reading)
        except _Bad as bad:
            reading.code = str(bad)
        yield reading


def _source_time(sent: Raw | UnsetType) -> tuple[int | None, str]:
    """Return the source time in milliseconds, if given, and why it cannot be read."""
    if isinstance(sent, UnsetType):
        return None, ""
    try:
        given = _time.decode(sent)
        at_ms = _iso_ms(given) if isinstance(given, str) else _epoch_ms(given)
    except (ValueError, OverflowError, RecursionError):  # msgspec's errors are ValueErrors
        return None, "bad_time"
    return (at_ms, "") if 0 <= at_ms < _LAST_MS else (None, "bad_time")


def _epoch_ms(given: float) -> int:
    return round(given if given >= _MILLIS_FROM else given * 1000)


def _iso_ms(given: str) -> int:
    moment = dt.datetime.fromisoformat(given) if _ISO.match(given) else None
    if moment is None or moment.tzinfo is None:
        raise ValueError("a time without a zone could be anywhere")
    return round(moment.timestamp() * 1000)


def _read_value(sent: bytes, reading: Posted) -> None:
    """Set value, quality and text from the JSON of a value.

    Raises:
        _Bad: bad_value or bad_text.
    """
    if sent == b"null":
        reading.quality = wire.Quality.BAD
    elif sent in {b"true", b"false"}:
        reading.value = float(sent == b"true")
    elif sent.startswith(b'"'):
        reading.raw = _read_text(sent)
    else:
        reading.value = _read_number(sent)
        if _INTEGER.match(sent) and abs(reading.value) >= _EXACT:
            reading.raw = sent.decode()


def _read_text(sent: bytes) -> str:
    try:
        text: str = _text.decode(sent)
    except (msgspec.MsgspecError, UnicodeError):
        raise _Bad("bad_text") from None
    if _CONTROL.search(text):
        raise _Bad("bad_text")
    return text


def _read_number(sent: bytes) -> float:
    try:
        value = _float.decode(sent)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise _Bad("bad_value") from None
    if not math.isfinite(value):
        raise _Bad("bad_value")
    return value


def _json(sent: bytes | Raw | UnsetType) -> str:
    if isinstance(sent, UnsetType):
        return ""
    return str(bytes(sent), errors="replace")


def printable(text: str) -> str:
    """Return text that PostgreSQL stores and a person can read, no longer than a text reading."""
    return _CONTROL.sub("", text[: wire.MAX_TEXT])
