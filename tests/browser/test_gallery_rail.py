"""The rail above the gallery, and everybody's eyes on what is marked."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from line import Line
from marking import HOUR_MS, become, card, let_see, row_of, violations, visit
from plant import registry
from playwright.sync_api import expect
from seeing import SeeingGateway
from watched import SignIn

from alarms.reviews import judge
from devices.models import Role


@pytest.fixture
def seen(seeing: SeeingGateway) -> SeeingGateway:
    """Let the cameras see a fire with a picture, smoke, and a head two days ago."""
    return let_see(seeing)


def test_a_stretch_of_the_rail_is_chosen_by_keys_by_pointer_and_by_day(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in)
    rail = page.locator("[data-rail]")
    expect(rail.locator("[data-bars]")).to_have_attribute(
        "aria-label", re.compile("3 detections from .* Fire 1, Smoke 1, No helmet 1")
    )
    rail.get_by_role("slider", name="Begin").focus()
    page.keyboard.press("End")  # not beyond the other one: the last two hours of today are left
    config = page.evaluate("JSON.parse(document.querySelector('#page-config').textContent).rail")
    expect(page).to_have_url(re.compile(rf"from={config['to'] - 2 * HOUR_MS}\b"))
    in_them = sum(each["n"][-1] for each in config["counts"])  # in the late evening: two of three
    expect(page.locator("[data-card]")).to_have_count(in_them)
    page.keyboard.press("Home")
    expect(page.locator("[data-card]")).to_have_count(3)
    assert urlsplit(page.url).query == ""
    row = row_of(seen, "no_helmet")
    box = rail.locator("[data-bars]").bounding_box()
    assert box
    share = (row.since.timestamp() * 1000 - config["from"]) / (config["to"] - config["from"])
    page.mouse.click(box["x"] + share * box["width"], box["y"] + 10)
    expect(page.locator("[data-card]")).to_have_count(1)
    expect(card(page, "no_helmet")).to_be_visible()
    chosen = parse_qs(urlsplit(page.url).query)
    assert int(chosen["to"][0]) - int(chosen["from"][0]) == 2 * HOUR_MS
    page.reload()
    expect(page.locator("[data-card]")).to_have_count(1)
    rail.get_by_role("button", name="Whole time").click()
    expect(page.locator("[data-card]")).to_have_count(3)
    day = row.since.astimezone(ZoneInfo(seen.plant.time_zone)).date()
    rail.locator(f"[data-day='{day}']").click()
    expect(page.locator("[data-card]")).to_have_count(1)
    expect(rail.locator("[data-hours]")).to_be_visible()
    expect(page.locator("input[name=day]")).not_to_have_value("")


def test_what_happens_is_counted_while_the_page_is_open(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in)
    expect(page.locator("[data-open-count]")).to_have_text("3 not reviewed by you in 7 days")
    seen.see("FURNACE")
    expect(page.locator("[data-open-count]")).to_have_text("4 not reviewed by you in 7 days")


def test_the_rail_is_read_as_a_table_that_stays_current(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in)
    page.get_by_role("button", name="Show as table").press("Enter")
    table = page.get_by_role("dialog", name="Detections as table")
    expect(table.locator("thead th")).to_have_text(["Time", "Fire", "Smoke", "No helmet", "Total"])
    expect(table.locator("tfoot tr > *")).to_have_text(["Total", "1", "1", "1", "3"])
    last = table.locator("tbody tr").last  # the head, two days ago
    expect(last.locator("td")).to_have_text(["0", "0", "1", "1"])
    since = row_of(seen, "no_helmet").since.astimezone(ZoneInfo(seen.plant.time_zone))
    begin = since.replace(hour=since.hour // 2 * 2)
    end = (begin + timedelta(hours=2)).strftime("%H:00")
    expect(last.locator("th")).to_have_text(f"{begin:%m-%d %H:00}–{end}")
    seen.see("FURNACE")
    expect(table.locator("tfoot tr > *")).to_have_text(["Total", "2", "1", "1", "4"])
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Show as table")).to_be_focused()


def test_a_table_without_anything_in_it_says_so(seen: SeeingGateway, sign_in: SignIn) -> None:
    page = visit(sign_in, "/gallery/?label=flood")
    page.get_by_role("button", name="Show as table").click()
    expect(page.locator("#rail-table")).to_contain_text("Nothing was seen in this time.")
    expect(page.locator("#rail-table table")).to_be_hidden()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_marks_and_figures_break_no_rule_of_accessibility(
    seen: SeeingGateway, sign_in: SignIn, theme: str, language: str
) -> None:
    become(seen, Role.ENGINEER)
    for kind, label in (("false", "fire"), ("true", "smoke")):
        registry(judge, detection=row_of(seen, label), by=seen.plant.user, kind=kind, note="x")
    page = visit(sign_in, theme=theme, language=language, bypass_csp=True)
    assert violations(page) == []
    page.locator("[data-rail-table]").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    card(page, "fire").locator("[data-open]").click()
    page.locator("[data-hold]").click()
    assert violations(page) == []
    page.goto("/gallery/quality/")
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    for summary in page.locator(".grade summary").all():
        summary.click()
    assert violations(page) == []


def test_on_a_phone_nothing_scrolls_sideways_and_everything_can_be_hit(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    become(seen, Role.ENGINEER)
    registry(judge, detection=row_of(seen, "fire"), by=seen.plant.user, kind="false")
    phone = {"width": 390, "height": 844}
    page = visit(sign_in, "/gallery/quality/", viewport=phone)
    page.locator(".grade summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= phone["width"]
    page.goto("/gallery/")
    card(page, "fire").locator("[data-open]").click()
    box = page.locator("#lightbox")
    box.locator("[data-close]").click(trial=True)  # nothing lies over it
    box.locator("[data-hold]").click()
    assert box.evaluate("(e) => e.scrollWidth - e.clientWidth") <= 0
    for button in box.locator("[data-marks] button:visible").all():
        sides = button.bounding_box()
        assert sides
        assert min(sides["width"], sides["height"]) >= 44, button.text_content()


def test_after_midnight_in_the_plant_what_was_of_today_says_its_day(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = sign_in("/login/")
    page.clock.install()
    line = Line(page)
    line.replace = ('"ping_ms":1000', '"ping_ms":999999999')  # it stays open for a day of silence
    page.goto("/gallery/")
    at = card(page, "fire").locator("[data-part=at]")
    expect(at).to_have_text(re.compile(r"\d\d:\d\d$"))
    line.drop = "{"  # nothing that happens has it painted anew
    page.clock.fast_forward(24 * HOUR_MS)
    expect(at).to_have_text(re.compile(r"^\d\d-\d\d \d\d:\d\d$"))
