"""The alarm console: what it shows, what people do in it, and what it says when that cannot be."""

from __future__ import annotations

import re

import pytest
from alarmed import Alarmed, choose, console, names, row, settled
from line import Line, until
from plant import Gateway, Plant, now_ms
from playwright.sync_api import Page, expect
from watched import SignIn, Watch

from alarms.states import State


@pytest.fixture
def alarmed(plant: Plant) -> Alarmed:
    return Alarmed(plant)


def elsewhere(page: Page) -> None:
    """Take the pointer and the keyboard off the list."""
    page.mouse.move(2, 2)
    page.evaluate("document.activeElement.blur()")


# ---------------------------------------------------------------- what it shows


def test_what_waits_comes_first_then_the_urgent_then_the_newest(
    alarmed: Alarmed, sign_in: SignIn
) -> None:
    alarmed.raised("Old", priority=3, ago_s=900)
    alarmed.raised("New", priority=3, ago_s=30)
    urgent = alarmed.raised("Urgent", priority=1, ago_s=600)
    page = console(sign_in)
    until(page, lambda: names(page) == ["Urgent", "New", "Old"], lambda: str(names(page)))
    shown = row(page, urgent)
    expect(shown.locator("[data-part=value]")).to_have_text("96.4\u202f°C")
    expect(shown.locator("[data-part=limit]")).to_have_text("limit 80.0\u202f°C")
    expect(shown.locator("[data-part=lasted]")).to_have_text(re.compile(r"10:\d\d"))
    expect(shown.locator("[data-part=area]")).to_have_text("Utilities")
    expect(shown.locator("[data-part=condition]")).to_have_text("bearing_temp: high")


def test_each_state_has_a_symbol_and_a_word(alarmed: Alarmed, sign_in: SignIn) -> None:
    page = console(sign_in)
    waits = alarmed.raised("Waits")
    cleared = alarmed.clear(alarmed.raised("Cleared"))
    latched = alarmed.clear(alarmed.raised("Latched", latching=True))
    for alarm, look, word in (
        (waits, "unacked", "unacknowledged"),
        (cleared, "cleared", "returned, unacknowledged"),
        (latched, "cleared", "returned, latched, unacknowledged"),
    ):
        expect(row(page, alarm).locator(".pri")).to_have_attribute("data-look", look)
        expect(row(page, alarm).locator("[data-part=state]")).to_have_text(word)
    choose(page, latched)
    page.keyboard.press("a")
    expect(row(page, latched).locator(".pri")).to_have_attribute("data-look", "latched")
    page.keyboard.press("r")
    expect(row(page, latched)).to_have_attribute("data-gone", "")
    elsewhere(page)
    expect(row(page, latched)).to_have_count(0)


