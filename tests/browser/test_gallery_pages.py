"""The gallery and the pages of the cameras: filters, the large view, and everybody's eyes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from line import until
from plant import now_ms, registry
from playwright.sync_api import Page, expect
from seeing import SeeingGateway, picture
from watched import SignIn, Watch

from alarms.models import Snapshot
from devices.models import Membership, Role
from edge import wire

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
IMAGES = "[...document.querySelectorAll('main img[src]')]"
PHONE = {"width": 390, "height": 844}
PATHS = ("/gallery/", "/cameras/", "/cameras/{uid}/")


@pytest.fixture
def seen(seeing: SeeingGateway) -> SeeingGateway:
    """Let the cameras see three things: two with a picture, one long ago."""
    now = now_ms()
    day = 24 * 3600 * 1000
    seeing.see("AISLE", label="no_helmet", score=0.62, at=now - 2 * day)
    event = seeing.see("AISLE", label="smoke", score=0.7, at=now - 40_000, **picture(4, "smoke"))
    seeing.see("AISLE", "end", event, label="smoke", score=0.7, since=now - 41_000)
    for role in ("before", "best", "after"):
        fields = picture(3, "fire", role, at=now - 30_000)
        known = {"score": 0.94, "since": now - 31_000, "zone": "Door"}
        seeing.see("FURNACE", "update", "f" * 32, **known, **fields)
    for name, value in {"state": 1, "fps": 4.9, "brightness": 41, "detect_ms": 23}.items():
        seeing.say(name, value)
    return seeing


def visit(sign_in: SignIn, path: str, **options: object) -> Page:
    page = sign_in(path, **options)
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    expect(page.locator("[data-sight=waiting]")).to_have_count(0)
    return page


def labels(page: Page) -> list[str]:
    return page.locator("[data-card] [data-part=label]").all_text_contents()


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[str] = page.evaluate(
        "async (rules) => (await axe.run({ runOnly: rules })).violations.map((v) =>"
        " `${v.id}: ${v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ')}`)",
        RULES,
    )
    return found


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("path", PATHS)
def test_no_page_of_cameras_breaks_a_rule_of_accessibility(
    seen: SeeingGateway, sign_in: SignIn, path: str, theme: str
) -> None:
    uid = seen.plant.devices["FURNACE"].uid
    registry(Membership.objects.filter(user=seen.plant.user).update, role=Role.ENGINEER)
    page = visit(sign_in, path.format(uid=uid), theme=theme, bypass_csp=True)
    assert violations(page) == []
    if path == "/gallery/":
        page.locator("[data-open]").first.click()
        expect(page.locator("[data-moments] button")).to_have_count(3)
        assert violations(page) == []
    if "uid" in path:
        page.get_by_role("button", name="Edit zones").click()
        page.locator("[data-rows] summary").click()
        assert violations(page) == []


@pytest.mark.parametrize("path", PATHS)
def test_on_a_phone_no_page_of_cameras_scrolls_sideways(
    seen: SeeingGateway, sign_in: SignIn, path: str
) -> None:
    registry(Membership.objects.filter(user=seen.plant.user).update, role=Role.ENGINEER)
    uid = seen.plant.devices["FURNACE"].uid
    page = visit(sign_in, path.format(uid=uid), viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for box in page.locator("main a:visible, main button:visible").evaluate_all(
        "(all) => all.map((e) => [e.textContent.trim(), e.getBoundingClientRect().height])"
    ):
        assert box[1] >= 24, box


def test_filters_narrow_down_what_is_shown_and_stand_in_the_address(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in, "/gallery/")
    assert labels(page) == ["Fire", "Smoke", "No helmet"]

    def chosen(name: str, option: str, *wanted: str) -> None:
        page.locator(f"select[name={name}]").select_option(option)
        expect(page.locator("[data-card]")).to_have_count(len(wanted))
        until(page, lambda: labels(page) == [*wanted])

    chosen("label", "smoke", "Smoke")
    assert parse_qs(urlsplit(page.url).query) == {"label": ["smoke"]}
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator("[data-card]")).to_have_count(3)
    chosen("area", "Hall B", "Smoke", "No helmet")
    chosen("state", "historical", "No helmet")
    page.reload()
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    assert labels(page) == ["No helmet"]
    chosen("state", "", "Smoke", "No helmet")
    page.get_by_label("Confidence at least").fill("65")
    expect(page.locator("[data-card]")).to_have_count(1)
    page.locator("select[name=label]").select_option("fire")
    expect(page.locator("[data-none]")).to_contain_text("fits these filters")


def test_what_does_not_fit_the_filter_stays_away_when_it_happens(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in, "/gallery/?label=smoke")
    seen.see("FURNACE")
    seen.see("AISLE", label="smoke")
    expect(page.locator("[data-card]")).to_have_count(2)
    assert labels(page) == ["Smoke", "Smoke"]


def test_older_ones_are_loaded_on_demand(seeing: SeeingGateway, sign_in: SignIn) -> None:
    for number in range(52):
        seeing.see("AISLE", at=now_ms() - number * 1000)
    page = visit(sign_in, "/gallery/")
    expect(page.locator("[data-card]")).to_have_count(48)
    page.get_by_role("button", name="Load older").click()
    expect(page.locator("[data-card]")).to_have_count(52)
    expect(page.get_by_role("button", name="Load older")).to_be_hidden()


def test_the_large_view_is_used_by_keyboard_alone(seen: SeeingGateway, sign_in: SignIn) -> None:
    page = visit(sign_in, "/gallery/")
    page.locator("[data-open]").first.focus()
    page.keyboard.press("Enter")
    box = page.locator("#lightbox")
    expect(box.locator("h2")).to_have_text("Fire")
    expect(box.locator("[data-part=zone]")).to_have_text("Door")
    expect(box.locator("[data-part=track]")).to_have_text("7")
    expect(box.locator("[data-part=model]")).to_have_text("5e5e5e5e5e5e")
    expect(box.locator("[data-part=score]")).to_have_text("94\u202f%")
    expect(box.locator("[data-part=threshold]")).to_have_text("50\u202f%")
    best = box.locator("img[data-part=img]").first.get_attribute("src")
    box.get_by_role("button", name="after").focus()
    page.keyboard.press("Enter")
    expect(box.locator(".stage img")).not_to_have_attribute("src", best or "")
    page.keyboard.press("ArrowRight")
    expect(box.locator("h2")).to_have_text("Smoke")
    expect(box.locator("[data-part=state]")).to_have_text("ended")
    expect(box.locator(".stage .boxes")).to_be_visible()
    page.keyboard.press("b")
    expect(box.locator(".stage .boxes")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(page.locator("[data-open]").nth(1)).to_be_focused()
    expect(page.locator("button[data-boxes]")).to_have_attribute("aria-pressed", "false")


def test_a_refused_picture_is_said_to_be_refused(seen: SeeingGateway, sign_in: SignIn) -> None:
    page = visit(sign_in, "/gallery/")
    seen.see("FURNACE", **no_picture())
    shown = page.locator("[data-card]").first
    words = "The picture was refused: it is not a JPEG."
    expect(shown.locator("[data-part=nothing]")).to_have_text(words)
    expect(shown.locator("img")).to_be_hidden()
    page.reload()
    expect(shown.locator("[data-part=nothing]")).to_have_text(words)
    shown.locator("[data-open]").click()
    expect(page.locator(".stage [data-part=nothing]")).to_contain_text("The picture was refused:")


def no_picture() -> dict[str, object]:
    """Return bytes that claim to be a picture."""
    data = b"no picture at all"
    digest = hashlib.sha256(data).hexdigest()
    shown = wire.Picture(role="best", at=now_ms(), sha256=digest, width=64, height=64)
    return {"picture": shown, "jpeg": data}


def test_a_picture_that_the_server_lost_is_said_to_be_lost(
    seen: SeeingGateway, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("404")
    best = Snapshot.objects.filter(detection__site=seen.plant.site, role="best", state="ready")
    page = sign_in("/gateways/")  # it shows no picture that the browser would remember
    until(page, lambda: registry(best.count) == 2)
    registry(best.update, name="snapshots/none.jpg", thumb="thumbs/none.jpg")

    page = visit(sign_in, "/gallery/")

    shown = page.locator("[data-card]").first
    expect(shown).to_have_attribute("data-picture", "lost")
    expect(shown.locator("[data-part=nothing]")).to_have_text("Picture lost")
    expect(shown.locator("img")).to_be_hidden()
    expect(shown.locator("rect[data-label=fire]")).to_have_count(0)
    shown.locator("[data-open]").click()
    expect(page.locator(".stage [data-part=nothing]")).to_have_text("Picture lost")
    expect(page.locator(".stage img")).to_be_hidden()
    for path in ("/cameras/", f"/cameras/{seen.plant.devices['FURNACE'].uid}/"):
        page.goto(path)
        expect(page.locator("[data-part=nothing]", has_text="Picture lost").first).to_be_visible()
        until(page, lambda: page.evaluate(f"{IMAGES}.every((i) => i.hidden || i.naturalWidth > 0)"))


def test_the_list_of_cameras_says_how_each_does_and_what_it_saw_last(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in, "/cameras/")
    furnace = page.locator(f"[data-uid={seen.plant.devices['FURNACE'].uid}]")
    expect(furnace.locator("[data-part=sight]")).to_have_text("live picture")
    expect(furnace.locator("[data-part=newest]")).to_contain_text("Fire")
    age = re.compile(r"^of .*\d\d:\d\d(:\d\d)?, (\d+ s|\d+:\d\d) old$")  # the day before: no s
    expect(furnace.locator("[data-part=taken]")).to_have_text(age)
    told = furnace.locator("[data-part=taken]").text_content() or ""
    expect(furnace.locator("[data-part=taken]")).not_to_have_text(told)  # it counts
    seen.say("state", 2)
    expect(furnace.locator("[data-part=sight]")).to_have_text("picture frozen")
    before = furnace.locator("img").get_attribute("src") or ""
    seen.see("FURNACE", label="smoke", **picture(9, "smoke"))
    expect(furnace.locator("[data-part=newest]")).to_contain_text("Smoke")
    expect(furnace.locator("img")).not_to_have_attribute("src", before)
    furnace.locator("a").first.click()
    expect(page.locator("h1")).to_contain_text("FURNACE")


def test_a_camera_never_shows_an_old_picture_as_a_present_one(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in, f"/cameras/{seen.plant.devices['FURNACE'].uid}/")
    expect(page.locator(".view [data-part=taken]")).to_contain_text("old: not what it sees now")
    expect(page.locator(".facts [data-part=sight]")).to_have_text("live picture")
    expect(page.locator(".facts [data-part=fps]")).to_have_text("4.9")
    expect(page.locator("[data-plan] text")).to_have_text("Door")
    expect(page.locator("[data-card]")).to_have_count(1)
    seen.say("state", None, quality=wire.Quality.NOT_CONNECTED)
    sight = page.locator(".facts [data-part=sight]")
    expect(sight).to_have_text(re.compile(r"^not known \(.* \d+ s\)$"))
    seen.say("state", 1)
    expect(sight).to_have_text("live picture")
    seen.leave()
    expect(sight).to_have_text(re.compile(r"^last: live picture \(offline \d+ s\)$"))
