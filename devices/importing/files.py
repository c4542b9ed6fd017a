"""CSV and XLSX files to rows, within limits. Pure: bytes in, rows out."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import openpyxl
from django.utils.translation import gettext as _

from devices.importing.cells import Cell
from devices.importing.columns import SHEETS, Sheet
from devices.importing.difference import Row

# The file has to fit into one request (see project/bounds.py).
MAX_BYTES: Final = 960 * 1024
MAX_ROWS: Final = 10_000  # of one sheet
MAX_COLUMNS: Final = 64
# An XLSX file is a zip: what it may grow to, and how many files it may hold.
MAX_UNPACKED_BYTES: Final = 16 * 1024 * 1024
MAX_MEMBERS: Final = 200
_ZIP: Final = b"PK\x03\x04"
# How XLSX writes what XML cannot; halves of surrogate pairs are none of it: nothing can store them.
_CONTROL: Final = re.compile(r"_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")

Cells = Sequence[Cell]


class FileRefused(ValueError):
    """The file as a whole cannot be used. The message says what to do."""


class Table(NamedTuple):
    """One sheet of a file."""

    sheet: Sheet
    rows: list[Row]


def read_file(data: bytes) -> list[Table]:
    """Read a CSV file (one sheet) or an XLSX file (one or both).

    Raises:
        FileRefused: it is too large, damaged, or has no sheet that is known.
    """
    if len(data) > MAX_BYTES:
        raise FileRefused(
            _("The file is larger than %(limit)d KiB. Divide it.") % {"limit": MAX_BYTES // 1024}
        )
    tables = list(_read_xlsx(data) if data.startswith(_ZIP) else _read_csv(data))
    names = [table.sheet.name for table in tables]
    if len(set(names)) < len(names):
        raise FileRefused(_("Two sheets of the file have the same columns. Keep one."))
    if not tables:
        raise FileRefused(_no_sheet())
    return tables


# ---------------------------------------------------------------- CSV


def _read_csv(data: bytes) -> Iterator[Table]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = _("The file is not UTF-8. Save it as “CSV UTF-8”, or as XLSX.")
        raise FileRefused(message) from error
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        table = _table(enumerate(lines, start=1))
    except csv.Error as error:
        raise FileRefused(_("This is not a CSV file: %(why)s.") % {"why": error}) from error
    if table is None:
        raise FileRefused(_no_sheet())
    yield table


# ---------------------------------------------------------------- XLSX


def _read_xlsx(data: bytes) -> Iterator[Table]:
    try:
        _refuse_bombs(data)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for page in book.worksheets:
            # the size that the file says it has may be a lie: read what is there, up to a limit
            page.reset_dimensions()
            lines = page.iter_rows(max_col=MAX_COLUMNS, max_row=MAX_ROWS + 2, values_only=True)
            if table := _table(enumerate(map(_texts, lines), start=1)):
                yield table
    except FileRefused:
        raise
    except Exception as error:  # a damaged file makes openpyxl raise anything
        message = _("The file is damaged, or not an XLSX file: %(why)s.")
        raise FileRefused(message % {"why": str(error)[:200]}) from error


def _refuse_bombs(data: bytes) -> None:
    """Refuse what would become large.

    Zipfile lets no member become longer than the file says that it is. A document type is where XML
    defines entities, which multiply; no spreadsheet program writes one.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        if len(members) > MAX_MEMBERS or size > MAX_UNPACKED_BYTES:
            raise FileRefused(
                _("The file unpacks to more than %(limit)d MiB. Divide it.")
                % {"limit": MAX_UNPACKED_BYTES // 1024 // 1024}
            )
        for member in members:
            if b"<!DOCTYPE" in archive.read(member).replace(b"\0", b""):  # also in UTF-16
                raise FileRefused(_("The file defines its own document type. Save it anew."))


def _texts(line: Iterable[Any]) -> list[Cell]:
    return [_CONTROL.sub(_character, c) if isinstance(c, str) else c for c in line]


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


# ---------------------------------------------------------------- both


def _table(lines: Iterable[tuple[int, Cells]]) -> Table | None:
    """Find the sheet by the names of its columns; None: it is another one."""
    numbered = iter(lines)
    header = next((line for line in islice(numbered, 1)), None)
    names = [str(cell or "").strip().lower() for cell in header[1]] if header else []
    while names and not names[-1]:
        names.pop()
    sheet = next((s for s in SHEETS if set(s.key) <= set(names)), None)
    if sheet is None:
        return None
    _refuse_columns(sheet, names)
    return Table(sheet, list(_rows(names, numbered)))


def _rows(names: Sequence[str], lines: Iterable[tuple[int, Cells]]) -> Iterator[Row]:
    for count, (number, line) in enumerate(lines):
        if count >= MAX_ROWS:
            raise FileRefused(
                _("A sheet has at most %(limit)d rows. Divide the file.") % {"limit": MAX_ROWS}
            )
        if all(cell is None or cell == "" for cell in line):
            continue
        if any(cell not in {None, ""} for cell in line[len(names) :]):
            raise FileRefused(
                _("Line %(line)d has more cells than the header. Is a comma without quotes in it?")
                % {"line": number}
            )
        yield Row(number, dict(zip(names, line, strict=False)))


def _refuse_columns(sheet: Sheet, names: Sequence[str]) -> None:
    known = [column.name for column in sheet.columns]
    for name in names:
        if name not in known:
            raise FileRefused(
                _("There is no column “%(name)s” for %(sheet)s. Known are: %(known)s.")
                % {"name": name, "sheet": sheet.name, "known": ", ".join(known)}
            )
        if names.count(name) > 1:
            raise FileRefused(_("The column “%(name)s” stands there twice.") % {"name": name})


def _no_sheet() -> str:
    return _(
        "The first line must name the columns: at least “uid” for devices, or “device” and “name”"
        " for tags. Export a file to see all of them."
    )
