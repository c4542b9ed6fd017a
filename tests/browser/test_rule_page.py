"""The page of an alarm rule, as an engineer uses it: fields by kind, and the back-test in it."""

from __future__ import annotations

import pytest
from plant import Plant, registry
from playwright.sync_api import Page, expect
from stored_readings import store_readings
from watched import SignIn

from alarms.models import Kind, Rule
from alarms.rules import save_rule
from devices.models import Membership, Role, Tag


@pytest.fixture
def heat(plant: Plant) -> Tag:
    """A tag whose readings crossed 80 thirty times in two minutes."""
    oven = plant.add_device("OVEN")
    tag = plant.add_tag(oven, "temperature")
    members = Membership.objects.filter(user=plant.user)
    registry(lambda: members.update(role=Role.ENGINEER))
    readings = [(1800.0 - s, 85.0 if s % 4 < 2 else 75.0) for s in range(120)]
    registry(store_readings, tag, *readings)
    return tag


def shown(page: Page) -> set[str]:
    """Return which of the fields that depend on the kind are to be seen."""
    names = ("tag", "setpoint", "device", "limit", "abnormal", "label", "expression")
    return {name for name in names if page.locator(f".form-row.field-{name}").is_visible()}


def test_a_new_rule_shows_the_fields_of_the_kind_that_is_chosen(sign_in: SignIn, heat: Tag) -> None:
    page = sign_in("/admin/alarms/rule/add/")
    kind = page.get_by_label("Kind")
    kind.select_option("high")
    assert shown(page) == {"tag", "limit"}
    kind.select_option("expression")
    assert shown(page) == {"expression"}
    kind.select_option("offline")
    assert shown(page) == {"device"}
    expect(page.locator("[data-trial]")).to_be_hidden()


def test_a_back_test_stands_in_the_form_and_its_off_delay_can_be_used(
    sign_in: SignIn, plant: Plant, heat: Tag
) -> None:
    rule = Rule(site=plant.site, tag=heat, kind=Kind.HIGH, name="Too hot", limit=90.0)
    registry(save_rule, rule)
    page = sign_in(f"/admin/alarms/rule/{rule.pk}/change/")
    page.locator("#id_limit").fill("80")
    page.get_by_role("button", name="Last 24 hours").click()
    report = page.locator("[data-trial-report]")
    expect(report).to_contain_text("30 activations in quick succession")
    expect(report.locator("rect")).to_have_count(2)
    report.get_by_role("button", name="Use").click()
    delay = float(page.locator("#id_off_delay_s").input_value())
    page.get_by_role("button", name="Last 30 days").click()
    expect(report.locator("rect")).to_have_count(31)
    expect(report).not_to_contain_text("quick succession")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    stored = registry(Rule.objects.get, pk=rule.pk)
    assert (stored.limit, stored.off_delay_s) == (80.0, delay)
    assert delay >= 1


def test_without_scripts_a_back_test_is_a_page_of_its_own(
    sign_in: SignIn, plant: Plant, heat: Tag
) -> None:
    rule = Rule(site=plant.site, tag=heat, kind=Kind.HIGH, name="Too hot", limit=80.0)
    registry(save_rule, rule)
    page = sign_in(f"/admin/alarms/rule/{rule.pk}/change/", java_script_enabled=False)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Last 24 hours").click()
    expect(opened.value.locator("[data-trial-result]")).to_contain_text("30 activations")
    opened.value.close()


def test_a_mistake_in_an_expression_is_pointed_at(sign_in: SignIn, plant: Plant, heat: Tag) -> None:
    page = sign_in("/admin/alarms/rule/add/")
    page.get_by_label("Site").select_option(label=plant.site.name)
    page.locator("#id_name").fill("Both")
    page.get_by_label("Kind").select_option("expression")
    page.locator("#id_expression").fill(f"OVEN-{plant.mark}.temprature > 80")
    page.get_by_role("button", name="Save", exact=True).click()
    mistake = page.locator(".field-expression .errorlist")
    expect(mistake).to_contain_text("Did you mean temperature?")
    expect(mistake).to_contain_text("^^^^^^^^")
