"""CSV and XLSX files: every text comes back as it was, and no file costs more than its limits."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.exporting.files import to_csv, to_xlsx
from devices.importing.cells import escape, unescape
from devices.importing.columns import DEVICES, TAGS, Values
from devices.importing.difference import compare, read_rows
from devices.importing.files import MAX_BYTES, MAX_ROWS, FileRefused, read_file

NASTY = [
    *("007", "0", "1e5", "=1+1", "+49 30", "-5", "@sum", "'=x", "''=x", "'hello", "\t=1", "＝1"),
    *(
        "a,b;c\td",
        "\"quoted\" 'single'",
        "line\nbreak",
        "cr\rlf\r\n",
        "测试，电表",
        " lead",
        "trail ",
    ),
    *("#N/A", "TRUE", "_x0041_", "_x005F_x0041_", "\x01\x1f", "\ufeffbom", "😀", "1,5", "nan"),
]
# what PostgreSQL and UTF-8 can hold
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
texts |= st.sampled_from(NASTY)
floats = st.floats(allow_nan=False, allow_infinity=False)
keys = st.text("abcXYZ019.:_-", min_size=1, max_size=12)
json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | floats | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
devices = st.fixed_dictionaries(
    {
        **dict.fromkeys(("name", "site"), texts.filter(bool)),
        **dict.fromkeys(("area", "line", "via", "profile", "connection"), texts),
        "uid": keys,
        "unit_id": st.integers(0, 255),
        **dict.fromkeys(("enabled", "discovery"), st.booleans()),
        **dict.fromkeys(("frames_per_s", "readings_per_s"), st.none() | floats),
    }
)
tags = st.fixed_dictionaries(
    {
        **dict.fromkeys(("device", "name"), keys),
        **dict.fromkeys(("label", "unit"), texts),
        "scan": texts.filter(bool),
        **dict.fromkeys(("decimals", "scan_ms", "silence_ms", "position"), st.integers(0, 2**31)),
        **dict.fromkeys(("low", "high"), st.none() | floats),
        "deadband": floats,
        **dict.fromkeys(("read", "pinned"), st.booleans()),
        "register": st.dictionaries(texts, json_values, max_size=4),
    }
)

files = settings(max_examples=35)  # of many rows each: a file takes long to make, a row does not


def unlike(data: bytes, sheet: Any, rows: list[Values]) -> list[object]:
    """What a file says otherwise than the rows that it was written from."""
    (table,) = [table for table in read_file(data) if table.sheet is sheet]
    entries, refused = read_rows(sheet, table.rows)
    assert len(entries) + len(refused) == len(rows)
    known = {sheet.key_of(row): row for row in rows}
    return [*refused, *filter(None, (compare(each, known[each.key]) for each in entries))]


@given(texts)
def test_a_text_in_a_cell_is_never_a_formula_and_comes_back_as_it_was(text: str) -> None:
    assert escape(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert unescape(escape(text)) == text


@files
@given(st.lists(devices, max_size=9, unique_by=lambda row: row["uid"]))
def test_devices_come_back_exactly_from_both_kinds_of_file(rows: list[Values]) -> None:
    assert unlike(to_csv(DEVICES, rows), DEVICES, rows) == []
    assert unlike(to_xlsx([(DEVICES, rows)]), DEVICES, rows) == []


@files
@given(st.lists(tags, max_size=9, unique_by=lambda row: (row["device"], row["name"])))
def test_tags_come_back_exactly_from_both_kinds_of_file(rows: list[Values]) -> None:
    assert unlike(to_csv(TAGS, rows), TAGS, rows) == []
    assert unlike(to_xlsx([(TAGS, rows)]), TAGS, rows) == []


def test_an_xlsx_file_has_texts_as_texts_and_numbers_as_numbers() -> None:
    row: Values = {column.name: "" for column in TAGS.columns}
    row |= {"device": "007", "name": "=1+1", "low": 1.5, "high": 0.1 + 0.2, "decimals": 2}
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx([(TAGS, [row])])))
    cells = {head.value: cell for head, cell in zip(*book["tags"].iter_rows(), strict=True)}
    kinds = {name: cells[name].data_type for name in ("device", "name", "low", "decimals")}
    assert kinds == {"device": "s", "name": "s", "low": "n", "decimals": "n"}
    assert cells["high"].value == "0.30000000000000004"  # a number cell would lose a digit


def test_a_cell_that_a_spreadsheet_made_a_number_is_read_as_the_text_that_it_shows() -> None:
    book = openpyxl.Workbook()
    book.active.append(["uid", "name", "unit_id"])
    book.active.append([7, 12.0, "3"])
    file = io.BytesIO()
    book.save(file)
    (table,) = read_file(file.getvalue())
    entries, refused = read_rows(table.sheet, table.rows)
    assert not refused
    assert entries[0].values == {"uid": "7", "name": "12", "unit_id": 3}


# ---------------------------------------------------------------- what is not read


def xlsx(**members: bytes) -> bytes:
    """Make a zip with these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "name the columns"),
        (b"a,b\n1,2\n", "name the columns"),
        (b"uid,colour\nX,red\n", "no column “colour”"),
        (b"uid,uid\nX,Y\n", "twice"),
        (b"uid,name\nX,a,b\n", "Line 2 has more cells"),
        (b'uid,name\nX,"a\n', "not a CSV file"),
        ("uid,name\nX,电表\n".encode("gb18030"), "not UTF-8"),
        (b"uid\n" + b"x" * MAX_BYTES, "larger than 960 KiB"),
        (b"uid\n" + b"x\n" * (MAX_ROWS + 1), "at most 10000 rows"),
        (b"PK\x03\x04 not a zip", "damaged"),
        (xlsx(a=b"0" * 900), "damaged"),
        (xlsx(bomb=bytes(17 * 1024 * 1024)), "unpacks to more than 16 MiB"),
        (xlsx(**{f"m{i}": b"" for i in range(201)}), "unpacks to more than 16 MiB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole_and_says_why(
    data: bytes, reason: str
) -> None:
    with pytest.raises(FileRefused, match=reason):
        read_file(data)


def repacked(data: bytes, member: str, content: bytes) -> bytes:
    """Put another content into one member of an XLSX file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return xlsx(**members | {member: content})


def test_a_row_far_below_is_not_searched_for_and_not_passed_over() -> None:
    data = to_xlsx([(DEVICES, [])])
    page = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<dimension ref="A1:XFD1048576"/><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>uid</t></is></c></row>'
        b'<row r="999999999"><c r="A999999999" t="inlineStr"><is><t>X</t></is></c></row>'
        b"</sheetData></worksheet>"
    )
    with pytest.raises(FileRefused, match="at most 10000 rows"):
        read_file(repacked(data, "xl/worksheets/sheet1.xml", page))


def test_entities_that_would_multiply_are_refused() -> None:
    data = to_xlsx([(DEVICES, [])])
    page = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(FileRefused, match="document type"):
            read_file(repacked(data, "xl/worksheets/sheet1.xml", page.encode(encoding)))
