"""What the trends page draws: readings of the past, what arrives, and alarms beside them."""

from __future__ import annotations

import re

import pytest
from charted import (
    add_heat,
    add_more,
    address,
    drawn,
    query,
    steady,
    store,
    two_alarms,
    until_values,
    values,
)
from line import until
from plant import Gateway, Plant, now_ms
from playwright.sync_api import expect
from watched import SignIn

from alarms.models import Alarm
from devices.models import Tag
from edge import wire

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


# ---------------------------------------------------------------- what is drawn


def test_every_reading_is_drawn_while_there_is_room_and_a_gap_stays_a_gap(
    heat: Tag, sign_in: SignIn
) -> None:
    now = now_ms()
    store(heat, [(now - 10 * MINUTE, 60.0), (now - 9 * MINUTE, 61.0), (now - MINUTE, 62.0)])
    page = sign_in(address(heat, range="15m"))
    until_values(page, heat, [60.0, 61.0, None, 62.0])
    expect(page.locator("[data-pane]")).to_contain_text("every reading")


def test_many_readings_are_means_with_extremes_and_the_page_says_so(
    heat: Tag, sign_in: SignIn
) -> None:
    steady(heat, 8 * HOUR, 5000)
    page = sign_in(address(heat, range="8h"))
    pane = page.locator("[data-pane]")
    expect(pane).to_contain_text("each point is 30 s: mean, with lowest and highest")
    until(page, lambda: len(drawn(page, heat)) > 900)
    assert set(values(page, heat)[5:-5]) == {60.5}
    expect(page.locator("[data-values] tr")).to_contain_text("60.5 °C")


def test_thirty_days_are_shown_with_lowest_and_highest(heat: Tag, sign_in: SignIn) -> None:
    steady(heat, 30 * DAY, 10 * MINUTE)
    store(heat, [(now_ms() - 20 * DAY, 99.0)])
    page = sign_in(address(heat, range="30d"))
    expect(page.locator("[data-pane]")).to_contain_text("each point is 30 min: mean, with lowest")
    cells = page.locator("[data-values] tr")
    expect(cells).to_contain_text("99.0 °C")
    expect(cells.locator("[data-part=min]")).to_have_text("60.0 °C")


def test_poor_quality_is_marked_under_the_chart_and_told_of_the_window(
    heat: Tag, sign_in: SignIn
) -> None:
    now = now_ms()
    good = [(now - ago * MINUTE, 60.0) for ago in range(15, 0, -1) if ago not in {9, 8, 7, 4, 3}]
    store(heat, good)
    store(heat, [(now - ago * MINUTE, None) for ago in (9, 8, 7)])
    store(heat, [(now - ago * MINUTE, 60.0) for ago in (4, 3)], quality=64)
    page = sign_in(address(heat, range="15m"))
    pieces = page.locator(".poor i")
    expect(pieces).to_have_count(2)
    expect(pieces.nth(0)).to_have_attribute("data-worst", "bad")
    expect(pieces.nth(0)).to_have_attribute("title", re.compile("^1: no answer from .* to .*"))
    expect(pieces.nth(1)).to_have_attribute("data-worst", "uncertain")
    quality = page.locator("[data-values] [data-part=quality]")
    expect(quality).to_contain_text(re.compile("20.% bad, 13.% uncertain"))


def test_the_pointer_reads_all_charts_off_at_the_same_time(
    more: dict[str, Tag], sign_in: SignIn
) -> None:
    for name, value in (("heat", 60.5), ("winding", 50.5), ("pressure", 5.5)):
        store(more[name], [(now_ms() - ago * 1000, value) for ago in range(1, 900, 20)])
    page = sign_in(address(more["heat"], more["winding"], more["pressure"], range="15m"))
    until(page, lambda: all(drawn(page, more[name]) for name in ("heat", "winding", "pressure")))
    page.locator(".plot").first.hover()
    cursors = page.locator("[data-pane] .cursor")
    expect(cursors.nth(0)).to_contain_text("1  60.5 °C")
    expect(cursors.nth(0)).to_contain_text("2  50.5 °C")
    expect(cursors.nth(1)).to_contain_text("5.50 bar")
    expect(page.locator("[data-values] [data-part=cursor]").nth(2)).to_have_text("5.50 bar")
    page.mouse.move(1, 1)
    expect(cursors.nth(0)).to_be_empty()


