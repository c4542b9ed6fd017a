"""What a file would change: added, changed, unchanged and refused rows. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from devices.importing.cells import Cell, CellRefused, Value
from devices.importing.columns import Sheet, Values

Key = tuple[str, ...]


class Row(NamedTuple):
    """One row of a file."""

    line: int  # as a spreadsheet numbers it; the header is line 1
    cells: Mapping[str, Cell]  # by column, those that the file has


class Entry(NamedTuple):
    """A row of which it is known what it is about: what it says of one device or tag."""

    line: int
    key: Key
    values: Values  # of the cells that could be read
    wrong: Mapping[str, str] = {}  # of the others: column -> why not


class Change(NamedTuple):
    """One value of a row that becomes another."""

    column: str
    before: Value
    after: Value


class Finding(NamedTuple):
    """A row of the file that adds or changes something, and what."""

    line: int
    key: Key
    changes: tuple[Change, ...]  # of an added row: everything that it says


class Refused(NamedTuple):
    """A row that cannot be taken, in plain words."""

    line: int
    key: Key  # empty where not even that could be read
    reason: str


@dataclass(slots=True)
class Difference:
    """What one sheet of a file would change."""

    sheet: Sheet
    added: list[Finding] = field(default_factory=list)
    changed: list[Finding] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unchanged: int = 0

    @property
    def is_empty(self) -> bool:
        """Say whether the file says what the registry says already."""
        return not (self.added or self.changed or self.refused)


def read_rows(sheet: Sheet, rows: Iterable[Row]) -> tuple[list[Entry], list[Refused]]:
    """Read the cells of a sheet; a device or tag may stand in it only once."""
    entries: list[Entry] = []
    refused: list[Refused] = []
    lines: dict[Key, int] = {}
    for row in rows:
        values, wrong = _read_cells(sheet, row)
        known = all(values.get(name) for name in sheet.key)
        key = sheet.key_of(values) if known else ()
        reasons = list(wrong.values())
        if not known and not reasons:
            reasons = [_("%(column)s: is missing.") % {"column": ", ".join(sheet.key)}]
        if known and lines.setdefault(key, row.line) != row.line:
            known = False
            reasons.append(_("It is also on line %(line)d.") % {"line": lines[key]})
        if known:  # what else is wrong with it, the registry says
            entries.append(Entry(row.line, key, values, wrong))
        else:
            refused.append(Refused(row.line, key, " ".join(reasons)))
    return entries, refused


def _read_cells(sheet: Sheet, row: Row) -> tuple[Values, dict[str, str]]:
    values: Values = {}
    wrong: dict[str, str] = {}
    for column in sheet.columns:
        if column.name not in row.cells:
            continue
        try:
            value = column.read(row.cells[column.name])
        except CellRefused as error:
            wrong[column.name] = f"{column.name}: {error}"
            continue
        if column.empty or (value is not None and value != ""):
            values[column.name] = value
    return values, wrong


def compare(entry: Entry, current: Mapping[str, Value] | None) -> Finding | None:
    """Say what an entry adds or changes; None: nothing.

    Args:
        entry: a row of the file.
        current: what the registry says of it; None: it does not know it.
    """
    if current is None:
        return Finding(
            entry.line, entry.key, tuple(Change(c, None, v) for c, v in entry.values.items())
        )
    changes = tuple(
        Change(column, current[column], value)
        for column, value in entry.values.items()
        if current[column] != value
    )
    return Finding(entry.line, entry.key, changes) if changes else None


@dataclass(slots=True)
class Outcome:
    """What a file would change, or has changed."""

    differences: list[Difference]
    problems: list[str]  # why gateways could not read what came of it

    @property
    def refused(self) -> bool:
        """Say whether it cannot be taken."""
        return bool(self.problems) or any(each.refused for each in self.differences)

    @property
    def is_empty(self) -> bool:
        """Say whether the file says what the registry says already."""
        return all(each.is_empty for each in self.differences)

    @property
    def digest(self) -> str:
        """Make a mark by which it shows whether a file would still change the same."""
        told = [[d.sheet.name, d.added, d.changed, d.refused] for d in self.differences]
        return _digest([told, self.problems])


def _digest(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
