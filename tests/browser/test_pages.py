"""Every page in both themes and languages, on a desk and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from plant import PASSWORD, Gateway, Plant, now_ms, registry
from playwright.sync_api import Page, expect
from served import WebServer
from watched import OpenContext, SignIn, Watch

from devices.models import Tag
from edge import wire

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 390, "height": 844}
THEMES = ("dark", "light")
LANGUAGES = ("en", "zh-hans")
PATHS = (
    *("/login/", "/", "/devices/{uid}/", "/devices/{gateway}/", "/nothing-here/"),
    *("/gateways/", "/gateways/{gateway}/"),
)
# what stays as it is in every language
NAMES = re.compile(
    r"Sentinel|English|Modbus|UTC|UID|PUMP|GW|Gateway|Plant|Hall [AB]|of|operator|JavaScript"
    r"|127\.0\.0\.1|°C|bar|min|temperature|pressure|speed|[0-9A-F]{6}|-[0-9a-f]{6}|[0-9a-f]{8}"
)


@pytest.fixture
def busy(plant: Plant, gateway: Gateway) -> Plant:
    """Fill the plant with every state that a page can show."""
    pump = plant.add_device("PUMP")
    plant.add_device("PUMP2", area="Hall B")
    names = ["temperature", "pressure", "speed"]
    for name in names:
        plant.add_tag(pump, name)
    gateway.connect()
    history = [(now_ms() - 50_000 + i * 10_000, 60.0 + i) for i in range(5)]
    gateway.say_many("temperature", history)
    gateway.say("pressure", None, quality=wire.Quality.COMM_FAILURE)
    gateway.tell(pump, "device.down", "COMM_FAILURE")
    gateway.tell(pump, "device.up")
    return plant


def visit(sign_in: SignIn, plant: Plant, path: str, **options: object) -> Page:
    """Open a page, signed in unless it is the one for signing in, and let it settle."""
    pump = plant.devices["PUMP"]
    page = sign_in("/catalog/none/none.js", **options)  # a page without anything
    if path == "/login/":
        page.context.clear_cookies(name="sessionid")
    page.goto(path.format(uid=pump.uid, gateway=plant.gateway.uid))
    if page.locator("#link").count():
        expect(page.locator("#link")).to_have_attribute("data-phase", "live")
        expect(page.locator("[data-state=waiting]")).to_have_count(0)
    return page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", PATHS)
def test_no_page_breaks_a_rule_of_accessibility(
    busy: Plant, sign_in: SignIn, watch: Watch, path: str, theme: str, language: str
) -> None:
    watch.allow("404")
    page = visit(sign_in, busy, path, theme=theme, language=language, bypass_csp=True)
    page.evaluate(AXE)
    found = page.evaluate(
        "async (rules) => (await axe.run({ runOnly: rules })).violations.map((v) =>"
        " `${v.id}: ${v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ')}`)",
        RULES,
    )
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_a_phone_never_scrolls_sideways(
    busy: Plant, sign_in: SignIn, watch: Watch, path: str, language: str
) -> None:
    watch.allow("404")
    page = visit(sign_in, busy, path, language=language, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for box in page.locator("a:visible, button:visible").evaluate_all(
        "(all) => all.map((e) => [e.textContent.trim(), e.getBoundingClientRect().height])"
    ):
        assert box[1] >= 24, box


@pytest.mark.parametrize("path", PATHS)
def test_a_chinese_page_has_no_english_left_over(
    busy: Plant, sign_in: SignIn, watch: Watch, path: str
) -> None:
    watch.allow("404")
    page = visit(sign_in, busy, path, language="zh-hans")
    texts = page.locator("body").evaluate("""(body) => {
        const texts = [document.title];
        const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const parent = walker.currentNode.parentElement;
            if (!parent.closest("script, noscript, template")) texts.push(walker.currentNode.data);
        }
        for (const element of body.querySelectorAll("[aria-label], [title], [placeholder]"))
            for (const name of ["aria-label", "title", "placeholder"])
                texts.push(element.getAttribute(name) ?? "");
        return texts;
    }""")
    english = [text for text in texts if re.search(r"[A-Za-z]{2,}", NAMES.sub("", text))]
    assert english == []
    assert page.locator("html").get_attribute("lang") == "zh-hans"


def test_a_user_signs_in_and_out_and_returns_to_the_page_he_wanted(
    busy: Plant, open_context: OpenContext
) -> None:
    page = open_context().new_page()
    page.goto(f"/devices/{busy.devices['PUMP'].uid}/")
    page.get_by_label("User name").fill(busy.user.username)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("PUMP")
    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_theme_and_language_are_remembered_by_the_browser(busy: Plant, sign_in: SignIn) -> None:
    page = sign_in("/")
    page.get_by_role("button", name="Light theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("h1")).to_contain_text("总览")
    page.goto(f"/devices/{busy.devices['PUMP'].uid}/")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("#link [data-part=phase]")).to_have_text("实时")
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["sentinel_theme"]["expires"] > now_ms() / 1000 + 300 * 24 * 3600
    assert cookies["django_language"]["expires"] > now_ms() / 1000 + 300 * 24 * 3600


def test_the_theme_is_there_with_the_first_byte(busy: Plant, sign_in: SignIn) -> None:
    page = sign_in("/", theme="light")
    answer = page.request.get("/")
    assert 'data-theme="light"' in answer.text()


def test_the_old_address_of_the_dashboard_leads_to_the_overview(
    busy: Plant, sign_in: SignIn, web: WebServer
) -> None:
    page = sign_in("/api/v1/dashboard/")
    assert page.url == f"{web.url}/"
    expect(page.locator("h1")).to_have_text(f"Overview of Plant {busy.mark}")


def test_a_user_of_several_sites_chooses_one(busy: Plant, sign_in: SignIn) -> None:
    other = registry(Plant)
    registry(other.site.members.add, busy.user)
    page = sign_in(f"/?site={busy.site.slug}")
    page.locator(".menu summary").first.click()
    page.get_by_role("link", name=other.site.name).click()
    expect(page.locator("h1")).to_have_text(f"Overview of {other.site.name}")
    expect(page.locator(".empty").first).to_contain_text("No tag is chosen")


def test_what_a_user_may_not_see_does_not_exist(busy: Plant, sign_in: SignIn, watch: Watch) -> None:
    watch.allow("404")
    stranger = registry(Plant)
    for path in (f"/devices/{stranger.gateway.uid}/", f"/?site={stranger.site.slug}"):
        page = sign_in(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
        assert page.request.get(path).status == 404


def test_a_user_without_a_site_is_told_whom_to_ask(busy: Plant, sign_in: SignIn) -> None:
    registry(busy.site.members.clear)
    page = sign_in("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("No plant yet")
    expect(page.locator(".empty")).to_contain_text("Ask an administrator")


def test_names_from_the_registry_are_text_and_nothing_else(
    plant: Plant, gateway: Gateway, sign_in: SignIn
) -> None:
    evil = "<img src=x onerror=alert(1)>"
    device = plant.add_device("PUMP", area=evil)
    registry(type(device).objects.filter(pk=device.pk).update, name=evil)
    plant.add_tag(device, "temperature", label=evil, unit="<b>°C</b>")
    gateway.connect()
    gateway.say("temperature", 61.0)
    for path in ("/", f"/devices/{device.uid}/"):
        page = sign_in(path)
        expect(page.locator("tr[data-tag]")).to_have_attribute("data-state", "good")
        page.locator(".plot").hover()
        assert page.locator("img, b >> text=°C").count() == 0
        expect(page.locator("tr[data-tag] th")).to_contain_text(evil)


def test_everything_can_be_reached_by_keyboard(busy: Plant, sign_in: SignIn) -> None:
    page = sign_in("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.locator(".account summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.locator(".account summary")).to_be_focused()


def test_without_scripts_a_page_shows_the_last_values_as_not_current(
    busy: Plant, sign_in: SignIn
) -> None:
    page = sign_in("/", java_script_enabled=False)
    tag: Tag = busy.tags["temperature"]
    row = page.locator(f"tr[data-tag='{tag.pk}']")
    expect(row.locator("[data-part=value]")).to_have_text("64.0")
    expect(row).to_have_attribute("data-state", "waiting")
    assert "Live values need JavaScript" in page.content()


@pytest.mark.parametrize("path", ["/", "/devices/{uid}/"])
def test_static_files_and_the_catalogue_may_be_kept_for_ever(
    busy: Plant, sign_in: SignIn, path: str
) -> None:
    page = sign_in("/login/")
    kept: dict[str, str] = {}
    page.on("response", lambda r: kept.update({r.url: r.headers.get("cache-control", "")}))
    page.goto(path.format(uid=busy.devices["PUMP"].uid))
    expect(page.locator("#link")).to_have_attribute("data-phase", "live")
    static = {url: age for url, age in kept.items() if "/static/" in url or "/catalog/" in url}
    assert len(static) > 15
    assert [url for url, age in static.items() if "immutable" not in age] == []
