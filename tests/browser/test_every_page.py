"""What is true of every page of the site, whoever made it: see tests/site_pages.py for the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from furnished import Furnished
from plant import Plant
from playwright.sync_api import Page, expect
from seeing import SeeingGateway
from served import WebServer
from watched import SignIn, Watch

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 390, "height": 844}
BLANK = "/catalog/none/none.js"
LOST = r"404.*(/nothing-here/|area=nowhere|/catalog/none)"  # what the browser says of a 404
VIOLATIONS = """async (rules) => {
    const { violations } = await axe.run({ runOnly: rules, preload: false });
    const where = (node) => `${node.target} ${node.failureSummary}`;
    return violations.map((v) => `${v.id}: ${v.nodes.map(where).join("; ")}`);
}"""
# Everything that can be reached by Tab; of a group of radio buttons one.
NUMBER_STOPS = """() => {
    const way = "a[href], button, input, select, textarea, summary, [tabindex]";
    const all = document.querySelectorAll(way);
    const radios = new Set();
    window.stops = [...all].filter((e) => {
        if (e.tabIndex < 0 || e.disabled || e.closest("[inert]")) return false;
        if (!e.checkVisibility({ visibilityProperty: true })) return false;
        if (e.type !== "radio" || e.checked) return true;
        const group = document.querySelectorAll(`input[type=radio][name="${e.name}"]`);
        if ([...group].some((other) => other.checked) || radios.has(e.name)) return false;
        return radios.add(e.name);
    });
    window.missing = new Set(window.stops);
    window.unseen = [];
    const say = (e) => e.outerHTML.slice(0, 120);
    window.told = () => [[...window.missing].map(say), window.unseen];
    document.addEventListener("focusin", ({ target }) => {
        window.missing.delete(target);
        const style = getComputedStyle(target);
        const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
        // a skip link appears with the focus; a slider has its ring at the thumb
        const own = target.matches(".skip, .skip-to-content-link, [type=range]");
        if (!ring && !own && style.boxShadow === "none") window.unseen.push(say(target));
    });
    document.activeElement?.blur();
}"""
# What looks as if it could be clicked, and cannot be reached by keyboard.
POINTED = """() => [...document.querySelectorAll("body *")].filter((e) => {
    if (getComputedStyle(e).cursor !== "pointer" || !e.checkVisibility()) return false;
    const way =
        "a[href], button, input, select, textarea, summary, label, [tabindex], option, canvas";
    return !e.closest(way) && !e.querySelector(way);
}).map((e) => e.outerHTML.slice(0, 120))"""


@pytest.fixture
def furnished(plant: Plant, web: WebServer) -> Iterator[Furnished]:
    gateway = SeeingGateway(plant, web.url)
    yield Furnished(gateway)
    gateway.leave()


def opened(furnished: Furnished, page: Page) -> Iterator[str]:
    """Open one page after the other; the one for signing in as somebody who is not."""
    for address in furnished.addresses:
        if address != "/login/":
            furnished.open(page, address)
            yield address
    page.context.clear_cookies(name="sessionid")
    furnished.open(page, "/login/")
    yield "/login/"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_page_breaks_a_rule_of_accessibility(
    furnished: Furnished, sign_in: SignIn, watch: Watch, theme: str, language: str
) -> None:
    watch.allow(LOST)
    page = sign_in(BLANK, theme=theme, language=language, bypass_csp=True)  # axe needs it
    found = []
    for address in opened(furnished, page):
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        page.evaluate(AXE)
        found += [f"{address} {told}" for told in page.evaluate(VIOLATIONS, RULES)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_scrolls_sideways_on_a_phone_or_complains_in_the_console(
    furnished: Furnished, sign_in: SignIn, watch: Watch, language: str
) -> None:
    watch.allow(LOST)
    page = sign_in(BLANK, language=language, viewport=PHONE)
    widths = {
        address: page.evaluate("document.documentElement.scrollWidth")
        for address in opened(furnished, page)
    }
    assert {address: width for address, width in widths.items() if width > PHONE["width"]} == {}


def test_everything_on_every_page_is_reached_by_tab_and_shows_that_it_has_the_focus(
    furnished: Furnished, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow(LOST)
    page = sign_in(BLANK)
    found = []
    for address in opened(furnished, page):
        page.evaluate(NUMBER_STOPS)
        found += [f"{address} mouse only: {element}" for element in page.evaluate(POINTED)]
        missing, unseen = _tab_through(page)
        found += [f"{address} not reached: {element}" for element in missing]
        found += [f"{address} no ring: {element}" for element in unseen]
    assert not found, "\n".join(found)


def _tab_through(page: Page) -> tuple[list[str], list[str]]:
    """Press Tab until everything has had the focus, or it has gone round twice."""
    stops: int = page.evaluate("window.stops.length")
    for _ in range(2 * stops // 10 + 3):
        for _ in range(10):
            page.keyboard.press("Tab")
        if page.evaluate("window.missing.size === 0"):
            break
    missing, unseen = page.evaluate("window.told()")
    return missing, unseen


def test_every_page_has_a_way_past_its_head_and_escape_leaves_every_dialog(
    furnished: Furnished, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow(LOST)
    page = sign_in(BLANK)
    for address in opened(furnished, page):
        skip = page.locator(".skip, .skip-to-content-link")
        if skip.is_visible():  # a page without a head, and a wall display, have nothing to skip
            first = "document.querySelector('body a[href], body button, body input')"
            assert skip.evaluate(f"(skip) => skip === {first}"), address
            skip.focus()  # some forms begin with the focus in their first field
            page.keyboard.press("Enter")
            expect(page.locator("main")).to_be_focused()
        else:
            assert page.locator("header.top nav:visible, #header nav").count() == 0, address
        for number in range(page.locator("dialog").count()):
            dialog = page.locator("dialog").nth(number)
            dialog.evaluate("(dialog) => dialog.showModal()")
            page.keyboard.press("Escape")
            expect(dialog).to_be_hidden()