def test_the_time_before_is_drawn_over_it_and_told_with_its_own_time(
    heat: Tag, sign_in: SignIn
) -> None:
    now = now_ms()
    store(heat, [(now - ago * MINUTE, 60.0) for ago in range(14, 0, -1)])
    store(heat, [(now - ago * MINUTE, 70.0) for ago in range(29, 16, -1)])
    page = sign_in(address(heat, range="15m", compare="previous"))
    until(page, lambda: set(values(page, heat, "before")) == {70.0})
    assert all(t < now - 15 * MINUTE for t, _ in drawn(page, heat, "before"))
    expect(page.locator("[data-pane]")).to_contain_text("dotted: the 15 min before")
    page.locator(".plot").hover()
    expect(page.locator(".cursor")).to_contain_text(re.compile(r"60\.0 °C[\s\S]+70\.0 °C"))


def test_a_chart_is_there_as_a_table_too(heat: Tag, sign_in: SignIn) -> None:
    steady(heat, 14 * MINUTE, 20_000)
    page = sign_in(address(heat, range="15m"))
    until(page, lambda: len(drawn(page, heat)) > 30)
    page.get_by_role("button", name="As table").click()
    table = page.locator("#trend-table table")
    expect(table.locator("thead th").nth(1)).to_have_text("Bearing heat (°C)")
    expect(table.locator("tbody tr")).to_have_count(12)
    expect(table.locator("tbody td").nth(3)).to_have_text("60.0 … 61.0")
    page.get_by_role("button", name="Close").click()
    expect(table).to_be_hidden()


@pytest.mark.parametrize(
    ("length", "label"),
    [
        ("15m", r"\d\d:\d\d:\d\d–\d\d:\d\d:\d\d"),  # steps of 75 s
        ("1h", r"\d\d:\d\d–\d\d:\d\d"),
        ("7d", r"\d\d-\d\d \d\d:\d\d–\d\d-\d\d \d\d:\d\d"),
    ],
)
def test_a_row_of_the_table_says_seconds_where_it_needs_them(
    heat: Tag, sign_in: SignIn, length: str, label: str
) -> None:
    page = sign_in(address(heat, range=length))
    page.get_by_role("button", name="As table").click()
    rows = page.locator("#trend-table tbody th")
    expect(rows).to_have_text([re.compile(f"^{label}$")] * 12)


# ---------------------------------------------------------------- live


