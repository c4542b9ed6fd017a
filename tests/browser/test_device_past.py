"""The page of a device: the tabs that tell of its past and of how it is configured."""

from __future__ import annotations

import re

import pytest
from alarmed import Alarmed, row, settled
from lived import make_lived, visit
from plant import Gateway, Plant, registry
from playwright.sync_api import expect
from watched import SignIn

from devices.configuration import note_configured
from devices.models import Device, Role


@pytest.fixture
def alarmed(plant: Plant, gateway: Gateway) -> Alarmed:
    return make_lived(plant, gateway)


# ---------------------------------------------------------------- history


def test_the_history_shows_availability_as_numbers_as_a_strip_and_as_a_table(
    alarmed: Alarmed, sign_in: SignIn
) -> None:
    page = visit(sign_in, alarmed.plant.gateway, "history")
    strips = page.get_by_role("img", name=re.compile(r"in contact for (49\.9|50\.0)\d.%"))
    expect(strips).to_have_count(3)
    expect(strips.first.locator(".away")).to_have_count(1)
    outages = page.get_by_role("region", name="Outages of the last 30 days")
    expect(outages.locator("tbody tr")).to_have_count(1)
    expect(outages).to_contain_text("silent for too long")
    expect(page.locator("div[aria-labelledby=connections-title]")).to_contain_text("still open")


def test_the_history_of_alarms_says_how_long_they_lasted(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarmed.clear(alarmed.raised("Cleared", ago_s=600))
    page = visit(sign_in, alarmed.pump, "history")
    line = page.locator("div[aria-labelledby=happened-title]").locator("tr", has_text="Cleared")
    expect(line).to_contain_text("10:0")
    expect(line).to_contain_text("96.4")
    page.locator("main").get_by_role("link", name="Open console").click()
    settled(page)
    expect(page.locator("[data-alarms]")).to_contain_text("Cleared")


# ---------------------------------------------------------------- configuration


def test_the_version_that_runs_is_live_and_a_refusal_is_told(
    alarmed: Alarmed, plant: Plant, sign_in: SignIn
) -> None:
    newest = registry(plant.gateway.configurations.first)
    assert newest is not None
    page = visit(sign_in, alarmed.pump, "config")
    told = page.locator("[data-version] [data-part=config]")
    expect(told).to_contain_text(f"version {newest.version} waits")
    registry(
        note_configured, gateway_id=plant.gateway.pk, version=newest.version, mistakes=["no port"]
    )
    expect(told).to_contain_text(f"version {newest.version} refused")
    expect(page.locator("[data-version] [data-mistakes] li")).to_have_text("no port")
    registry(note_configured, gateway_id=plant.gateway.pk, version=newest.version, mistakes=[])
    expect(told).to_have_text(f"version {newest.version}")
    expect(page.locator("[data-version] [data-mistakes] li")).to_have_count(0)


def test_an_engineer_is_led_to_where_things_are_changed_and_an_operator_is_not(
    alarmed: Alarmed, plant: Plant, sign_in: SignIn
) -> None:
    page = visit(sign_in, alarmed.pump, "config")
    expect(page.locator("main a[href*='/admin/']")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Addresses are shown to engineers.")
    alarmed.make_user(Role.ENGINEER)
    page.reload()
    expect(page.locator("main")).to_contain_text("192.0.2.40:502")
    page.get_by_role("link", name="Change this device").click()
    expect(page.locator("h1, h2").filter(has_text=alarmed.pump.uid).first).to_be_visible()


# ---------------------------------------------------------------- states


def test_a_device_that_is_disabled_or_never_seen_says_so(
    alarmed: Alarmed, plant: Plant, sign_in: SignIn
) -> None:
    page = visit(sign_in, alarmed.fan, "history")
    expect(page.locator("main")).to_contain_text("It has never been in contact.")
    registry(Device.objects.filter(pk=alarmed.pump.pk).update, enabled=False)
    page = visit(sign_in, alarmed.pump)
    expect(page.locator(".off")).to_contain_text("This device is disabled")
    expect(page.locator(f"tr[data-tag='{alarmed.heat.pk}']")).to_have_attribute(
        "data-state", "stale"
    )


def test_a_gateway_without_tags_lists_whom_it_speaks_for(
    alarmed: Alarmed, plant: Plant, sign_in: SignIn
) -> None:
    page = visit(sign_in, plant.gateway)
    lines = page.locator("div[aria-labelledby=children-title]").locator("tbody tr")
    expect(lines).to_have_count(2)
    expect(lines.filter(has_text=alarmed.pump.uid)).to_contain_text("online")
    alarm = alarmed.raised("Lost", of=plant.gateway, kind="offline", limit=None)
    expect(row(page, alarm)).to_be_visible()
