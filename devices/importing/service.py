"""The import itself: one transaction, kept or, for a dry run, undone.

A dry run is the import with everything that the registry refuses, rolled back before anything is
announced. So what it says is what happens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from devices.importing.columns import DEVICES
from devices.importing.devices import DeviceWriter
from devices.importing.difference import Difference, Entry, Finding, Outcome, Refused, read_rows
from devices.importing.files import Table
from devices.importing.problems import RowRefused, explain
from devices.importing.reach import Reach
from devices.importing.tags import TagWriter
from devices.models import Site

Write = Callable[[Entry], Finding | None]


class ImportRefused(Exception):
    """Nothing was changed. The message says why; look at the outcome again."""

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome


@transaction.atomic
def preview(*, tables: Sequence[Table], by: User, site: Site | None = None) -> Outcome:
    """Say what an import would change, and change nothing.

    Args:
        tables: what was read from the file.
        by: only sites where this user is an engineer are touched.
        site: of these, only this one.
    """
    outcome = _write_all(tables, Reach(by, site))
    transaction.set_rollback(True)
    return outcome


@transaction.atomic
def apply(*, tables: Sequence[Table], by: User, expected: str, site: Site | None = None) -> Outcome:
    """Change devices and tags as the file says, all of it or nothing.

    Args:
        tables: what was read from the file.
        by: only sites where this user is an engineer are touched.
        expected: digest of the outcome that was shown.
        site: of the user's sites, only this one.

    Raises:
        ImportRefused: rows are refused, or it would change something else by now.
    """
    reach = Reach(by, site)
    outcome = _write_all(tables, reach)
    if outcome.refused:
        raise ImportRefused(_("Some rows are refused, so nothing was changed."), outcome)
    if outcome.digest != expected:
        message = _("The registry has changed since. This is the difference now.")
        raise ImportRefused(message, outcome)
    reach.tell()
    return outcome


def _write_all(tables: Sequence[Table], reach: Reach) -> Outcome:
    """Write devices before tags: a file may add both."""
    ordered = sorted(tables, key=lambda table: table.sheet is not DEVICES)
    differences = [_write(table, reach) for table in ordered]
    return Outcome(differences, reach.configure())


def _write(table: Table, reach: Reach) -> Difference:
    entries, refused = read_rows(table.sheet, table.rows)
    writer = (DeviceWriter if table.sheet is DEVICES else TagWriter)(entries, reach)
    found = Difference(table.sheet, refused=refused)
    for entry in writer.ordered:
        try:
            finding = _write_row(writer.write, entry)
        except RowRefused as error:
            found.refused.append(Refused(entry.line, entry.key, str(error)))
            continue
        if finding is None:
            found.unchanged += 1
        else:
            (found.added if entry.key not in writer.known else found.changed).append(finding)
    for findings in (found.added, found.changed, found.refused):
        findings.sort(key=lambda finding: finding.line)
    return found


def _write_row(write: Write, entry: Entry) -> Finding | None:
    """Write one row; refused, it leaves nothing behind.

    Raises:
        RowRefused: the registry does not take it.
    """
    try:
        with transaction.atomic():
            return write(entry)
    except ValidationError as error:
        raise RowRefused(explain(error)) from error
    except IntegrityError as error:
        raise RowRefused(_("It contradicts another row of the registry.")) from error