def test_readings_go_on_live_until_somebody_pauses(
    gateway: Gateway, heat: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say_many("heat", [(now_ms() - 2000, 60.0), (now_ms() - 1000, 61.0)])
    page = sign_in(address(heat, range="15m"))
    until_values(page, heat, [60.0, 61.0])
    gateway.say("heat", 62.0)
    until_values(page, heat, [60.0, 61.0, 62.0])
    expect(page.locator("[data-when]")).to_contain_text("live")
    page.keyboard.press("p")
    expect(page.locator("[data-when]")).to_contain_text(re.compile(r"paused at \d\d:\d\d:\d\d$"))
    assert "paused=" in query(page)
    gateway.say("heat", 63.0)
    page.reload()  # the address still says when
    until_values(page, heat, [60.0, 61.0, 62.0])
    page.get_by_role("button", name="Go on").click()
    until_values(page, heat, [60.0, 61.0, 62.0, 63.0])
    assert "paused=" not in query(page)


def test_a_bad_reading_breaks_the_line_at_once_and_the_last_value_is_not_called_good(
    gateway: Gateway, heat: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say_many("heat", [(now_ms() - 2000, 60.0), (now_ms() - 1000, 61.0)])
    page = sign_in(address(heat, range="15m"))
    until_values(page, heat, [60.0, 61.0])
    gateway.say("heat", None, quality=wire.Quality.SENSOR_FAILURE)
    until_values(page, heat, [60.0, 61.0, None])
    expect(page.locator(".poor i")).to_have_attribute("data-worst", "bad")
    expect(page.locator("[data-values] [data-part=quality]")).to_contain_text("sensor failure")


def test_a_tag_that_is_added_goes_on_live_as_well(
    gateway: Gateway, more: dict[str, Tag], sign_in: SignIn
) -> None:
    gateway.connect()
    page = sign_in(address(more["heat"], range="15m"))
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    page.get_by_role("combobox").fill("pressure")
    page.get_by_role("option", name="pressure").click()
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    gateway.say("pressure", 5.25)
    gateway.say("heat", 60.25)
    until_values(page, more["pressure"], [5.25])
    until_values(page, more["heat"], [60.25])


# ---------------------------------------------------------------- zoom


def test_dragging_over_a_chart_zooms_in_and_the_page_finds_back_to_live(
    heat: Tag, sign_in: SignIn
) -> None:
    steady(heat, HOUR, 10_000)
    page = sign_in(address(heat, range="1h"))
    until(page, lambda: len(drawn(page, heat)) > 300)
    box = page.locator(".draw").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 60)
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 70)
    page.mouse.up()
    expect(page.get_by_role("button", name="Back to live")).to_be_visible()
    state = page.locator("#trends-state").evaluate("(e) => [+e.dataset.from, +e.dataset.to]")
    assert 11 * MINUTE < state[1] - state[0] < 14 * MINUTE
    assert "from=" in query(page)
    page.go_back()
    expect(page.locator("[data-when]")).to_contain_text("live")
    expect(page.get_by_role("button", name="Back to live")).to_be_hidden()


def test_the_keyboard_moves_zooms_pauses_and_goes_back(heat: Tag, sign_in: SignIn) -> None:
    steady(heat, HOUR, 60_000)
    page = sign_in(address(heat, range="1h"))
    charts = page.get_by_role("group", name="Charts")
    charts.focus()
    length = "(e) => (e.dataset.to - e.dataset.from) / 60_000"
    state = page.locator("#trends-state")
    page.keyboard.press("ArrowLeft")
    assert (state.evaluate(length), "from=" in query(page)) == (60, True)
    page.keyboard.press("+")
    assert state.evaluate(length) == 30
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert state.evaluate(length) == 120
    page.keyboard.press("Home")
    assert query(page).endswith("range=1h")
    page.keyboard.press(" ")
    expect(page.locator("[data-when]")).to_contain_text("paused at")
    page.keyboard.press(" ")
    expect(page.locator("[data-when]")).to_contain_text("live")
    expect(charts).to_be_focused()


# ---------------------------------------------------------------- alarms


def test_alarms_stand_where_they_began_and_lead_to_the_console(
    heat: Tag, alarms: list[Alarm], sign_in: SignIn
) -> None:
    steady(heat, 14 * MINUTE, 20_000)
    page = sign_in(address(heat, range="15m"))
    flags = page.locator(".flag")
    expect(flags).to_have_count(2)
    expect(flags.nth(0)).to_have_accessible_name(
        re.compile(r"priority 1, critical · Much too hot · .* to .* \(2:0\d\)")
    )
    expect(flags.nth(1)).to_have_accessible_name(re.compile("Too hot · since .*, still active"))
    flags.nth(0).hover()
    expect(flags.nth(0).locator(".tip")).to_be_visible()
    page.get_by_role("button", name="Alarms", exact=True).click()
    expect(flags).to_have_count(0)
    assert "alarms=off" in query(page)
    page.get_by_role("button", name="Alarms", exact=True).click()
    flags.nth(0).click()
    expect(page).to_have_url(re.compile(rf"/alarms/\?site=.*&tab=history&alarm={alarms[0].pk}$"))
    expect(page.locator("[data-alarms]")).to_contain_text("Much too hot")
