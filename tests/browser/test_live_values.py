"""What a page shows of a value, and when it stops showing it as current."""

from __future__ import annotations

import pytest
from plant import Gateway, Plant, now_ms
from playwright.sync_api import Locator, Page, expect
from watched import SignIn

from devices.models import Tag
from edge import wire


def row(page: Page, tag: Tag) -> Locator:
    return page.locator(f"tr[data-tag='{tag.pk}']")


def value(page: Page, tag: Tag) -> Locator:
    return row(page, tag).locator("[data-part=value]")


def age(page: Page, tag: Tag) -> Locator:
    return row(page, tag).locator("[data-part=age]")


@pytest.fixture
def temperature(plant: Plant) -> Tag:
    pump = plant.add_device("PUMP")
    return plant.add_tag(pump, "temperature", label="Bearing temperature")


def test_a_value_changes_without_a_reload(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 61.04)
    page = sign_in()
    page.evaluate("window.untouched = true")
    expect(value(page, temperature)).to_have_text("61.0")
    gateway.say("temperature", 62.35)
    expect(value(page, temperature)).to_have_text("62.4")
    expect(row(page, temperature)).to_have_attribute("data-state", "good")
    expect(age(page, temperature)).to_have_text("0 s")
    assert page.evaluate("window.untouched") is True


def test_numbers_have_fixed_digits_thin_spaces_and_a_real_minus(
    gateway: Gateway, plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    flow = plant.add_tag(temperature.device, "flow", decimals=2, unit="m³/h", low=None, high=None)
    gateway.connect()
    page = sign_in()
    gateway.say("flow", -1234567.891)
    expect(value(page, flow)).to_have_text("−1\u202f234\u202f567.89")
    gateway.say("flow", -0.001)
    expect(value(page, flow)).to_have_text("0.00")


def test_a_bad_reading_shows_a_question_mark_and_the_reason_never_the_old_number(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in()
    expect(value(page, temperature)).to_have_text("61.0")
    gateway.say("temperature", None, quality=wire.Quality.COMM_FAILURE)
    expect(value(page, temperature)).to_have_text("?")
    expect(row(page, temperature)).to_have_attribute("data-state", "bad")
    expect(age(page, temperature)).to_have_text("no answer")
    expect(page.locator(".trend [data-part=badge]")).to_have_text("no answer")
    gateway.say("temperature", 61.5)
    expect(value(page, temperature)).to_have_text("61.5")
    expect(row(page, temperature)).to_have_attribute("data-state", "good")


def test_an_uncertain_reading_keeps_its_number_and_says_why(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    page = sign_in()
    gateway.say("temperature", 99.0, quality=wire.Quality.LIMIT_EXCEEDED)
    expect(value(page, temperature)).to_have_text("99.0")
    expect(age(page, temperature)).to_have_text("beyond its limits")


def test_a_text_reading_is_shown_as_it_is(
    gateway: Gateway, plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    mode = plant.add_tag(temperature.device, "mode", unit="", low=None, high=None)
    gateway.connect()
    page = sign_in()
    gateway.say("mode", None, raw="<b>AUTO</b>")
    expect(value(page, mode)).to_have_text("<b>AUTO</b>")
    expect(row(page, mode)).to_have_attribute("data-state", "good")


def test_a_silent_tag_ages_until_it_is_stale(
    gateway: Gateway, plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    quick = plant.add_tag(temperature.device, "quick", scan_ms=100, silence_ms=700)
    gateway.connect()
    page = sign_in()
    gateway.say("quick", 70.0)
    expect(row(page, quick)).to_have_attribute("data-state", "stale")
    expect(age(page, quick)).to_contain_text("no data")
    expect(value(page, quick)).to_have_text("70.0")
    gateway.say("quick", 71.0)
    expect(value(page, quick)).to_have_text("71.0")


def test_a_value_outside_its_normal_range_is_marked_by_shape_and_word(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    page = sign_in()
    gateway.say("temperature", 85.0)
    expect(row(page, temperature)).to_have_attribute("data-side", "high")
    expect(row(page, temperature).locator("[data-part=side]")).to_have_text(
        "above its normal range"
    )
    figure = page.locator("[data-figure=outside]")
    expect(figure.locator("[data-part=value]")).to_have_text("1")
    expect(figure.locator("[data-part=foot]")).to_have_text("Bearing temperature")
    gateway.say("temperature", 60.0)
    expect(row(page, temperature)).not_to_have_attribute("data-side", "high")
    expect(figure.locator("[data-part=value]")).to_have_text("0")


def test_a_tag_that_never_reported_says_so(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    page = sign_in()
    expect(row(page, temperature)).to_have_attribute("data-state", "none")
    expect(value(page, temperature)).to_have_text("–")
    expect(age(page, temperature)).to_have_text("no reading yet")


def test_a_late_reading_never_replaces_a_newer_one(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    page = sign_in()
    gateway.say("temperature", 64.0)
    expect(value(page, temperature)).to_have_text("64.0")
    gateway.say("temperature", 51.0, at=now_ms() - 60_000, stream="history")
    gateway.say("temperature", 65.0)
    expect(value(page, temperature)).to_have_text("65.0")


def test_a_device_goes_offline_with_its_gateway_and_comes_back(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in()
    cell = page.locator(f"[data-cell][data-device='{temperature.device_id}']")
    expect(cell).to_have_attribute("data-status", "online")
    expect(row(page, temperature)).to_have_attribute("data-state", "good")
    gateway.leave()
    expect(cell).to_have_attribute("data-status", "offline")
    expect(row(page, temperature)).to_have_attribute("data-state", "stale")
    expect(age(page, temperature)).to_contain_text("offline")
    expect(page.locator("[data-figure=devices] [data-part=value]")).to_have_text("0")
    gateway.connect()
    gateway.say("temperature", 62.0)
    expect(cell).to_have_attribute("data-status", "online")
    expect(value(page, temperature)).to_have_text("62.0")
    expect(row(page, temperature)).to_have_attribute("data-state", "good")
    expect(page.locator("[data-area='Hall A'] [data-part=count]")).to_have_text("1/1")


def test_a_device_that_its_gateway_cannot_reach_is_offline_with_the_reason(
    gateway: Gateway, plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in(f"/devices/{temperature.device.uid}/")
    status = page.locator(f"dd[data-device='{temperature.device_id}'] [data-part=status]")
    expect(status).to_have_text("online")
    gateway.tell(temperature.device, "device.down", "COMM_FAILURE")
    expect(status).to_have_text("offline: no answer")
    expect(row(page, temperature)).to_have_attribute("data-state", "stale")
    gateway.tell(temperature.device, "device.up")
    expect(status).to_have_text("online")


def test_a_tag_and_a_device_that_come_into_being_appear_without_a_reload(
    gateway: Gateway, plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    page = sign_in()
    expect(page.locator("[data-cell]")).to_have_count(2)
    plant.add_device("NEW", area="Hall B")
    expect(page.locator("[data-cell]")).to_have_count(3)
    expect(page.locator("[data-area='Hall B']")).to_contain_text(f"NEW-{plant.mark}")
    gateway.leave()
    pressure = plant.add_tag(temperature.device, "pressure", unit="bar", pinned=False)
    gateway.connect()
    gateway.say("pressure", 55.0)
    expect(value(page, pressure)).to_have_text("55.0")
    expect(row(page, pressure).locator("[data-part=unit]")).to_have_text("bar")
