"""Rows to CSV and XLSX files that no spreadsheet runs and that reading gives back exactly. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from devices.importing.cells import cell_of
from devices.importing.columns import Sheet, Values

# What XML cannot hold, and what would be read as its replacement, as XLSX writes it.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WIDTH: Final = 16  # of a column, characters
_EXACT_DIGITS: Final = ".16g"  # as many as openpyxl writes

Pages = Sequence[tuple[Sheet, Iterable[Values]]]


def to_csv(sheet: Sheet, rows: Iterable[Values]) -> bytes:
    """Write one sheet. It begins with a mark by which Excel knows that it is UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(column.name for column in sheet.columns)
    for row in rows:
        writer.writerow(_written(cell_of(row[column.name])) for column in sheet.columns)
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(pages: Pages) -> bytes:
    """Write sheets into one file, with the header in bold and always in view."""
    book = openpyxl.Workbook(write_only=True)
    for sheet, rows in pages:
        page: Any = book.create_sheet(sheet.name)
        page.freeze_panes = "B2"
        for at in range(len(sheet.columns)):
            page.column_dimensions[get_column_letter(at + 1)].width = _WIDTH
        page.append([_bold(page, column.name) for column in sheet.columns])
        for row in rows:
            page.append([_typed(page, cell_of(row[column.name])) for column in sheet.columns])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _written(cell: str | int | float | None) -> str:
    return repr(cell) if isinstance(cell, float) else "" if cell is None else str(cell)


def _bold(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, text)
    cell.font = Font(bold=True)
    return cell


def _typed(page: Any, value: str | int | float | None) -> Any:
    """Make a cell that is a number only where that loses no digit, and else is a text."""
    if isinstance(value, float) and float(format(value, _EXACT_DIGITS)) != value:
        value = repr(value)
    if not isinstance(value, str) or not value:
        return value or (value if value == 0 else None)
    cell = WriteOnlyCell(page, coded(value))
    cell.data_type = "s"  # and neither a formula nor an error, whatever it looks like
    cell.number_format = "@"  # stays a text when somebody edits it
    return cell


def coded(text: str) -> str:
    """Write what XML cannot hold as XLSX does."""
    return _CONTROL.sub(_code, text)


def _code(match: re.Match[str]) -> str:
    return f"_x{ord(match[0]):04X}_"
