"""The alarm journal in the administration says words, not codes."""

from __future__ import annotations

import pytest
from admin_pages import text_of
from django.test import Client
from django.utils import timezone

from alarms.models import JournalEntry
from devices.models import Site

pytestmark = pytest.mark.django_db
JOURNAL = "/admin/alarms/journalentry/"


@pytest.fixture
def entry(site: Site) -> JournalEntry:
    return JournalEntry.objects.create(
        at=timezone.now(),
        source_time=timezone.now(),
        site_id=site.pk,
        alarm_id=1,
        occurrence=1,
        rule_id=1,
        rule_version=1,
        rule_name="Oven too hot",
        kind="high",
        priority=2,
        source="tag:1",
        device_uid="OVEN-1",
        tag_name="temperature",
        action="unsuppress",
        before="acknowledged",
        after="latched_unacknowledged",
        holds="shelved,out_of_service",
        historical=True,
        value=31.70234,
        limit=30.0,
        actor="olga",
        reason="the fan is blocked",
    )


def test_what_happened_is_written_in_words_with_rounded_values(
    admin: Client, entry: JournalEntry
) -> None:
    page = text_of(admin.get(JOURNAL))
    assert "not suppressed any more, historical" in page
    assert ">unsuppress<" not in page
    assert ">31.7<" in page
    assert "OVEN-1 / temperature" in page
    assert page.index("field-actor") < page.index('class="field-detail">the fan is blocked')


def test_an_entry_names_its_states_and_holds(admin: Client, entry: JournalEntry) -> None:
    page = text_of(admin.get(f"{JOURNAL}{entry.pk}/change/"))
    assert "returned, latched, unacknowledged" in page
    assert "shelved, out of service" in page
    assert "latched_unacknowledged" not in page


def test_the_journal_and_its_group_are_translated(admin: Client, entry: JournalEntry) -> None:
    page = text_of(admin.get(JOURNAL, headers={"Accept-Language": "zh-hans"}))
    assert "not suppressed" not in page
    assert ">Alarms<" not in page
