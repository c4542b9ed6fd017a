"""The administration of alarm rules: fields by kind, mistakes where they are, and back-tests."""

from __future__ import annotations

import re
from typing import Any

import pytest
from admin_pages import member, text_of
from django.test import Client
from django.utils import timezone
from stored_readings import store_readings

from alarms.admin.trial import bars_of, lasting
from alarms.defaults import fit_profile_rules
from alarms.models import Alarm, JournalEntry, Rule
from alarms.rules import save_rule
from alarms.site_rules import fit_site_rules
from devices.models import Device, Latest, Role, Site, Tag
from devices.profiles import apply_profile, import_profile

pytestmark = pytest.mark.django_db

LIST = "/admin/alarms/rule/"
PROFILE = b"""{"id": "pump", "version": "1.0.0", "vendor": "V", "model": "M",
 "points": [{"name": "flow", "unit": "l/min", "address": 0, "type": "float32", "high": 90}]}"""


@pytest.fixture
def flow(pump: Device) -> Tag:
    return pump.tags.get(name="flow")


@pytest.fixture
def rule(site: Site, flow: Tag) -> Rule:
    return save_rule(Rule(site=site, tag=flow, kind="high", name="Too much", limit=80.0))


@pytest.fixture
def of_profile(pump: Device) -> Rule:
    apply_profile(device=pump, profile=import_profile(data=PROFILE))
    fit_profile_rules()
    return Rule.objects.get(origin="profile")


def fields(rule: Rule, **changes: Any) -> dict[str, Any]:
    """The form as the page of a rule has it."""
    known: dict[str, Any] = {
        "name": rule.name,
        "priority": rule.priority,
        "enabled": "on",
        "limit": rule.limit,
        "deadband": rule.deadband,
        "on_delay_s": 0,
        "off_delay_s": 0,
        "schedule": "",
        "window_s": 60,
        "min_score": 0,
    }
    if rule.pk is None:
        known |= {"site": rule.site_id, "kind": rule.kind}
    if rule.origin != "profile":
        known |= {"tag": rule.tag_id or ""}
    return {name: value for name, value in (known | changes).items() if value is not None}


def page_of(rule: Rule) -> str:
    return f"{LIST}{rule.pk}/change/"


# ---------------------------------------------------------------- one rule


def test_a_rule_is_made_and_judged_at_once(admin: Client, site: Site, flow: Tag) -> None:
    now = timezone.now()
    Latest.objects.create(tag=flow, value=95, quality=192, source_time=now, received_time=now)
    new = Rule(site=site, tag=flow, kind="high", name="Too much", limit=80.0)
    answer = admin.post(f"{LIST}add/", fields(new))
    assert answer.status_code == 302, re.findall("errorlist.*", answer.content.decode())
    assert Alarm.objects.get().status.active
    assert re.search(r'field-active_now">1<', text_of(admin.get(LIST)))


def test_the_page_of_a_rule_has_the_fields_of_its_kind(
    admin: Client, site: Site, rule: Rule
) -> None:
    page = text_of(admin.get(page_of(rule)))
    assert 'name="limit"' in page
    assert re.search(r'id="id_schedule"[^>]*>\s*</textarea>', page)
    assert 'name="expression"' not in page
    lost = save_rule(Rule(site=site, kind="offline", name="Lost"))
    page = text_of(admin.get(page_of(lost)))
    assert 'name="device"' in page
    assert 'name="limit"' not in page
    assert "data-trial" not in page  # nothing is stored of connections


def test_what_a_kind_needs_is_said_at_its_field(admin: Client, rule: Rule) -> None:
    page = text_of(admin.post(page_of(rule), fields(rule, limit="")))
    assert re.search(r"A rule of this kind needs it\..{0,400}id_limit", page, re.DOTALL)
    assert Rule.objects.get().limit == 80.0


def test_a_mistake_in_an_expression_is_marked_under_its_line(
    admin: Client, site: Site, flow: Tag
) -> None:
    new = Rule(site=site, kind="expression", name="Both")
    text = "PUMP-1.flow > 5 and\n  PUMP-1.flw > 3"
    page = text_of(admin.post(f"{LIST}add/", fields(new, expression=text)))
    assert "Did you mean flow?\n  PUMP-1.flw &gt; 3\n  ^^^^^^^^^^<" in page
    assert not Rule.objects.exists()


def test_states_and_schedule_are_entered_as_texts(admin: Client, site: Site, flow: Tag) -> None:
    new = Rule(site=site, tag=flow, kind="discrete", name="Stopped")
    night = '[{"days": [0], "start": "22:00", "end": "06:00"}]'
    sent = fields(new, abnormal="0, 3", schedule=night, limit="")
    assert admin.post(f"{LIST}add/", sent).status_code == 302
    made = Rule.objects.get()
    assert (made.abnormal, made.schedule[0]["start"]) == ([0.0, 3.0], "22:00")
    assert 'value="0, 3"' in text_of(admin.get(page_of(made)))
    page = text_of(admin.post(page_of(made), fields(made, abnormal="on", limit=None)))
    assert "Write the numbers of the states" in page


def test_whoever_deletes_a_rule_is_named_in_the_journal(
    admin: Client, rule: Rule, flow: Tag
) -> None:
    now = timezone.now()
    Latest.objects.create(tag=flow, value=95, quality=192, source_time=now, received_time=now)
    save_rule(rule)
    assert admin.post(f"{LIST}{rule.pk}/delete/", {"post": "yes"}).status_code == 302
    entry = JournalEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.reason) == ("clear", "admin", "deleted")


