"""Readings as CSV, XLSX and ZIP, piece by piece: a larger file takes no more memory. Pure.

CSV is UTF-8 with a mark by which Excel knows it; texts that a spreadsheet would run get an
apostrophe, as in the files of the registry, and numbers stay numbers.

openpyxl takes minutes and half a gigabyte of disk for a sheet of a million rows. So it makes the
file with one row, and we write all rows into that sheet as it wrote that one, while it is packed.
Source of the format: ECMA-376 part 1, 18.3.1.73 (row), 18.3.1.4 (c), 18.3.1.53 (is).
"""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from xml.sax import saxutils

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from devices.exporting.files import coded
from devices.exporting.readings import COLUMNS, Row
from devices.importing.cells import escape
from devices.models import Tag

MOST_ROWS: Final = (1 << 20) - 1  # in a sheet, below the header
_AT_ONCE: Final = 1000  # rows in one piece
_TIMES: Final = {"time": 24, "received": 24}  # columns of moments, and their width in characters
_WIDTH: Final = 14
_MOMENT: Final = "yyyy-mm-dd hh:mm:ss.000"
_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - what spreadsheets count days from, anywhere
_DAY: Final = timedelta(days=1)
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LEVEL: Final = 4  # of compression: much of the work, and little smaller, beyond it

Part = tuple[str, Iterable[bytes]]  # of a ZIP file: its name, and its content in pieces


class TooManyRows(ValueError):
    """There are more than a sheet has room for."""


# ---------------------------------------------------------------- CSV


def csv_parts(rows: Iterable[Row]) -> Iterator[bytes]:
    """Write readings as CSV; the first piece has the header alone."""
    yield ("\ufeff" + ",".join(COLUMNS) + "\r\n").encode()
    left, names = iter(rows), _Names()
    while some := list(islice(left, _AT_ONCE)):
        text = io.StringIO(newline="")
        csv.writer(text).writerows(_cells(row, names) for row in some)
        yield text.getvalue().encode()


def _cells(row: Row, names: _Names) -> tuple[str | int, ...]:
    device, name, label, unit = names.of(row.tag)
    return (
        *(row.time.isoformat(timespec="milliseconds"), row.epoch_ms),
        *(device, name, label),
        *("" if row.value is None else repr(row.value), _text_of(row)),
        *(unit, row.quality, row.received.isoformat(timespec="milliseconds")),
    )


# ---------------------------------------------------------------- XLSX


