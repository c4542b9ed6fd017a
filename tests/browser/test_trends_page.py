"""The trends page: what somebody chooses, how its address says so, and how it looks."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from charted import (
    add_heat,
    add_more,
    address,
    drawn,
    query,
    steady,
    store,
    titles,
    two_alarms,
    until_values,
)
from line import until
from plant import Plant, now_ms, registry
from playwright.sync_api import expect
from watched import SignIn, Watch

from alarms.models import Alarm
from devices.models import Tag

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 390, "height": 844}
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture
def heat(plant: Plant) -> Tag:
    return add_heat(plant)


@pytest.fixture
def more(plant: Plant, heat: Tag) -> dict[str, Tag]:
    return add_more(plant)


@pytest.fixture
def alarms(plant: Plant, heat: Tag) -> list[Alarm]:
    return two_alarms(plant, heat)


# ---------------------------------------------------------------- choosing


def test_tags_are_found_and_chosen_with_the_keyboard_alone(
    more: dict[str, Tag], sign_in: SignIn
) -> None:
    page = sign_in("/trends/")
    field = page.get_by_role("combobox", name="Add a tag")
    field.focus()
    page.keyboard.type("hall b w")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("group", name=re.compile("^FAN of .* · Hall B$"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="winding")).to_have_attribute("data-at", "")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option")).to_have_attribute("aria-selected", "true")
    expect(titles(page)).to_have_text(["winding (°C)"])
    assert query(page).endswith(f"tags={more['winding'].pk}&range=1h")
    page.keyboard.press("Enter")  # once more: not any more
    expect(titles(page)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_be_focused()


def test_no_more_than_eight_tags_are_shown_and_each_can_be_removed(
    plant: Plant, heat: Tag, sign_in: SignIn
) -> None:
    tags = [plant.add_tag(heat.device, f"t{n}") for n in range(8)]
    page = sign_in(address(*tags))
    chips = page.get_by_role("list", name="Tags shown").get_by_role("listitem")
    expect(chips).to_have_count(8)
    assert chips.locator("b").all_inner_texts() == [str(n) for n in range(1, 9)]
    page.get_by_role("combobox").fill("bearing")
    expect(page.get_by_role("listbox")).to_contain_text("8 tags are shown: remove one first")
    page.get_by_role("option", name="Bearing heat").click(force=True)
    expect(chips).to_have_count(8)
    page.get_by_role("button", name="Remove t3").click()
    expect(chips).to_have_count(7)
    expect(page.get_by_text("t3 is not shown any more")).to_be_attached()


def test_tags_of_one_unit_share_a_chart_and_others_have_their_own(
    more: dict[str, Tag], sign_in: SignIn
) -> None:
    for tag, value in (("heat", 60.0), ("winding", 50.0), ("pressure", 5.0), ("mode", 0.0)):
        steady(more[tag], 10 * MINUTE, 20_000, value)
    page = sign_in(address(*more.values(), range="15m"))
    expect(titles(page)).to_have_text(["°C", "pressure (bar)", "mode"])
    rows = page.locator("[data-values] tr")
    expect(rows).to_have_count(4)
    expect(rows.nth(2)).to_contain_text("6.00 bar")
    expect(rows.nth(3)).to_contain_text("Running")
    pressure = page.locator("[data-pane]").nth(1)
    expect(pressure).to_contain_text("shaded: normal range")
    expect(pressure.get_by_role("img", name=re.compile("5.00 bar to 6.00 bar"))).to_be_visible()


def test_a_page_without_tags_offers_those_of_the_overview(
    more: dict[str, Tag], sign_in: SignIn
) -> None:
    page = sign_in("/trends/")
    expect(page.get_by_text("No tag is chosen.")).to_be_visible()
    page.get_by_role("button", name="Bearing heat").click()
    expect(titles(page)).to_have_text(["Bearing heat (°C)"])
    page.go_back()
    page.get_by_role("button", name="Show the 3 tags of the overview").click()
    expect(page.locator("[data-values] tr")).to_have_count(3)


def test_tags_of_another_plant_are_not_shown_and_the_page_says_so(
    heat: Tag, sign_in: SignIn
) -> None:
    other = registry(Plant)
    stranger = other.add_tag(other.add_device("OTHER"), "secret")
    page = sign_in(address(heat, stranger))
    expect(
        page.get_by_text(f"Not tags of this plant, so not shown: {stranger.pk}.")
    ).to_be_visible()
    expect(titles(page)).to_have_text(["Bearing heat (°C)"])


# ---------------------------------------------------------------- the address


def test_a_link_and_the_way_back_show_the_same_again(more: dict[str, Tag], sign_in: SignIn) -> None:
    page = sign_in(address(more["heat"], more["winding"], range="8h"))
    expect(titles(page)).to_have_text(["°C"])
    page.get_by_role("button", name="24 h").click()
    page.get_by_role("button", name="Time before").click()
    page.get_by_role("button", name="Remove winding").click()
    said = f"tags={more['heat'].pk}&range=24h&compare=previous"
    assert query(page).endswith(said)
    page.reload()
    expect(titles(page)).to_have_text(["Bearing heat (°C)"])
    for name, pressed in (("24 h", "true"), ("8 h", "false"), ("Time before", "true")):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute(
            "aria-pressed", pressed
        )
    for _ in range(3):
        page.go_back()
    expect(titles(page)).to_have_text(["°C"])
    expect(page.get_by_role("button", name="8 h", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    state = page.locator("#trends-state")
    expect(state).to_have_attribute("data-tags", f"{more['heat'].pk},{more['winding'].pk}")
    span = page.evaluate(
        "() => { const { to, from } = document.querySelector('#trends-state').dataset;"
        " return to - from; }"
    )
    assert span == 8 * HOUR


def test_a_time_of_its_own_is_entered_in_the_time_of_the_plant(heat: Tag, sign_in: SignIn) -> None:
    noon = dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC)  # in Shanghai
    begin = round(noon.timestamp() * 1000)
    store(heat, [(begin - 1, 1.0), (begin, 60.0), (begin + MINUTE, 61.0), (begin + HOUR, 2.0)])
    page = sign_in(address(heat))
    page.get_by_role("button", name="From … to …").click()
    page.get_by_label("From", exact=True).fill("2026-03-01T12:00:00")
    page.get_by_label("To", exact=True).fill("2026-03-01T11:00:00")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="at least 10 seconds")).to_be_visible()
    page.get_by_label("To", exact=True).fill("2026-03-01T13:00:00")
    page.get_by_role("button", name="Show", exact=True).click()
    until_values(page, heat, [60.0, 61.0, None])
    assert query(page).endswith("from=2026-03-01T04:00:00Z&to=2026-03-01T05:00:00Z")
    expect(page.locator("[data-when]")).to_contain_text(
        "2026-03-01 12:00:00 to 2026-03-01 13:00:00, UTC+8"
    )
    expect(page.locator("[data-when]")).to_contain_text("not live")
    page.get_by_role("button", name="Back to live").click()
    assert query(page).endswith("range=1h")


# ---------------------------------------------------------------- files, failures, looks


def test_the_charts_are_saved_as_a_picture_with_a_sane_name(
    plant: Plant, more: dict[str, Tag], sign_in: SignIn
) -> None:
    for name in ("heat", "pressure"):
        steady(more[name], 14 * MINUTE, 20_000)
    page = sign_in(address(more["heat"], more["pressure"], range="15m"))
    until(page, lambda: bool(drawn(page, more["heat"]) and drawn(page, more["pressure"])))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as PNG").click()
    name = download.value.suggested_filename
    assert re.fullmatch(rf"{plant.site.slug}_trends_\d{{8}}T\d{{6}}_\d{{8}}T\d{{6}}\.png", name)
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG\r\n")


def test_a_chart_that_cannot_be_loaded_says_so_alone_and_can_be_tried_again(
    more: dict[str, Tag], sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("Failed to load resource")
    for name in ("heat", "pressure"):
        steady(more[name], 10 * MINUTE, 20_000)
    page = sign_in("/login/")
    page.route(f"**/api/v1/trends/?tag={more['heat'].pk}&*", lambda route: route.abort())
    page.goto(address(more["heat"], more["pressure"], range="15m"))
    failed = page.locator("[data-pane] .failed")
    expect(failed.nth(0)).to_be_visible()
    until(page, lambda: bool(drawn(page, more["pressure"])))
    expect(failed.nth(1)).to_be_hidden()
    page.unroute_all()
    # it may try by itself before the pointer gets there
    failed.nth(0).locator("button").evaluate("(button) => button.click()")
    expect(failed.nth(0)).to_be_hidden()
    until(page, lambda: len(drawn(page, more["heat"])) > 20)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.usefixtures("alarms")
def test_the_page_is_accessible_and_fits_a_phone(
    more: dict[str, Tag], sign_in: SignIn, theme: str, language: str
) -> None:
    now = now_ms()
    steady(more["heat"], 14 * MINUTE, 20_000)
    store(more["winding"], [(now - 3 * MINUTE, None), (now - 2 * MINUTE, 50.0)])
    for options in ({}, {"viewport": PHONE, "has_touch": True}):
        look: dict[str, Any] = {"theme": theme, "language": language, "bypass_csp": True}
        page = sign_in(address(*more.values(), range="15m", compare="previous"), **look, **options)
        page.locator("[data-pane]").first.scroll_into_view_if_needed()  # it is drawn when seen
        expect(page.locator(".flag")).to_have_count(2)
        until(page, lambda page=page: bool(drawn(page, more["heat"])))
        page.locator("[data-own]").click()
        page.locator("#pick").fill("e")
        page.evaluate(AXE)
        found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(wide)
        small = page.locator("main :is(a, button, input):visible").evaluate_all(
            "(all) => all.map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])"
            ".filter(([, box]) => Math.min(box.width, box.height) < 24).map(([html]) => html)"
        )
        assert small == []


def test_every_trend_of_the_overview_opens_here(heat: Tag, sign_in: SignIn) -> None:
    page = sign_in("/")
    page.get_by_role("link", name="Open Bearing heat in Trends").click()
    expect(titles(page)).to_have_text(["Bearing heat (°C)"])
    expect(page.get_by_role("link", name="Trends", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