def test_filters_stand_in_the_address(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarmed.raised("Heat", priority=2)
    alarmed.raised("Shake", of=alarmed.shake, priority=3)
    page = console(sign_in, "?priority=3")
    until(page, lambda: names(page) == ["Shake"])
    page.locator("select[name=priority]").select_option("1")
    expect(page.locator("[data-none]")).to_contain_text("No alarms in this filter.")
    page.locator("[data-none]").get_by_role("link", name="Clear filters").click()
    until(page, lambda: sorted(names(page)) == ["Heat", "Shake"])
    page.locator("select[name=area]").select_option("Line A")
    page.wait_for_url("**area=Line+A*")
    until(page, lambda: names(page) == ["Shake"])


def test_nothing_to_see_is_a_sentence_and_a_next_step(alarmed: Alarmed, sign_in: SignIn) -> None:
    page = console(sign_in)
    expect(page.locator("[data-none]")).to_contain_text("No active alarms.")
    expect(page.locator("[data-none] a")).to_be_visible()


def test_nothing_moves_while_somebody_points_at_the_list(alarmed: Alarmed, sign_in: SignIn) -> None:
    first = alarmed.raised("First", priority=3)
    second = alarmed.raised("Second", priority=4)
    page = console(sign_in)
    row(page, second).hover()
    alarmed.raised("Urgent", priority=1)
    alarmed.clear(first)
    expect(page.locator("[data-pill]")).to_have_text("1 new")
    expect(row(page, first).locator(".pri")).to_have_attribute("data-look", "cleared")
    assert names(page) == ["First", "Second"]
    page.locator("[data-pill] button").click()
    until(page, lambda: names(page) == ["Urgent", "First", "Second"], lambda: str(names(page)))


def test_an_alarm_that_came_while_the_page_was_cut_off_is_there_afterwards(
    alarmed: Alarmed, sign_in: SignIn
) -> None:
    page = sign_in("/login/")
    line = Line(page)
    page.goto("/alarms/")
    settled(page)
    line.sockets[-1].close(code=1012)
    late = alarmed.raised("Late")
    expect(row(page, late)).to_be_visible()


# ---------------------------------------------------------------- what people do


def test_what_one_acknowledges_the_other_sees(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarm = alarmed.raised("Heat")
    first = console(sign_in)
    alarmed.become("li")
    second = console(sign_in)
    choose(first, alarm)
    first.locator("[data-do=acknowledge]").click()
    for page in (first, second):
        expect(row(page, alarm).locator(".pri")).to_have_attribute("data-look", "acked")
        expect(row(page, alarm).locator("[data-part=acked]")).to_contain_text("operator-")
    assert alarmed.now(alarm).state == State.ACKNOWLEDGED


def test_a_row_is_pending_until_the_server_has_told_of_it(
    alarmed: Alarmed, sign_in: SignIn
) -> None:
    alarm = alarmed.raised("Heat")
    page = sign_in("/login/")
    line = Line(page)
    page.goto("/alarms/")
    settled(page)
    line.drop = "acknowledged"
    choose(page, alarm)
    page.keyboard.press("a")
    expect(row(page, alarm).locator("[data-part=state]")).to_have_text("pending")
    until(page, lambda: alarmed.now(alarm).state == State.ACKNOWLEDGED)
    expect(row(page, alarm).locator(".pri")).to_have_attribute("data-look", "unacked")
    line.drop = ""
    alarmed.raised("Another")  # its number shows that one is missing
    expect(row(page, alarm).locator(".pri")).to_have_attribute("data-look", "acked")


def test_who_comes_second_hears_who_was_first(
    alarmed: Alarmed, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("409")
    alarm = alarmed.raised("Heat")
    late = sign_in("/login/")
    line = Line(late)
    late.goto("/alarms/")
    settled(late)
    line.drop = "acknowledged"
    alarmed.become("li")
    first = console(sign_in)
    choose(first, alarm)
    first.keyboard.press("a")
    expect(row(first, alarm).locator(".pri")).to_have_attribute("data-look", "acked")
    choose(late, alarm)
    late.keyboard.press("a")
    expect(late.locator("[data-said]")).to_have_text(
        re.compile(r"Heat: changed by li-\w+ \d+ s ago; look again")
    )
    expect(row(late, alarm).locator("[data-part=state]")).to_have_text("unacknowledged")


def test_the_most_urgent_are_acknowledged_one_by_one(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarms = [alarmed.raised(f"Urgent {n}", priority=1) for n in range(2)]
    other = alarmed.raised("Other", priority=2)
    page = console(sign_in)
    for alarm in (*alarms, other):
        choose(page, alarm)
    expect(page.locator("[data-chosen]")).to_have_text("3 chosen")
    page.keyboard.press("a")
    expect(page.locator("[data-said]")).to_contain_text("one by one")
    expect(row(page, other).locator(".pri")).to_have_attribute("data-look", "acked")
    assert {alarmed.now(alarm).state for alarm in alarms} == {State.UNACKNOWLEDGED}


def test_a_shelf_needs_a_reason_and_has_an_end(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarm = alarmed.raised("Heat")
    page = console(sign_in)
    choose(page, alarm)
    page.keyboard.press("s")
    dialog = page.locator("#order")
    dialog.get_by_role("button", name="Shelve").click()
    expect(dialog.locator("[data-error=reason]")).to_have_text("Say why.")
    dialog.get_by_label("1 hour").check()
    dialog.get_by_label("Reason or comment").fill("Sensor in repair")
    dialog.get_by_role("button", name="Shelve").click()
    expect(dialog).to_be_hidden()
    elsewhere(page)
    expect(row(page, alarm)).to_have_count(0)
    page.get_by_role("link", name="Shelved").click()
    settled(page)
    expect(row(page, alarm).locator("[data-part=reason]")).to_have_text("Sensor in repair")
    expect(row(page, alarm).locator("[data-part=end]")).to_have_text(re.compile(r"59:\d\d left"))
    choose(page, alarm)
    page.get_by_role("button", name="End shelf").click()
    expect(row(page, alarm)).to_have_attribute("data-gone", "")
    assert not alarmed.now(alarm).shelved


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_a_shelf_ends_at_a_time_of_the_plants_clock(
    alarmed: Alarmed, sign_in: SignIn, zone: str
) -> None:
    alarm = alarmed.raised("Heat")
    page = console(sign_in, timezone_id=zone)
    choose(page, alarm)
    page.keyboard.press("s")
    later = page.evaluate(
        "async (ms) => { const { zoneFormat } = await import('format');"
        " return zoneFormat('Asia/Shanghai').full(ms).replace(' ', 'T').slice(0, 16); }",
        now_ms() + 7_200_000,
    )
    page.locator("#order [name=time]").fill(later)
    page.get_by_label("Reason or comment").fill("Cleaning")
    page.locator("#order [data-submit]").click()
    expect(page.locator("#order")).to_be_hidden()
    until_ms = alarmed.now(alarm).shelved_until
    assert until_ms is not None
    assert 7_080 <= until_ms.timestamp() - now_ms() / 1000 <= 7_200


def test_more_than_the_longest_shelf_is_refused_in_the_dialog(
    alarmed: Alarmed, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("400")
    alarm = alarmed.raised("Heat")
    page = console(sign_in)
    choose(page, alarm)
    page.keyboard.press("s")
    page.locator("#order [name=time]").fill("2099-01-01T00:00")
    page.get_by_label("Reason or comment").fill("Forever")
    page.locator("#order [data-submit]").click()
    expect(page.locator("#order [data-error=until]")).to_contain_text("24 hours at most")
    assert not alarmed.now(alarm).shelved


def test_everything_goes_by_keyboard(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarms = [alarmed.raised(f"Alarm {n}", priority=n) for n in (2, 3, 4)]
    page = console(sign_in)
    row(page, alarms[0]).focus()
    page.keyboard.press("ArrowDown")
    expect(row(page, alarms[1])).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("End")
    page.keyboard.press("Space")
    expect(page.locator("[aria-selected=true]")).to_have_count(2)
    page.keyboard.press("c")
    page.keyboard.type("Seen from the aisle")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#order")).to_be_hidden()
    for alarm in alarms[1:]:
        expect(row(page, alarm).locator("[data-part=comment]")).to_have_text("Seen from the aisle")
    row(page, alarms[2]).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#alarm h2")).to_have_text("Alarm 4")
    page.keyboard.press("Escape")
    expect(row(page, alarms[2])).to_be_focused()
    assert page.locator("[data-alarms] [tabindex='0']").count() == 1


def test_the_details_say_what_to_do_and_what_happened(
    alarmed: Alarmed, sign_in: SignIn, gateway: Gateway
) -> None:
    gateway.connect()
    at = now_ms()
    gateway.say_many("bearing_temp", [(at - n * 1000, 70 + n % 9) for n in range(300, 0, -1)])
    alarm = alarmed.raised("Heat", action="Open the valve", cause="No flow", ago_s=100)
    page = console(sign_in)
    row(page, alarm).locator("[data-open]").click()
    drawer = page.locator("#alarm")
    expect(drawer.locator("[data-part=action]")).to_have_text("Open the valve")
    expect(drawer.locator("[data-part=consequence]")).to_be_hidden()
    expect(drawer.locator("[data-journal] [data-part=what]")).to_have_text(["raised"])
    expect(drawer.locator(".plot canvas")).to_be_visible()
    expect(drawer.locator(".plot")).to_have_attribute("aria-label", re.compile("bearing_temp from"))
    alarmed.clear(alarm)
    expect(drawer.locator("[data-journal] [data-part=what]")).to_have_text(
        ["returned to normal", "raised"]
    )
