"""The alarm console: what cannot be done, its history, alarms on other pages, everybody's eyes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alarmed import Alarmed, choose, console, names, row, settled
from line import Line, until
from plant import Plant
from playwright.sync_api import Page, Route, expect
from watched import SignIn, Watch

from alarms.states import State
from devices.models import Role

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def alarmed(plant: Plant) -> Alarmed:
    return Alarmed(plant)


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[str] = page.evaluate(
        "async (rules) => (await axe.run({ runOnly: rules })).violations.map((v) =>"
        " `${v.id}: ${v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ')}`)",
        RULES,
    )
    return found


# ---------------------------------------------------------------- what cannot be


def test_a_viewer_is_offered_nothing_to_do(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarm = alarmed.raised("Heat")
    alarmed.make_user(Role.VIEWER)
    page = console(sign_in)
    expect(row(page, alarm)).to_be_visible()
    assert page.locator("[data-do], main input[type=checkbox]").count() == 0
    row(page, alarm).focus()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator("#alarm")).to_be_visible()
    assert alarmed.now(alarm).state == State.UNACKNOWLEDGED


def test_out_of_service_is_the_engineers(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarm = alarmed.raised("Heat")
    page = console(sign_in)
    choose(page, alarm)
    button = page.get_by_role("button", name="Take out of service")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)
    expect(page.locator("[data-said]")).to_have_text("Needs the role of engineer at this plant")
    alarmed.make_user(Role.ENGINEER)
    page = console(sign_in)
    choose(page, alarm)
    page.get_by_role("button", name="Take out of service").click()
    page.get_by_label("Reason or comment").fill("Rebuilt")
    page.locator("#order [data-submit]").click()
    expect(row(page, alarm)).to_have_attribute("data-gone", "")
    assert alarmed.now(alarm).out_of_service


def test_nothing_can_be_done_without_a_connection_and_the_page_says_so(
    alarmed: Alarmed, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("WebSocket|ERR_")
    alarm = alarmed.raised("Heat")
    page = sign_in("/login/")
    line = Line(page)
    page.goto("/alarms/")
    settled(page)
    choose(page, alarm)
    page.route_web_socket("**/ws/v1/live", lambda socket: socket.close(code=1011))
    line.sockets[-1].close(code=1011)
    expect(page.locator("[data-why]")).to_contain_text("Not connected")
    page.keyboard.press("a")
    expect(page.locator("[data-said]")).to_contain_text("Not connected")
    assert alarmed.now(alarm).state == State.UNACKNOWLEDGED


# ---------------------------------------------------------------- history and other pages


def test_the_history_says_what_happened_and_who_did_it(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarm = alarmed.raised("Heat")
    page = console(sign_in)
    choose(page, alarm)
    page.keyboard.press("a")
    expect(row(page, alarm).locator(".pri")).to_have_attribute("data-look", "acked")
    page.get_by_role("link", name="History").click()
    what = page.locator("[data-alarms] [data-part=what]")
    expect(what).to_have_text(["acknowledged", "raised"])
    expect(page.locator("[data-alarms] [data-part=who]")).to_have_text(
        [alarmed.plant.user.username, "system"]
    )
    page.locator("select[name=action]").select_option("raise")
    expect(what).to_have_text(["raised"])
    alarmed.raised("Second", of=alarmed.shake)
    page.get_by_role("button", name="More has happened").click()
    expect(what).to_have_text(["raised", "raised"])


def test_the_overview_shows_the_most_urgent_and_acknowledges_them(
    alarmed: Alarmed, sign_in: SignIn
) -> None:
    page = sign_in("/")
    settled(page)
    expect(page.locator("[data-alarm-panel] [data-none]")).to_contain_text("No active alarms.")
    alarms = [alarmed.raised(f"Alarm {n}", priority=4, ago_s=n + 1) for n in range(14)]
    expect(page.locator("[data-alarms] tr")).to_have_count(13)
    expect(page.locator("[data-alarm-panel] [data-beyond]")).to_have_text("and 1 more")
    row(page, alarms[0]).get_by_role("button", name="Ack").click()
    expect(row(page, alarms[0]).locator(".pri")).to_have_attribute("data-look", "acked")


def test_the_page_of_a_device_shows_its_own_alarms(alarmed: Alarmed, sign_in: SignIn) -> None:
    own = alarmed.raised("Heat")
    alarmed.raised("Shake", of=alarmed.shake)
    page = sign_in(f"/devices/{alarmed.pump.uid}/")
    settled(page)
    expect(row(page, own)).to_be_visible()
    assert names(page) == ["Heat"]


# ---------------------------------------------------------------- everybody's eyes


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_console_breaks_no_rule_of_accessibility(
    alarmed: Alarmed, sign_in: SignIn, theme: str
) -> None:
    for priority in (1, 2, 3, 4):
        alarmed.raised(f"Alarm {priority}", priority=priority, action="Look")
    cleared = alarmed.clear(alarmed.raised("Cleared", priority=3))
    alarmed.make_user(Role.ENGINEER)
    page = console(sign_in, theme=theme, bypass_csp=True)
    expect(row(page, cleared)).to_be_visible()
    choose(page, cleared)
    assert violations(page) == []
    page.keyboard.press("s")
    assert violations(page) == []
    page.keyboard.press("Escape")
    row(page, cleared).locator("[data-open]").click()
    expect(page.locator("[data-journal] li")).to_have_count(2)
    assert violations(page) == []
    page.goto("/alarms/?tab=history")
    expect(page.locator("[data-alarms] tr").first).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/alarms/", "/alarms/?tab=history", "/"])
def test_on_a_phone_alarms_do_not_scroll_sideways(
    alarmed: Alarmed, sign_in: SignIn, path: str
) -> None:
    alarmed.raised("Bearing temperature of the feed pump is much too high", priority=1)
    page = sign_in(path, viewport=PHONE)
    settled(page)
    expect(page.locator("[data-alarms] tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for box in page.locator("main a:visible, main button:visible").evaluate_all(
        "(all) => all.map((e) => [e.textContent.trim(), e.getBoundingClientRect().height])"
    ):
        assert box[1] >= 24, box


def test_whoever_wants_no_motion_sees_nothing_blink(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarm = alarmed.raised("Heat")
    blinks = "(e) => getComputedStyle(e, '::before').animationName"
    page = console(sign_in)
    assert row(page, alarm).locator(".pri").evaluate(blinks) == "unacknowledged"
    page = console(sign_in, reduced_motion="reduce")
    assert row(page, alarm).locator(".pri").evaluate(blinks) == "none"


def test_the_console_is_there_in_chinese(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarm = alarmed.raised("轴承温度")
    page = console(sign_in, language="zh-hans")
    expect(row(page, alarm).locator("[data-part=name]")).to_have_text("轴承温度")
    expect(page.locator("html")).to_have_attribute("lang", re.compile("zh"))


# ---------------------------------------------------------------- floods and lost answers


def test_in_a_flood_rows_stand_by_area_with_what_came_first(
    alarmed: Alarmed, sign_in: SignIn
) -> None:
    first = alarmed.raised("Cause", of=alarmed.shake, priority=3, ago_s=90)
    for n in range(9):
        alarmed.raised(f"Heat {n}", priority=2, ago_s=60 - n)
    alarmed.raised("Folded", of=alarmed.shake, priority=4, ago_s=30)
    page = console(sign_in)
    expect(page.locator("body[data-flood]")).to_be_attached()
    expect(row(page, first).locator("[data-part=first]")).to_have_text("first")
    assert names(page) == [*(f"Heat {n}" for n in range(9)), "Cause"]  # the urgent area first
    assert page.locator("[data-begins]").count() == 2
    expect(page.locator("[data-beyond]")).to_have_text("1 alarm of priority 4 is folded")
    page.get_by_role("button", name="Show them too").click()
    until(page, lambda: names(page)[-2:] == ["Cause", "Folded"])
    page.get_by_role("button", name="Fold priority 4").click()
    until(page, lambda: names(page)[-1] == "Cause")


def test_an_order_whose_answer_was_lost_is_sent_again_and_done_once(
    alarmed: Alarmed, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("ERR_FAILED")
    alarm = alarmed.raised("Heat")
    page = console(sign_in)
    lost: list[Route] = []

    def lose(route: Route) -> None:
        lost.append(route)
        if len(lost) > 1:
            return route.continue_()
        route.fetch()
        return route.abort()

    page.route("**/api/v1/alarms/acknowledge/", lose)
    choose(page, alarm)
    page.keyboard.press("a")
    expect(row(page, alarm).locator(".pri")).to_have_attribute("data-look", "acked")
    until(page, lambda: len(lost) == 2)
    expect(page.locator("[data-said]")).to_be_empty()
    assert alarmed.now(alarm).rev == alarm.rev + 1


def test_a_server_that_does_not_answer_is_told_of(
    alarmed: Alarmed, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("ERR_FAILED")
    alarm = alarmed.raised("Heat")
    page = console(sign_in)
    page.route("**/api/v1/alarms/acknowledge/", lambda route: route.abort())
    choose(page, alarm)
    page.keyboard.press("a")
    expect(page.locator("[data-said]")).to_have_text("The server did not answer. Try again.")
    expect(row(page, alarm).locator("[data-part=state]")).to_have_text("unacknowledged")