def xlsx_parts(rows: Iterable[Row], about: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """Write readings as XLSX, and a second sheet that says what they are.

    Args:
        rows: at most `MOST_ROWS`.
        about: lines of that sheet: what, and a text.

    Raises:
        TooManyRows: in the middle of the file, which is then none.
    """
    with zipfile.ZipFile(io.BytesIO(_frame(about))) as frame:
        parts = {name: frame.read(name) for name in frame.namelist()}
    sheet = parts.pop("xl/worksheets/sheet1.xml").decode()
    sample = re.search(r'<row r="2".*?</row>', sheet, re.DOTALL)
    moment = re.search(r'<c r="A2"[^>]* s="(\d+)"', sheet)
    assert sample is not None  # noqa: S101 - we have just put it there
    assert moment is not None  # noqa: S101
    content = _sheet(sheet[: sample.start()], sheet[sample.end() :], rows, moment[1])
    small = ((name, [data]) for name, data in parts.items())
    return zipped([*small, ("xl/worksheets/sheet1.xml", content)])


def _frame(about: Sequence[tuple[str, str]]) -> bytes:
    """Make a file with all that a file needs, and one row whose cells look as all others will."""
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = "Readings"
    page.freeze_panes = "A2"
    for at, name in enumerate(COLUMNS, start=1):
        page.column_dimensions[get_column_letter(at)].width = _TIMES.get(name, _WIDTH)
        page.cell(1, at, name).font = Font(bold=True)
    page.cell(2, 1, _ZERO.replace(year=2000)).number_format = _MOMENT
    told: Any = book.create_sheet("About")
    told.column_dimensions["A"].width, told.column_dimensions["B"].width = 16, 80
    for line, (what, text) in enumerate(about, start=1):
        told.cell(line, 1, what).font = Font(bold=True)
        cell = told.cell(line, 2, coded(escape(text)))
        cell.data_type = "s"  # whatever it looks like
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet(head: str, tail: str, rows: Iterable[Row], moment: str) -> Iterator[bytes]:
    yield re.sub(r"<dimension[^>]*/>", "", head).encode()  # nobody knows yet how many there are
    left, line, names = iter(rows), 2, _Names(_coded)
    while some := list(islice(left, _AT_ONCE)):
        if line - 2 + len(some) > MOST_ROWS:
            raise TooManyRows
        yield "".join(_row(line + at, row, moment, names) for at, row in enumerate(some)).encode()
        line += len(some)
    yield tail.encode()


def _row(line: int, row: Row, moment: str, names: _Names) -> str:
    device, name, label, unit = names.of(row.tag)
    cells = (
        f'<c r="A{line}" s="{moment}"><v>{_days(row.time)!r}</v></c>',
        f'<c r="B{line}"><v>{row.epoch_ms}</v></c>',
        *(_text("C", line, device), _text("D", line, name), _text("E", line, label)),
        _value(line, row.value),
        *(_text("G", line, _coded(_text_of(row))), _text("H", line, unit)),
        _text("I", line, row.quality),
        f'<c r="J{line}" s="{moment}"><v>{_days(row.received)!r}</v></c>',
    )
    return f'<row r="{line}">{"".join(cells)}</row>'


def _value(line: int, value: float | None) -> str:
    if value is None:
        return ""
    if not math.isfinite(value):
        return _text("F", line, repr(value))
    return f'<c r="F{line}"><v>{value!r}</v></c>'


def _text(column: str, line: int, text: str) -> str:
    """Write a cell that is a text and no formula, whatever it looks like; an empty one is none."""
    if not text:
        return ""
    return f'<c r="{column}{line}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _coded(text: str) -> str:
    return saxutils.escape(coded(text)) if text else ""


def _days(time: datetime) -> float:
    """Return a moment as spreadsheets have it: what the clock of the plant showed, in days."""
    return (time.replace(tzinfo=None) - _ZERO) / _DAY


# ---------------------------------------------------------------- both


class _Names:
    """Device, name, label and unit of tags as texts that no spreadsheet runs, made once for each.

    Args:
        written: what else is done to such a text.
    """

    def __init__(self, written: Callable[[str], str] = str) -> None:
        self._written = written
        self._known: dict[int, tuple[Tag, tuple[str, str, str, str]]] = {}

    def of(self, tag: Tag) -> tuple[str, str, str, str]:
        """Return those of a tag."""
        known = self._known.get(id(tag))  # which stays its own, because it is kept here
        if known is None:
            texts = (tag.device.uid, tag.name, tag.label, tag.unit)
            device, name, label, unit = (self._written(escape(text)) for text in texts)
            known = self._known[id(tag)] = (tag, (device, name, label, unit))
        return known[1]


def _text_of(row: Row) -> str:
    """Return the text of a reading; one that is a number stays one."""
    if row.text is None:
        return ""
    return row.text if _NUMBER.fullmatch(row.text) else escape(row.text)


class _Sink(io.RawIOBase):
    """What a ZIP file is written to: gives the bytes away again."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, data: Any) -> int:
        """Take some bytes."""
        self._pieces.append(bytes(data))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        """Give what was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def zipped(parts: Iterable[Part], *, huge: bool = False) -> Iterator[bytes]:
    """Pack files into one ZIP file, piece by piece.

    Args:
        parts: the files.
        huge: one of them may be larger than 2 GiB; not every program opens such files.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, pieces in parts:
            with archive.open(name, "w", force_zip64=huge) as entry:
                for piece in pieces:
                    entry.write(piece)
                    if some := sink.take():
                        yield some
    yield sink.take()
