"""The audit trail: what is written, that it stays, and that a change behind our back is found."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from devices.audit import acting, fields_of, record, recorded, verify
from devices.models import AuditEntry, Credential, Site


@pytest.fixture
def site() -> Site:
    return Site.objects.create(slug="east", name="East works")


def _rename(site: Site, *names: str) -> None:
    for name in names:
        site.name = name
        with recorded(site):
            site.save()


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


# ---------------------------------------------------------------- what is written


@pytest.mark.django_db
def test_an_entry_says_who_did_what_from_where_and_only_what_changed(site: Site) -> None:
    with acting("erin", "192.0.2.7"):
        _rename(site, "East plant")

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.remote, entry.action) == ("erin", "192.0.2.7", "change")
    assert (entry.kind, entry.object_name, entry.site_id) == ("site", "East plant", site.pk)
    assert entry.before == {"name": "East works"}
    assert entry.after == {"name": "East plant"}


@pytest.mark.django_db
def test_a_change_of_nothing_leaves_no_entry(site: Site) -> None:
    _rename(site, site.name)
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_what_no_door_is_responsible_for_was_done_by_the_system(site: Site) -> None:
    with acting(lambda: "erin"):
        record("touch", site, None, None)
    record("touch", site, None, None)
    assert list(AuditEntry.objects.order_by("pk").values_list("actor", flat=True)) == [
        "erin",
        "system",
    ]


@pytest.mark.django_db
def test_no_secret_is_written_down() -> None:
    user = User.objects.create_user("olga", password="correct horse")
    credential = Credential(lookup="abc", digest=b"secret")
    for fields in (fields_of(user), fields_of(credential)):
        assert not fields.keys() & {"password", "digest"}
        assert not any("pbkdf2" in str(value) for value in fields.values())


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_entry(site: Site) -> None:
    with transaction.atomic():
        _rename(site, "Lost")
        transaction.set_rollback(True)
    _rename(site, "Kept")
    assert AuditEntry.objects.get().after == {"name": "Kept"}
    assert verify().number == 1


# ---------------------------------------------------------------- that it stays


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "update devices_auditentry set actor = 'nobody'",
        "update devices_auditentry set number = number + 1",
        "delete from devices_auditentry",
        "truncate devices_auditentry",
    ],
)
def test_postgresql_refuses_to_change_what_is_written(site: Site, statement: str) -> None:
    _rename(site, "East plant")
    with pytest.raises(DatabaseError, match="append-only"):
        _sql(f"alter table devices_auditentry enable trigger audit_not_emptied; {statement}")
    assert AuditEntry.objects.get().actor == "system"


@pytest.mark.django_db(transaction=True)
def test_the_entries_of_several_transactions_make_one_chain(site: Site) -> None:
    _rename(site, "one", 'quotes " \\ and\nlines\x01', "中文 \u2028 é")
    with transaction.atomic():
        _rename(site, "four", "five")
    chain = verify()
    assert (chain.number, chain.broken_at, chain.unsealed) == (5, None, 0)
    assert chain.digest == AuditEntry.objects.get(number=5).digest


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("update devices_auditentry set actor = 'nobody' where number = 2", 2),
        ("update devices_auditentry set before = null where number = 3", 3),
        ("update devices_auditentry set at = at + interval '1 microsecond' where number = 1", 1),
        ("delete from devices_auditentry where number = 2", 2),
        ("delete from devices_auditentry where number = 1", 1),
    ],
)
def test_a_row_altered_with_the_trigger_switched_off_breaks_the_chain(
    site: Site, tampering: str, broken_at: int
) -> None:
    _rename(site, "one", "two", "three")
    with transaction.atomic():
        _sql("alter table devices_auditentry disable trigger audit_kept")
        _sql(tampering)
        _sql("alter table devices_auditentry enable trigger audit_kept")

    assert verify().broken_at == broken_at
    with pytest.raises(CommandError, match=f"Entry {broken_at} is missing or was altered"):
        call_command("verify_audit")


@pytest.mark.django_db(transaction=True)
def test_a_trail_whose_end_was_cut_off_is_not_the_one_that_was_noted(site: Site) -> None:
    _rename(site, "one", "two", "three")
    said = StringIO()
    call_command("verify_audit", stdout=said)
    noted = said.getvalue().split()[-1]
    call_command("verify_audit", expect=noted, stdout=StringIO())
    with transaction.atomic():
        _sql("alter table devices_auditentry disable trigger audit_kept")
        _sql("delete from devices_auditentry where number = 3")
        _sql("alter table devices_auditentry enable trigger audit_kept")

    call_command("verify_audit", stdout=StringIO())
    with pytest.raises(CommandError, match="Entry 3 is not the one that was noted"):
        call_command("verify_audit", expect=noted)
