"""The tiles on top of the overview: tags, sums of tags, alarms, and how they follow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from alarmed import Alarmed
from plant import Gateway, Plant, now_ms, registry
from playwright.sync_api import Locator, Page, expect
from watched import Run, SignIn

from devices.figures import save_figures
from devices.models import SiteFigure, Tag
from edge.wire import Quality


def choose(plant: Plant, *chosen: tuple[str, Sequence[Tag], dict[str, Any]]) -> None:
    """Choose the key figures of the plant as an engineer would."""
    figures = [
        (SiteFigure(kind=kind, position=n, **fields), list(tags))
        for n, (kind, tags, fields) in enumerate(chosen)
    ]
    registry(lambda: save_figures(site=plant.site, changed=figures))


def tile(page: Page, place: int = 0) -> Locator:
    return page.locator(".figure").nth(place)


def part(page: Page, name: str, place: int = 0) -> Locator:
    return tile(page, place).locator(f"[data-part={name}]")


@pytest.fixture
def meters(plant: Plant) -> list[Tag]:
    """Three meters with a power each."""
    known = {"unit": "kW", "low": None, "high": None, "pinned": False, "decimals": 1}
    devices = [plant.add_device(f"MTR{i}") for i in range(3)]
    return [plant.add_tag(device, f"power{i}", **known) for i, device in enumerate(devices)]


def test_without_a_choice_the_tiles_are_what_the_plant_has(
    plant: Plant, gateway: Gateway, sign_in: SignIn
) -> None:
    plant.add_tag(plant.add_device("PUMP"), "temperature", label="Bearing temperature")
    gateway.connect()
    gateway.say("temperature", 61.5)
    page = sign_in()
    expect(page.locator(".figure h3 .cut:first-child")).to_have_text(
        [
            *("Devices online", "Unacknowledged", "Outside normal range", "Bearing temperature"),
            *("Gateways connected", "Tags reporting", "Without a valid value"),
        ]
    )
    expect(part(page, "value", 3)).to_have_text("61.5")
    expect(part(page, "unit", 3)).to_have_text("°C")
    expect(part(page, "corner", 3)).to_have_text(plant.devices["PUMP"].uid)
    expect(part(page, "foot", 3)).to_have_text("normal 50.0 to 80.0")


def test_a_tile_of_a_tag_has_its_last_hour_as_a_line_in_its_normal_band(
    plant: Plant, gateway: Gateway, sign_in: SignIn
) -> None:
    tag = plant.add_tag(plant.add_device("PUMP"), "temperature")
    choose(plant, ("tag", [tag], {"label": "Pump", "target": 62.0}))
    gateway.connect()
    gateway.say_many("temperature", [(now_ms() - 60_000 * i, 60.0 + i) for i in range(19, -1, -1)])
    page = sign_in()
    expect(tile(page).locator("h3")).to_contain_text("Pump")
    expect(part(page, "foot")).to_have_text("target 62.0")
    expect(tile(page).locator("path.spark")).to_have_attribute("d", lines(10))
    assert float(tile(page).locator("[data-band]").get_attribute("height") or 0) > 5


def lines(count: int) -> re.Pattern[str]:
    """Match a path of at least so many pieces."""
    return re.compile(rf"^M(?:[^L]*L){{{count}}}")


def test_a_value_that_is_not_current_is_hatched_and_says_its_age(
    plant: Plant, gateway: Gateway, sign_in: SignIn
) -> None:
    tag = plant.add_tag(plant.add_device("PUMP"), "temperature")
    choose(plant, ("tag", [tag], {}))
    gateway.connect()
    gateway.say("temperature", 64.0)
    page = sign_in()
    expect(tile(page)).to_have_attribute("data-state", "good")
    gateway.say("temperature", 66.0, quality=Quality.UNCERTAIN)
    expect(part(page, "foot")).to_have_text("uncertain")
    gateway.leave()
    expect(tile(page)).to_have_attribute("data-state", "stale")
    expect(part(page, "foot")).to_contain_text("offline")
    expect(part(page, "value")).to_have_text("66.0")


def test_a_sum_is_shown_only_while_all_its_tags_are_current(
    plant: Plant, gateway: Gateway, meters: list[Tag], sign_in: SignIn
) -> None:
    choose(plant, ("sum", meters, {"label": "Total power"}), ("max", meters, {}))
    gateway.connect()
    for i, value in enumerate((10.5, 20.0, 12.0)):
        gateway.say(f"power{i}", value)
    page = sign_in()
    expect(part(page, "value")).to_have_text("42.5")
    expect(part(page, "corner")).to_have_text("sum of 3")
    expect(part(page, "value", 1)).to_have_text("20.0")
    gateway.say("power1", None, quality=Quality.SENSOR_FAILURE)
    expect(part(page, "value")).to_have_text("–")
    expect(part(page, "foot")).to_have_text("2 of 3 current: 22.5 kW")
    expect(tile(page)).to_have_attribute("data-state", "stale")
    expect(part(page, "value", 1)).to_have_text("–")
    expect(part(page, "foot", 1)).to_have_text("2 of 3 current")
    gateway.say("power1", 30.0)
    expect(part(page, "value")).to_have_text("52.5")
    expect(tile(page)).to_have_attribute("data-state", "good")


def test_a_sum_over_units_that_have_become_different_says_so(
    plant: Plant, gateway: Gateway, meters: list[Tag], sign_in: SignIn
) -> None:
    choose(plant, ("sum", meters, {}))
    registry(Tag.objects.filter(pk=meters[0].pk).update, unit="MW")
    gateway.connect()
    for i in range(3):
        gateway.say(f"power{i}", 10.0)
    page = sign_in()
    expect(part(page, "foot")).to_have_text("its tags have different units now")
    expect(part(page, "value")).to_have_text("–")


def test_an_open_page_follows_when_the_figures_are_chosen_anew(
    plant: Plant, gateway: Gateway, meters: list[Tag], sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("power0", 10.0)
    page = sign_in()
    expect(tile(page)).to_have_attribute("data-figure", "devices")
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    choose(plant, ("tag", meters[:1], {"label": "First meter"}))
    expect(tile(page).locator("h3")).to_contain_text("First meter")
    expect(page.locator(".figure")).to_have_count(1)


def test_the_tiles_of_alarms_count_and_carry_the_most_urgent_one(
    plant: Plant, sign_in: SignIn
) -> None:
    alarmed = Alarmed(plant)
    choose(plant, ("unacknowledged", [], {}), ("standing", [], {}), ("tag", [alarmed.heat], {}))
    page = sign_in()
    expect(part(page, "value")).to_have_text("0")
    expect(part(page, "foot")).to_have_text("none waits")
    alarmed.raised("Too hot", kind="high_high", priority=1, limit=95.0)
    alarm = alarmed.raised("Shakes", of=alarmed.shake, priority=3)
    expect(part(page, "value")).to_have_text("2")
    expect(part(page, "foot")).to_have_text("1 P1 · 1 P3")
    expect(tile(page)).to_have_attribute("data-priority", "1")
    expect(part(page, "value", 1)).to_have_text("2")
    expect(tile(page, 2)).to_have_attribute("data-priority", "1")
    alarmed.clear(alarm)
    expect(part(page, "value", 1)).to_have_text("1")


def test_a_trend_in_alarm_has_a_frame_a_badge_and_its_limit(
    plant: Plant, gateway: Gateway, sign_in: SignIn
) -> None:
    alarmed = Alarmed(plant)
    gateway.connect()
    gateway.say("bearing_temp", 96.4)
    page = sign_in()
    trend = page.locator(f"[data-trend='{alarmed.heat.pk}']")
    alarmed.raised("Too hot", kind="high_high", priority=1, limit=95.0)
    expect(trend).to_have_attribute("data-call", "unacked")
    expect(trend.locator("[data-part=call]")).to_have_text("1 HIHI")
    cell = page.locator(f"[data-cell][data-device='{alarmed.pump.pk}']")
    expect(cell).to_have_attribute("data-priority", "1")
    expect(cell.locator("[data-part=call]")).to_contain_text("critical")


def test_a_device_with_an_alarm_shows_its_state_beside_the_symbol(
    plant: Plant, gateway: Gateway, sign_in: SignIn
) -> None:
    alarmed = Alarmed(plant)
    gateway.connect()
    gateway.say("bearing_temp", 96.4)
    alarmed.raised("Too hot", priority=2)
    page = sign_in()
    cell = page.locator(f"[data-cell][data-device='{alarmed.pump.pk}']")
    expect(cell.locator(".pri")).to_be_visible()
    gateway.leave()
    expect(cell).to_have_attribute("data-status", "offline")
    state, symbol = cell.locator(".d"), cell.locator(".pri")
    expect(state).to_be_visible()
    expect(state).to_have_css("border-top-style", "dashed")
    left, right = state.bounding_box(), symbol.bounding_box()
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"]


def test_several_tags_make_one_line_with_a_gap_where_one_is_not_known(run: Run) -> None:
    points = run("""
        const { combinedLine, combined, extentOf } = await import("aggregate");
        const { Ring } = await import("ring");
        const ring = (...readings) => {
            const ring = new Ring(9);
            for (const [t, v] of readings) ring.push(t, v);
            return ring;
        };
        const rings = [ring([0, 1], [50, 3], [80, NaN]), ring([10, 10], [60, 20])];
        const line = combinedLine("sum", rings, { from: 0, to: 100, steps: 4 });
        return { line: [...line].map(String), none: String(combined("mean", [])),
                 mean: combined("mean", [1, 2, 6]), extent: extentOf(line) };
    """)
    assert points == {
        "line": ["0", "NaN", "25", "11", "50", "13", "75", "23", "100", "NaN"],
        "none": "NaN",
        "mean": 3,
        "extent": {"min": 11, "max": 23},
    }
