"""Readings as CSV and XLSX: all they say comes back, and nothing in them is run."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape as decoded

from devices.exporting import streams
from devices.exporting.readings import COLUMNS, Row
from devices.exporting.streams import TooManyRows, csv_parts, xlsx_parts, zipped
from devices.importing.cells import unescape
from devices.models import Device, Tag

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 28, 12, 0, 0, 123_000, tzinfo=SHANGHAI)
ABOUT = [("plant", "=East works"), ("readings", "3")]
# what PostgreSQL holds as a text: no NUL, no half characters
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
HOSTILE = st.builds(str.__add__, st.sampled_from(list("=+-@\t\r\n'＝＋－＠")), TEXTS)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def row(value: float | None = 1.5, text: str | None = None, **tag: str) -> Row:
    known = {"name": "t", "label": "Speed", "unit": "bar"} | tag
    uid = known.pop("uid", "PUMP-1")
    owner = Device(uid=uid)
    return Row(NOON, Tag(device=owner, **known), value, text, "GOOD", NOON + timedelta(seconds=1))  # type: ignore[misc]


ROWS = st.builds(
    row,
    value=st.none() | NUMBERS,
    text=st.none() | TEXTS | HOSTILE,
    uid=TEXTS | HOSTILE,
    name=TEXTS | HOSTILE,
    label=TEXTS | HOSTILE,
    unit=TEXTS | HOSTILE,
)


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_xlsx(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def texts_of(each: Row) -> list[str]:
    tag = each.tag
    return [tag.device.uid, tag.name, tag.label, each.text or "", tag.unit]


@given(st.lists(ROWS, max_size=5))
def test_csv_gives_back_every_value_and_text(rows: list[Row]) -> None:
    data = b"".join(csv_parts(rows))

    found = read_csv(data)

    assert [float(each["value"]) if each["value"] else None for each in found] == [
        each.value for each in rows
    ]
    for line, each in zip(found, rows, strict=True):
        read = [line[name] for name in ("device", "tag", "label", "text", "unit")]
        assert [unescape(text) for text in read] == texts_of(each)


@given(st.lists(ROWS, min_size=1, max_size=5))
def test_no_cell_of_csv_begins_like_a_formula_unless_it_is_a_number(rows: list[Row]) -> None:
    table = csv.reader(io.StringIO(b"".join(csv_parts(rows)).decode("utf-8-sig"), newline=""))

    for cell in (cell for line in table for cell in line):
        if cell.startswith(tuple("=+-@\t\r\n＝＋－＠")):
            assert float(cell) <= 0


def test_csv_begins_with_a_mark_for_excel_and_the_names_of_the_columns() -> None:
    assert b"".join(csv_parts([])) == ("\ufeff" + ",".join(COLUMNS) + "\r\n").encode()


def test_a_line_of_csv_has_the_time_of_the_plant_with_its_offset_and_all_digits() -> None:
    (line,) = read_csv(b"".join(csv_parts([row(-0.1 - 0.2)])))

    assert line == {
        "time": "2026-11-28T12:00:00.123+08:00",
        "epoch_ms": "1795838400123",
        "device": "PUMP-1",
        "tag": "t",
        "label": "Speed",
        "value": "-0.30000000000000004",
        "text": "",
        "unit": "bar",
        "quality": "GOOD",
        "received": "2026-11-28T12:00:01.123+08:00",
    }


def test_a_number_that_was_sent_as_a_text_stays_a_number() -> None:
    (line,) = read_csv(b"".join(csv_parts([row(-9.0e18, "-9007199254740993")])))

    assert line["text"] == "-9007199254740993"


@settings(max_examples=10)
@given(st.lists(ROWS, max_size=3))
def test_xlsx_gives_back_every_value_and_text(rows: list[Row]) -> None:
    sheet = read_xlsx(b"".join(xlsx_parts(rows, ABOUT)))["Readings"]

    found = [dict(zip(COLUMNS, line, strict=True)) for line in sheet.iter_rows(2, values_only=True)]

    assert [each["value"] for each in found] == [each.value for each in rows]
    for line, each in zip(found, rows, strict=True):
        read = [line[name] or "" for name in ("device", "tag", "label", "text", "unit")]
        assert [unescape(decoded(text)) for text in read] == texts_of(each)


def test_xlsx_has_moments_numbers_and_texts_as_such_below_a_header_that_stays() -> None:
    book = read_xlsx(b"".join(xlsx_parts([row(-2.5, "=1+1")], ABOUT)))

    sheet = book["Readings"]
    assert (sheet.freeze_panes, sheet.max_row) == ("A2", 2)
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    line = dict(zip(COLUMNS, sheet[2], strict=True))
    assert line["time"].value == NOON.replace(tzinfo=None)
    assert line["time"].number_format == "yyyy-mm-dd hh:mm:ss.000"
    assert (line["value"].value, line["value"].data_type) == (-2.5, "n")
    assert (line["text"].value, line["text"].data_type) == ("'=1+1", "s")
    assert line["quality"].value == "GOOD"


def test_xlsx_says_in_a_second_sheet_what_it_is() -> None:
    sheet = read_xlsx(b"".join(xlsx_parts([], ABOUT)))["About"]

    told = [tuple(line) for line in sheet.iter_rows(values_only=True)]
    assert told == [("plant", "'=East works"), ("readings", "3")]
    assert sheet["B1"].data_type == "s"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_xlsx_stays_readable_with_what_is_no_number(value: float) -> None:
    sheet = read_xlsx(b"".join(xlsx_parts([row(value)], ABOUT)))["Readings"]

    assert sheet["F2"].value == repr(value)


def test_more_rows_than_a_sheet_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_ROWS", 2)
    b"".join(xlsx_parts([row()] * 2, ABOUT))

    with pytest.raises(TooManyRows):
        b"".join(xlsx_parts([row()] * 3, ABOUT))


def counted(many: int, read: list[int]) -> Iterator[Row]:
    one = row()
    for number in range(many):
        read[0] = number + 1
        yield one


@pytest.mark.parametrize(
    "parts",
    [
        csv_parts,
        lambda rows: xlsx_parts(rows, ABOUT),
        lambda rows: zipped([("a.csv", csv_parts(rows))]),
    ],
    ids=["csv", "xlsx", "zip"],
)
class TestStreaming:
    def test_the_first_bytes_come_before_the_last_row_is_read(self, parts: Any) -> None:
        read = [0]
        pieces = parts(counted(100_000, read))

        first = list(islice(pieces, 2))

        assert all(first)
        assert read[0] < 100_000

    def test_the_memory_does_not_grow_with_the_file(self, parts: Any) -> None:
        peaks = []
        for many in (3_000, 12_000):
            tracemalloc.start()
            written = sum(len(piece) for piece in parts(counted(many, [0])))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert written > 0

        assert peaks[1] < peaks[0] * 1.5


def test_a_zip_file_holds_what_was_packed() -> None:
    pieces: Iterable[bytes] = zipped([("a.csv", [b"one", b"two"]), ("b.csv", [])], huge=True)

    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a.csv": b"onetwo",
            "b.csv": b"",
        }
