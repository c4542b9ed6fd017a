"""From nothing to live values with the administration alone: docs/first-device.md, as a person."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from plant import PASSWORD, Plant, registry
from playwright.sync_api import Page, expect
from running_gateway import running_gateway
from served import ROOT, WebServer
from watched import OpenContext

from devices.models import Device, Membership, ModbusConnection, Role
from devices.registry import issue_token, save_connection
from edge.sim.launch import RunningPlant, start_plant

METERS = ROOT / "project" / "demo" / "meters.toml"
WITHIN_S = 60.0  # a person gets five minutes; a robot types faster


@pytest.fixture
def meters() -> Iterator[RunningPlant]:
    """Run the two simulated meters of the demo."""
    with start_plant(METERS) as running:
        yield running


@pytest.fixture
def energy(plant: Plant, web: WebServer, meters: RunningPlant, tmp_path: Path) -> Iterator[Device]:
    """Run a gateway that knows its URL, its UID and its token, as the demo does."""
    host, _, port = meters.connections["meters"].rpartition(":")

    def make() -> str:
        connection = ModbusConnection(
            gateway=plant.gateway, name="meters", host=host, port=int(port)
        )
        save_connection(connection=connection)
        Membership.objects.filter(user=plant.user).update(role=Role.ENGINEER)
        return issue_token(device=plant.gateway).token

    token = registry(make)
    with running_gateway(web.url, plant.gateway.uid, token, tmp_path):
        yield plant.gateway


def choose(page: Page, name: str, words: str) -> None:
    """Choose the option that contains these words."""
    options = page.locator(f"#id_{name} option").all_inner_texts()
    page.locator(f"#id_{name}").select_option(label=next(o for o in options if words in o))


def test_a_new_user_has_live_values_of_a_new_meter_in_less_than_five_minutes(
    plant: Plant,
    energy: Device,
    meters: RunningPlant,
    open_context: OpenContext,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = open_context().new_page()
    page.goto("/")
    begun = time.monotonic()
    page.get_by_label("User name").fill(plant.user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Administration", exact=True).click()
    page.locator("tr.model-device").get_by_role("link", name="Add").click()
    page.locator("#id_uid").fill(f"MTR-{plant.mark}")
    page.locator("#id_name").fill("Canteen meter")
    choose(page, "site", plant.site.name)
    page.locator(".field-via .select2-selection").click()
    page.locator(".select2-search__field").fill(energy.uid)
    page.locator(".select2-results__option", has_text=energy.uid).click()
    choose(page, "modbus", f"{energy.uid} · meters")
    page.locator("#id_unit_id").fill("2")
    choose(page, "profile", "SDM630")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Overview", exact=True).click()
    card = page.locator("section.card", has_text="Canteen meter")
    voltage = card.locator("tr[data-tag]", has_text="Voltage L1-N")
    expect(voltage).to_have_attribute("data-state", "good")
    took = time.monotonic() - begun
    value = voltage.locator("[data-part=value]")
    assert 200 < float(value.inner_text()) < 260
    meters.set("MTR002", "v_l1", 246.5)
    expect(value).to_have_text("246.5")  # it lives
    with capsys.disabled():
        sys.stdout.write(f"\nfrom signing in to the live value of a new meter: {took:.1f} s\n")
    assert took < WITHIN_S