# ---------------------------------------------------------------- rules that nobody made


def test_saving_a_rule_of_a_profile_unchanged_does_not_override_it(
    admin: Client, of_profile: Rule
) -> None:
    assert "It follows the profile until you change it here." in text_of(
        admin.get(page_of(of_profile))
    )
    assert admin.post(page_of(of_profile), fields(of_profile)).status_code == 302
    assert not Rule.objects.get().overridden


def test_a_changed_rule_of_a_profile_goes_back_to_its_limit(
    admin: Client, of_profile: Rule
) -> None:
    admin.post(page_of(of_profile), fields(of_profile, limit=70))
    assert (Rule.objects.get().limit, Rule.objects.get().overridden) == (70, True)
    page = text_of(admin.get(page_of(of_profile)))
    url = f"{LIST}{of_profile.pk}/restore/"
    assert url in page
    assert "from the profile, overridden" in page
    assert admin.post(url).status_code == 302
    assert (Rule.objects.get().limit, Rule.objects.get().overridden) == (90, False)


def test_what_would_come_back_is_not_deleted(admin: Client, of_profile: Rule, site: Site) -> None:
    fit_site_rules()
    assert admin.post(f"{LIST}{of_profile.pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [r.pk for r in Rule.objects.all()]}
    page = text_of(admin.post(LIST, chosen | {"post": "yes"}))
    assert "Disable it instead." in page
    assert Rule.objects.count() == 4


def test_many_rules_are_disabled_enabled_and_restored_at_once(
    admin: Client, of_profile: Rule, rule: Rule
) -> None:
    chosen = {"_selected_action": [of_profile.pk, rule.pk]}
    page = text_of(admin.post(LIST, chosen | {"action": "disable"}, follow=True))
    assert "2 rules were changed." in page
    assert not Rule.objects.filter(enabled=True).exists()
    admin.post(LIST, chosen | {"action": "back_to_profile"})
    assert list(Rule.objects.filter(enabled=True)) == [of_profile]
    admin.post(LIST, chosen | {"action": "enable"})
    assert Rule.objects.filter(enabled=True).count() == 2


# ---------------------------------------------------------------- back-tests


def test_a_back_test_shows_what_the_form_would_have_done(
    admin: Client, rule: Rule, flow: Tag
) -> None:
    store_readings(flow, (3600, 70), (3000, 85), (2700, 92), (2400, 70))
    sent = fields(rule, limit=75, range="24h")
    page = text_of(admin.post(f"{LIST}{rule.pk}/backtest/", sent))
    assert re.search(r"<b>1</b>\s*activation<", page)
    assert re.search(r'<p class="note">\d{4}-\d\d-\d\d: 1</p>', page)  # also for who sees no bars
    assert re.search(r"Activations per day, \d{4}-\d\d-\d\d", page)
    assert re.search(r"<b>0:10:00</b>\s*active altogether", page)
    assert "<svg" in page
    assert Rule.objects.get().limit == 80.0


def test_a_back_test_of_a_new_rule_proposes_an_off_delay(
    admin: Client, site: Site, flow: Tag
) -> None:
    store_readings(flow, *((1800 - s, 85 if s % 4 < 2 else 75) for s in range(120)))
    new = Rule(site=site, tag=flow, kind="high", limit=80.0)
    page = text_of(admin.post(f"{LIST}backtest/", fields(new, name="", range="30d")))
    assert "30 activations in quick succession" in page
    assert re.search(r'data-apply="\d+"', page)
    assert not Rule.objects.exists()


def test_a_form_that_cannot_be_tried_says_why(admin: Client, site: Site, rule: Rule) -> None:
    page = text_of(admin.post(f"{LIST}{rule.pk}/backtest/", fields(rule, limit="")))
    assert "Limit: A rule of this kind needs it." in page
    lost = fields(Rule(site=site, kind="offline", name="Lost"))
    assert "is not stored" in text_of(admin.post(f"{LIST}backtest/", lost))
    assert admin.get(f"{LIST}{rule.pk}/backtest/").status_code == 302


def test_bars_are_as_high_as_the_day_with_the_most() -> None:
    bars = bars_of({"2026-01-01": 0, "2026-01-02": 4, "2026-01-03": 1})
    assert [(bar.height, bar.y) for bar in bars] == [(0, 60), (60, 0), (15, 45)]
    assert lasting(3_725_400) == "1:02:05"


# ---------------------------------------------------------------- whose rules


def test_rules_are_for_engineers_of_the_site(rule: Rule, site: Site) -> None:
    west = Site.objects.create(slug="west", name="West works")
    for client, status in (
        (member(site, Role.ENGINEER), 200),
        (member(west, Role.ADMIN), 302),  # to where there is something for them
        (member(site, Role.OPERATOR), 302),  # to the sign-in
    ):
        assert client.get(page_of(rule)).status_code == status


def test_an_engineer_of_elsewhere_tries_no_rule_here(site: Site, flow: Tag) -> None:
    west = Site.objects.create(slug="west", name="West works")
    client = member(west, Role.ENGINEER)
    sent = fields(Rule(site=site, tag=flow, kind="high", limit=80.0), range="24h")
    page = text_of(client.post(f"{LIST}backtest/", sent))
    assert "cannot be tried as it stands" in page
