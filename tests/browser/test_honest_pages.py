"""What a page says of what it does not know: nothing missing is counted as well."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from line import Line
from plant import Gateway, Plant, registry
from playwright.sync_api import Locator, Page, expect
from served import WebServer
from watched import SignIn, Watch

from devices.models import Tag
from devices.registry import create_device, issue_token
from edge.wire import Quality

REFUSED = r"WebSocket connection to .* failed|ERR_CONNECTION_(REFUSED|RESET)"


@pytest.fixture
def temperature(plant: Plant) -> Tag:
    return plant.add_tag(plant.add_device("PUMP"), "temperature", label="Temperature")


@pytest.fixture
def restored(web: WebServer) -> Iterator[WebServer]:
    """Lend the server to a test that stops it; the next test finds it running."""
    yield web
    web.stop()
    web.start()


def figure(page: Page, name: str, part: str) -> Locator:
    return page.locator(f"[data-figure={name}] [data-part={part}]")


def test_a_gateway_without_devices_counts_among_the_gateways(
    plant: Plant, gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    waits = registry(create_device, uid=f"NEW-{plant.mark}", name="New one", site=plant.site)
    registry(issue_token, device=waits)
    gateway.connect()
    page = sign_in()
    expect(figure(page, "gateways", "value")).to_have_text("1")
    expect(figure(page, "gateways", "unit")).to_have_text("/ 2")
    expect(figure(page, "gateways", "foot")).to_have_text("1 never seen")
    page.goto("/gateways/")
    expect(page.locator("[data-gateway]")).to_have_count(2)
    row = page.locator("[data-gateway]", has_text=waits.uid)
    expect(row.locator("[data-part=config]")).to_have_text("never connected")


def test_the_tiles_say_what_is_not_known_when_a_gateway_goes(
    plant: Plant, gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 91.0)
    page = sign_in()
    expect(figure(page, "outside", "foot")).to_have_text("Temperature")
    expect(figure(page, "bad", "foot")).to_have_text("all have a current value")
    gateway.leave()
    expect(figure(page, "outside", "foot")).to_have_text("1 not known")
    expect(figure(page, "outside", "value")).to_have_text("–")
    expect(figure(page, "bad", "value")).to_have_text("1")
    expect(figure(page, "bad", "foot")).to_have_text("1 offline")


def test_a_value_without_a_place_in_its_range_has_no_mark(
    plant: Plant, gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in()
    mark = page.locator(f"tr[data-tag='{temperature.pk}'] .marker")
    expect(mark).not_to_have_attribute("visibility", "hidden")
    gateway.say("temperature", None, quality=Quality.SENSOR_FAILURE)
    expect(mark).to_have_attribute("visibility", "hidden")


def test_nothing_looks_current_again_before_the_server_has_said_how_it_is(
    restored: WebServer,
    gateway: Gateway,
    temperature: Tag,
    sign_in: SignIn,
    watch: Watch,
) -> None:
    watch.allow(REFUSED)
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in("/login/")
    line = Line(page)
    page.goto("/")
    row = page.locator(f"tr[data-tag='{temperature.pk}']")
    expect(row).to_have_attribute("data-state", "good")
    gateway.leave()
    restored.kill()
    expect(row.locator("[data-part=age]")).to_contain_text("link lost")
    line.drop = '"snap","ch":"tel:'
    restored.start()
    gateway.connect()
    expect(page.locator("#link [data-part=phase]")).to_have_text("Live")
    expect(row.locator("[data-part=age]")).to_contain_text("link lost")
    line.drop = ""
    line.cut(1012)
    expect(row).to_have_attribute("data-state", re.compile("good|stale"))
    expect(row.locator("[data-part=age]")).not_to_contain_text("link lost")
