"""Single cells of a spreadsheet: texts that a spreadsheet must not run, numbers, flags. Pure."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from django.utils.translation import gettext as _

Cell = str | int | float | bool | None  # as a file holds it; CSV has texts only
Value = str | int | float | bool | None | dict[str, Any]  # as the registry holds it

# What a spreadsheet takes for a formula, also in the wide forms that some of them convert. Texts
# that begin so get an apostrophe, and those that already have apostrophes before it get one more,
# so that reading takes exactly one away and every text comes back as it was.
_ESCAPED: Final = re.compile("'+[=+\\-@\t\r\n＝＋－＠]")
_DANGEROUS: Final = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_YES: Final = frozenset({"yes", "true", "1", "y", "是"})
_NO: Final = frozenset({"no", "false", "0", "n", "否"})
_MOST_DIGITS: Final = 30


class CellRefused(ValueError):
    """The text of a cell cannot be what its column holds. The message says what can."""


def escape(text: str) -> str:
    """Make a text harmless in a spreadsheet."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def unescape(text: str) -> str:
    """Give back the text that ``escape`` was given; leave others alone."""
    return text[1:] if _ESCAPED.match(text) else text


def text_in(cell: Cell) -> str:
    """Read a text. A spreadsheet may have made a number of it: 7 is "7", not "7.0".

    Raises:
        CellRefused: it is a date, or has a character that no text may have.
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if not isinstance(cell, str | int | float):
        raise CellRefused(_("This is a date. Format the cell as text."))
    text = unescape(str(cell))
    if "\x00" in text:
        raise CellRefused(_("A text may not hold the character NUL."))
    return text


def number_in(cell: Cell) -> float | None:
    """Read a number; an empty cell is None, which is not 0.

    Raises:
        CellRefused: it is none, or not finite.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise CellRefused(_("This is not a number."))
    try:
        number = float(cell) if len(str(cell)) <= _MOST_DIGITS else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise CellRefused(_("“%(text)s” is not a number. Write it like 12.5.") % {"text": cell})
    return number


def integer_in(cell: Cell) -> int | None:
    """Read a whole number; an empty cell is None.

    Raises:
        CellRefused: it is none.
    """
    number = number_in(cell)
    if number is None:
        return None
    if not number.is_integer():
        raise CellRefused(_("“%(text)s” is not a whole number.") % {"text": cell})
    return int(number)


def flag_in(cell: Cell) -> bool | None:
    """Read yes or no; an empty cell is None.

    Raises:
        CellRefused: it is neither.
    """
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    word = "" if cell is None else str(cell).strip().lower()
    if not word:
        return None
    if word not in _YES | _NO:
        raise CellRefused(_("“%(text)s” is neither yes nor no.") % {"text": cell})
    return word in _YES


def record_in(cell: Cell) -> dict[str, Any]:
    """Read a JSON object; an empty cell is an empty one.

    Raises:
        CellRefused: it is not JSON, or something else than an object.
    """
    text = text_in(cell)
    if not text.strip():
        return {}
    try:
        record = json.loads(text, parse_constant=_refuse_constant)
        _see_that_it_can_be_stored(record)
    except (ValueError, RecursionError) as error:
        raise CellRefused(_("This is not JSON: %(why)s.") % {"why": error}) from error
    if not isinstance(record, dict):
        raise CellRefused(_('This is not a JSON object like {"address": 12}.'))
    return record


def cell_of(value: Value) -> str | int | float | None:
    """Write a value; reading it back gives the same one."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text if value else ""
    return escape(value) if isinstance(value, str) else value


def _see_that_it_can_be_stored(record: Any) -> None:
    """Look at every text and number of a record.

    Raises:
        ValueError: one is half of a character, has NUL, or is not finite.
    """
    written = json.dumps(record, ensure_ascii=False, allow_nan=False)
    written.encode()
    if "\\u0000" in written.replace("\\\\", ""):  # the escape, not a text that looks like it
        raise ValueError("a text has the character NUL")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")
