"""What calls an operator on every page: sound, silence, flood, voice, keys; and for everybody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from line import Line, until
from plant import Plant
from playwright.sync_api import expect
from ringing import REMEMBER_SOUNDS, Ringing, acknowledge, banner, body, enable_sound, number
from watched import SignIn, Watch

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1600, "height": 1000}


def test_nothing_sounds_before_somebody_has_clicked(ringing: Ringing, sign_in: SignIn) -> None:
    ringing.connect()
    page = sign_in()
    page.evaluate(REMEMBER_SOUNDS)
    ringing.raise_("pump")
    expect(banner(page, "name")).to_have_text("Pump too hot")
    expect(page.locator("#sound")).to_have_attribute("data-state", "off")
    expect(page.get_by_role("button", name="Click to enable alarm sound")).to_be_visible()
    expect(body(page)).not_to_have_attribute("data-sounding", re.compile(".*"))
    assert page.evaluate("window.heard") == []


def test_the_most_urgent_alarm_sounds_until_it_is_acknowledged(
    ringing: Ringing, sign_in: SignIn
) -> None:
    ringing.connect()
    page = sign_in()
    enable_sound(page)
    ringing.raise_("oven")
    expect(body(page)).to_have_attribute("data-sounding", "2")
    ringing.raise_("pump")
    expect(body(page)).to_have_attribute("data-sounding", "1")
    until(page, lambda: page.evaluate("window.heard").count("1") >= 2)
    acknowledge(page).click()
    expect(body(page)).to_have_attribute("data-sounding", "2")
    acknowledge(page).click()
    expect(body(page)).not_to_have_attribute("data-sounding", re.compile(".*"))


def test_silence_lasts_until_something_critical_comes(ringing: Ringing, sign_in: SignIn) -> None:
    ringing.connect()
    page = sign_in()
    enable_sound(page)
    ringing.raise_("oven")
    expect(body(page)).to_have_attribute("data-sounding", "2")
    page.keyboard.press("m")
    expect(body(page)).not_to_have_attribute("data-sounding", re.compile(".*"))
    expect(page.locator("#sound [data-part=words]")).to_contain_text(re.compile("Silenced, 1:5"))
    ringing.raise_("pump")
    expect(body(page)).to_have_attribute("data-sounding", "1")


def test_one_tab_of_a_browser_sounds_and_another_takes_over(
    ringing: Ringing, sign_in: SignIn
) -> None:
    ringing.connect()
    first = sign_in()
    enable_sound(first)
    second = first.context.new_page()
    second.goto("/")
    second.mouse.click(5, 500)  # the browser wants a click in every tab
    expect(second.locator("#sound")).to_have_attribute("data-state", "elsewhere")
    ringing.raise_("oven")
    expect(body(first)).to_have_attribute("data-sounding", "2")
    expect(banner(second, "name")).to_have_text("Oven too hot")
    expect(body(second)).not_to_have_attribute("data-sounding", re.compile(".*"))
    second.keyboard.press("m")
    expect(body(first)).not_to_have_attribute("data-sounding", re.compile(".*"))
    ringing.raise_("pump")
    expect(body(first)).to_have_attribute("data-sounding", "1")
    first.close()
    expect(body(second)).to_have_attribute("data-sounding", "1")


def test_the_choice_is_remembered_and_can_be_taken_back(ringing: Ringing, sign_in: SignIn) -> None:
    page = sign_in()
    enable_sound(page)
    page.get_by_role("link", name="Gateways", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Gateways")
    expect(page.locator("#sound")).to_have_attribute("data-state", "on")
    page.locator("#sound summary").click()
    page.get_by_role("button", name="Test the sound").click()
    expect(page.locator("#sound [data-part=tested]")).to_contain_text("Played")
    page.get_by_role("button", name="Turn the sound off").click()
    expect(page.locator("#sound")).to_have_attribute("data-state", "off")


def test_the_loss_of_the_server_is_heard_once(ringing: Ringing, sign_in: SignIn) -> None:
    page = sign_in("/login/")
    page.clock.install()
    line = Line(page)
    page.goto("/")
    expect(page.locator("#link")).to_have_attribute("data-phase", "live")
    enable_sound(page)
    page.route_web_socket("**/ws/v1/live", lambda socket: socket.close(code=4503, reason=""))
    line.cut(4503)
    page.clock.fast_forward(40_000)
    expect(page.locator("#link")).to_have_attribute("data-phase", "offline")
    page.clock.fast_forward(20_000)
    until(page, lambda: page.evaluate("window.heard") == ["lost"])


# ---------------------------------------------------------------- flood, voice, keys


def test_ten_new_alarms_are_a_flood_and_sound_like_one(ringing: Ringing, sign_in: SignIn) -> None:
    for i in range(8):
        ringing.add(f"x{i}", 3)
    ringing.connect()
    page = sign_in()
    enable_sound(page)
    ringing.raise_("oven", "fan", *(f"x{i}" for i in range(7)))
    expect(number(page, 3)).to_have_text("8")
    expect(banner(page, "flood")).to_be_hidden()
    ringing.raise_("x7")
    expect(banner(page, "flood")).to_have_text("Alarm flood: 10 new alarms in 10 min")
    until(page, lambda: "1" in page.evaluate("window.heard"))
    expect(body(page)).not_to_have_attribute("data-sounding", re.compile(".*"))
    page.get_by_role("link", name="Gateways", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Gateways")
    expect(banner(page, "flood")).to_have_text("Alarm flood: 10 new alarms in 10 min")


def test_new_alarms_are_told_together_and_only_critical_ones_interrupt(
    ringing: Ringing, plant: Plant, sign_in: SignIn
) -> None:
    ringing.connect()
    page = sign_in()
    expect(page.locator("#link")).to_have_attribute("data-phase", "live")
    ringing.raise_("fan")
    expect(page.locator("#calls")).to_have_text("1 new alarm, highest priority 3")
    expect(page.locator("#call")).to_have_text("")
    ringing.raise_("oven", "pump")
    said = f"Critical alarm: Pump too hot, PUMP of {plant.mark}"
    expect(page.locator("#call")).to_contain_text(said)
    expect(page.locator("#calls")).to_have_text("")


def test_keys_are_listed_and_can_be_turned_off(ringing: Ringing, sign_in: SignIn) -> None:
    ringing.connect()
    page = sign_in()
    enable_sound(page)
    ringing.raise_("pump")
    expect(body(page)).to_have_attribute("data-sounding", "1")
    page.keyboard.press("?")
    keys = page.locator("#keys")
    expect(keys).to_contain_text("Silence the alarm sound for 2 minutes")
    keys.get_by_role("checkbox").uncheck()
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("m")
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    expect(page.locator("#sound")).to_have_attribute("data-state", "on")
    page.locator(".account summary").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    keys.get_by_role("checkbox").check()
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("m")
    expect(page.locator("#sound")).to_have_attribute("data-state", "silent")


def test_who_keeps_reading_after_the_session_is_not_asked_again(
    ringing: Ringing, plant: Plant, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("401")
    page = sign_in()
    expect(page.locator("#link")).to_have_attribute("data-phase", "live")
    key = next(c["value"] for c in page.context.cookies() if c["name"] == "sessionid")
    plant.end_sessions(key)
    page.get_by_role("button", name="Keep reading").click()
    shown = page.locator("#clock").text_content()
    expect(page.locator("#clock")).not_to_have_text(shown or "")
    expect(page.locator("#signed-out")).to_be_hidden()


# ---------------------------------------------------------------- how it looks


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_rule_of_accessibility_is_broken_while_alarms_call(
    ringing: Ringing, sign_in: SignIn, theme: str, viewport: dict[str, int]
) -> None:
    ringing.connect()
    page = sign_in(theme=theme, viewport=viewport, bypass_csp=True)
    enable_sound(page)
    ringing.raise_("fan", "oven", "pump")
    expect(banner(page, "name")).to_have_text("Pump too hot")
    page.locator("#sound summary").click()
    page.evaluate(AXE)
    found = page.evaluate(
        "async (rules) => (await axe.run({ runOnly: rules })).violations.map((v) =>"
        " `${v.id}: ${v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ')}`)",
        RULES,
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_on_a_phone_every_page_is_in_the_menu(ringing: Ringing, sign_in: SignIn) -> None:
    page = sign_in(viewport=PHONE)
    page.locator(".narrow summary").click()
    for name in ("Overview", "Alarms", "Gallery", "Cameras", "Gateways"):
        expect(page.get_by_role("link", name=name, exact=True)).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Gateways", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Gateways")
