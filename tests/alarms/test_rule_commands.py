"""`manage.py alarm_states` and `manage.py verify_journal`."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from alarm_making import clear, make_alarm, raise_
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from alarms.states import HOLDS, State
from devices.models import Site

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def said(command: str, **options: str) -> str:
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def tamper(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("alter table alarms_journalentry disable trigger journal_kept")
        cursor.execute(statement)
        cursor.execute("alter table alarms_journalentry enable trigger journal_kept")


def test_the_documentation_has_the_tables_that_the_program_moves_by() -> None:
    first, second = said("alarm_states").strip().split("\n\n")
    text = (DOCS / "alarms.md").read_text()
    assert first in text
    assert second in text
    assert (first.count("\n"), second.count("\n")) == (len(State) + 1, len(HOLDS) + 1)


@pytest.fixture
def happened(transactional_db: None) -> None:
    """Three entries of the journal."""
    site = Site.objects.create(slug="east", name="East works")
    alarm = make_alarm(site, kind="expression")
    raise_(alarm)
    clear(alarm)
    raise_(alarm)


@pytest.mark.usefixtures("happened")
def test_a_journal_as_it_was_written_is_whole() -> None:
    assert "3 entries, all as written. End of the journal:\n3:" in said("verify_journal")


@pytest.mark.usefixtures("happened")
@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("update alarms_journalentry set actor = 'nobody' where number = 2", 2),
        ("update alarms_journalentry set value = 1.5 where number = 3", 3),
        ("delete from alarms_journalentry where number = 1", 1),
    ],
    ids=["actor", "value", "deleted"],
)
def test_an_entry_that_was_altered_or_deleted_is_found(statement: str, at: int) -> None:
    tamper(statement)
    with pytest.raises(CommandError, match=f"Entry {at} is missing or was altered"):
        said("verify_journal")


@pytest.mark.usefixtures("happened")
def test_a_journal_whose_end_was_cut_off_is_not_the_one_that_was_noted() -> None:
    noted = said("verify_journal").split()[-1]
    assert "Entry 3 is the one that was noted." in said("verify_journal", expect=noted)
    tamper("delete from alarms_journalentry where number = 3")
    said("verify_journal")
    with pytest.raises(CommandError, match="Entry 3 is not the one that was noted"):
        said("verify_journal", expect=noted)
