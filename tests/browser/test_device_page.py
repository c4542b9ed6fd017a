"""The page of a device: what all its tabs promise, and the live one."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from alarmed import Alarmed, settled
from line import until
from lived import make_lived, settle, visit
from plant import Gateway, Plant, now_ms
from playwright.sync_api import Locator, Page, expect
from seeing import SeeingGateway, picture
from watched import Run, SignIn, Watch

from devices.models import Role

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 390, "height": 844}
TABS = ("live", "history", "events", "config")
VIOLATIONS = """async (rules) => (await axe.run({ runOnly: rules })).violations.map(
    (v) => `${v.id}: ${v.nodes.map((n) => n.target + " " + n.failureSummary).join("; ")}`)"""
MARKS = """async ([k]) => {
    const { momentsOf } = await import("happened");
    const response = await fetch(location.pathname, { headers: { Accept: "application/json" } });
    const { marks } = await response.json();
    const alone = marks.flatMap((mark) => momentsOf([mark], k, 0, Infinity));
    return alone.map((mark) => [mark.name, mark.priority]);
}"""


@pytest.fixture
def alarmed(plant: Plant, gateway: Gateway) -> Alarmed:
    return make_lived(plant, gateway)


def happened(page: Page) -> Locator:
    return page.locator("[data-happened] [data-part=text]")


# ---------------------------------------------------------------- everybody's eyes


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_tab_breaks_a_rule_of_accessibility(
    alarmed: Alarmed, sign_in: SignIn, theme: str, language: str
) -> None:
    alarmed.clear(alarmed.raised("Cleared"))
    alarmed.raised("Heat", priority=1)
    alarmed.make_user(Role.ADMIN)
    page = sign_in("/login/", theme=theme, language=language, bypass_csp=True)
    for tab in TABS:
        device = alarmed.plant.gateway if tab == "config" else alarmed.pump
        page.goto(f"/devices/{device.uid}/?tab={tab}")
        settle(page)
        page.evaluate(AXE)
        assert page.evaluate(VIOLATIONS, RULES) == [], tab


def test_a_phone_never_scrolls_sideways_on_any_tab(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarmed.raised("Heat")
    alarmed.make_user(Role.ADMIN)
    page = sign_in("/login/", viewport=PHONE)
    for device, tab in product((alarmed.pump, alarmed.plant.gateway), TABS):
        page.goto(f"/devices/{device.uid}/?tab={tab}")
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        heights = page.locator("main a:visible, main button:visible").evaluate_all(
            "(all) => all.map((e) => [e.textContent.trim(), e.getBoundingClientRect().height])"
        )
        assert [text for text, height in heights if height < 24] == []


def test_the_tabs_are_links_that_the_keyboard_walks_and_no_script_is_needed(
    alarmed: Alarmed, sign_in: SignIn
) -> None:
    page = visit(sign_in, alarmed.pump)
    tabs = page.get_by_role("navigation", name="Parts of this page")
    tabs.get_by_role("link", name="Live").focus()
    page.keyboard.press("Tab")
    expect(tabs.get_by_role("link", name="History")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Availability")).to_be_visible()
    expect(tabs.get_by_role("link", name="History")).to_have_attribute("aria-current", "page")
    plain = sign_in(f"/devices/{alarmed.pump.uid}/", java_script_enabled=False)
    for name, heading in (("Events", "Events"), ("Configuration", "Connection"), ("Live", "Tags")):
        tabs = plain.get_by_role("navigation", name="Parts of this page")
        tabs.get_by_role("link", name=name).click()
        expect(plain.get_by_role("heading", name=heading, exact=True)).to_be_visible()


@pytest.mark.parametrize("tab", ["history", "events", "config"])
def test_what_is_not_live_says_so_and_its_head_is_live_all_the_same(
    alarmed: Alarmed, gateway: Gateway, sign_in: SignIn, watch: Watch, tab: str
) -> None:
    watch.allow("404")
    requests: list[str] = []
    page = sign_in("/catalog/none/none.js")  # a page without anything
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"/devices/{alarmed.pump.uid}/?tab={tab}")
    settled(page)
    if tab != "config":
        expect(
            page.locator("main .sub", has_text="when this page was loaded").first
        ).to_be_visible()
    status = page.locator(f"dd[data-device='{alarmed.pump.pk}'] [data-part=status]")
    expect(status).to_have_text("online")
    gateway.tell(alarmed.pump, "device.down", "COMM_FAILURE")
    expect(status).to_have_text("offline: no answer")
    assert [url for url in requests if "/api/v1/trends/" in url or "/trends." in url] == []


# ---------------------------------------------------------------- live


def test_the_bar_of_a_tag_shows_its_limits_and_where_the_value_lies_between_them(
    alarmed: Alarmed, gateway: Gateway, sign_in: SignIn
) -> None:
    page = visit(sign_in, alarmed.pump)
    cell = page.locator(f"tr[data-tag='{alarmed.heat.pk}'] .limits")
    expect(cell.locator(".ends-of-bar span")).to_have_text(
        ["LL 40.0", "L 50.0", "H 80.0", "HH 100.0"]
    )
    marker, limits = cell.locator("[data-part=marker]"), cell.locator(".limit")
    expect(limits).to_have_count(4)
    gateway.say("bearing_temp", 80.0)
    high = float(limits.nth(2).get_attribute("x") or 0)
    expect(marker).to_have_attribute("x", f"{high - 1.5:.1f}")
    gateway.say("bearing_temp", 500.0)
    expect(marker).to_have_attribute("x", "98.5")


def test_the_row_of_a_tag_says_which_alarm_it_has(alarmed: Alarmed, sign_in: SignIn) -> None:
    page = visit(sign_in, alarmed.pump)
    badge = page.locator(f"tr[data-tag='{alarmed.heat.pk}'] [data-part=call]")
    expect(badge).to_be_empty()
    alarm = alarmed.raised("Heat", kind="high_high", priority=1)
    expect(badge).to_have_text("1 HIHI")
    alarmed.clear(alarm)
    expect(badge).to_be_empty()


def test_what_happens_is_told_beside_the_trends_and_marked_in_them(
    alarmed: Alarmed, gateway: Gateway, sign_in: SignIn
) -> None:
    page = visit(sign_in, alarmed.pump)
    uid = alarmed.pump.uid
    expect(happened(page).nth(0)).to_have_text(f"{uid}: answers again")
    expect(happened(page).nth(1)).to_have_text(f"{uid}: does not answer (no answer)")
    alarm = alarmed.raised("Heat", ago_s=0, priority=2)
    expect(happened(page).first).to_have_text("Heat: raised")
    alarmed.clear(alarm)
    expect(happened(page).first).to_have_text("Heat: returned to normal")
    gateway.tell(alarmed.pump, "device.down", "COMM_FAILURE")
    expect(happened(page).first).to_have_text(f"{uid}: does not answer (no answer)")
    marks = page.evaluate(MARKS, [alarmed.heat.pk])
    assert ["HI", 2] in marks
    assert ["offline", 0] in marks
    others = page.evaluate(MARKS, [alarmed.shake.pk])
    assert ["HI", 2] not in others
    assert ["offline", 0] in others


def test_what_happened_to_another_device_is_not_told_here(
    alarmed: Alarmed, sign_in: SignIn
) -> None:
    page = visit(sign_in, alarmed.pump)
    alarmed.raised("Shake", of=alarmed.shake, ago_s=1)
    alarmed.raised("Heat", ago_s=0)
    expect(happened(page).first).to_have_text("Heat: raised")
    expect(happened(page).filter(has_text="Shake")).to_have_count(0)


def test_annotations_that_cannot_be_loaded_are_missed_aloud_and_can_be_asked_for_again(
    alarmed: Alarmed, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("503")
    page = visit(sign_in, alarmed.pump)
    away = [True]

    def answer(route: Any) -> None:
        if away[0] and "json" in (route.request.headers.get("accept") or ""):
            route.fulfill(status=503, body="")
        else:
            route.fallback()

    page.route(f"**/devices/{alarmed.pump.uid}/", answer)
    alarmed.raised("Heat", ago_s=0)
    failed = page.locator("[data-happened-failed]")
    expect(failed).to_be_visible()
    away[0] = False
    failed.get_by_role("button", name="Try again").click()
    expect(failed).to_be_hidden()
    expect(happened(page).first).to_have_text("Heat: raised")


def test_marks_beyond_the_time_shown_are_left_out_and_of_close_ones_one_has_a_name(
    run: Run,
) -> None:
    found = run("""
        const { momentsOf } = await import("happened");
        const bare = { tag: null, priority: null, kind: "", what: "online" };
        const raised = { ...bare, what: "raise", kind: "high", priority: 2, at: 15 };
        const marks = [raised, ...[15.1, 16, 18, 18.1, 25].map((at) => ({ ...bare, at }))];
        marks.push({ ...bare, at: 12, tag: 8 });
        return momentsOf(marks, 7, 10, 20).map(({ xAxis, name }) => [xAxis, name]);
    """)
    assert found == [[15, "HI"], [15.1, ""], [16, "online"], [18, ""], [18.1, "online"]]


def test_a_camera_shows_its_picture_its_zones_and_what_it_saw(
    plant: Plant, seeing: SeeingGateway, sign_in: SignIn
) -> None:
    furnace = plant.devices["FURNACE"]
    seeing.see("FURNACE", at=now_ms(), **picture(3, "fire"))
    page = visit(sign_in, furnace)
    image = page.locator(".view [data-part=img]")
    until(page, lambda: bool(image.evaluate("(img) => img.complete && img.naturalWidth > 0")))
    expect(page.locator("[data-plan] polygon").first).to_have_attribute("points", re.compile(r"\d"))
    expect(page.locator("[data-zones] li b")).to_have_text("Door")
    expect(page.locator("[data-card]")).to_have_count(1)
    seeing.see("FURNACE", label="smoke", at=now_ms(), **picture(4, "smoke"))
    expect(page.locator("[data-card]")).to_have_count(2)
    expect(page.locator("[data-edit]")).to_have_count(0)
    page.locator("[data-open]").first.click()
    expect(page.locator("#lightbox")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Camera page").first.click()
    expect(page.get_by_role("heading", name="Recent detections")).to_be_visible()
