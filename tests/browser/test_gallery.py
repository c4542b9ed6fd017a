"""What a camera saw, in an open gallery: it appears, changes and ends without a reload."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from line import Line, until
from plant import Plant, now_ms, registry
from playwright.sync_api import Locator, Page, expect
from seeing import SeeingGateway, picture
from watched import SignIn, Watch

from alarms.forgotten import end_forgotten
from alarms.models import Detection

MINUTE_MS = 60_000


def live(page: Page) -> Page:
    """Wait until the page has heard what there is, and hears of what happens."""
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    return page


def card(page: Page, event: str) -> Locator:
    """Return the card of an event."""
    pk = registry(lambda: Detection.objects.get(event=event).pk)
    return page.locator(f"[data-card='{pk}']")


def labels(page: Page) -> Locator:
    return page.locator("[data-card] [data-part=label]")


def marked(page: Page) -> None:
    """Leave a mark that a reload would take away."""
    page.evaluate("document.body.dataset.mark = 'here'")


@pytest.mark.parametrize("earlier", [False, True])
def test_a_detection_appears_in_an_open_gallery_with_its_picture(
    seeing: SeeingGateway, sign_in: SignIn, earlier: bool
) -> None:
    if earlier:
        seeing.see("AISLE", label="smoke")
    page = live(sign_in("/gallery/"))
    expect(page.locator("[data-card]")).to_have_count(int(earlier))
    marked(page)

    event = seeing.see("FURNACE", score=0.94, **picture(3, "fire"))

    new = card(page, event)
    expect(new.locator("img")).to_be_visible()
    until(page, lambda: new.locator("img").evaluate("(img) => img.naturalWidth > 0"))
    expect(new).to_have_attribute("data-state", "active")
    expect(new.locator("[data-part=label]")).to_have_text("Fire")
    expect(new.locator("[data-part=score]")).to_have_text("94\u202f%")
    expect(new.locator("[data-part=fresh]")).to_be_visible()
    expect(new.locator("rect[data-label=fire]")).to_have_count(1)
    said = re.compile(rf"^New: Fire, FURNACE of {seeing.plant.mark}, \d\d:\d\d:\d\d$")
    expect(page.locator("[data-news]")).to_have_text(said)
    expect(page.locator("body")).to_have_attribute("data-mark", "here")


def test_a_camera_tells_only_its_own_news_with_their_time_and_they_go_again(
    seeing: SeeingGateway, sign_in: SignIn
) -> None:
    page = live(sign_in(f"/cameras/{seeing.plant.devices['FURNACE'].uid}/"))
    page.clock.install()
    said = page.locator("[data-news]")
    own = seeing.see("FURNACE")
    expect(said).to_have_text(re.compile(r"^New: Fire, \d\d:\d\d:\d\d$"))
    told = said.text_content() or ""
    seeing.see("AISLE", label="smoke")
    page.clock.fast_forward(10_000)
    expect(card(page, own)).to_have_attribute("data-state", "active")
    expect(said).to_have_text(told)
    page.clock.fast_forward(10_000)
    expect(said).to_be_empty()


def test_a_card_keeps_its_size_when_its_picture_comes(
    seeing: SeeingGateway, sign_in: SignIn
) -> None:
    page = live(sign_in("/gallery/"))
    event = seeing.see("FURNACE")
    new = card(page, event)
    expect(new.locator("[data-part=nothing]")).to_have_text("Picture on its way")
    before = new.bounding_box()

    seeing.see("FURNACE", "update", event, **picture(3, "fire"))

    expect(new.locator("img")).to_be_visible()
    assert new.bounding_box() == before


def test_a_detection_that_ends_says_how_long_it_lasted(
    seeing: SeeingGateway, sign_in: SignIn
) -> None:
    page = live(sign_in("/gallery/"))
    since = now_ms() - 5000
    event = seeing.see("FURNACE", since=since)
    shown = card(page, event)
    expect(shown.locator("[data-part=state]")).to_have_text("active")

    seeing.see("FURNACE", "end", event, since=since, at=since + 2000)

    expect(shown).to_have_attribute("data-state", "ended")
    expect(shown.locator("[data-part=lasted]")).to_have_text("after 2 s")


def test_one_that_its_gateway_stopped_watching_is_not_said_to_be_over(
    seeing: SeeingGateway, sign_in: SignIn
) -> None:
    page = live(sign_in("/gallery/"))
    since = now_ms() - 5000
    event = seeing.see("FURNACE", since=since)
    seeing.see("FURNACE", "end", event, since=since, at=since + 2000, why="stopped")
    state = card(page, event).locator("[data-part=state]")
    expect(state).to_have_text("watching ended")
    expect(card(page, event).locator("[data-part=lasted]")).to_have_text("after 2 s")
    made = page.request.get(page.url).text()  # as the server makes it
    assert 'data-part="state">watching ended<' in made


def test_what_was_told_late_is_marked_and_does_not_count_as_new(
    seeing: SeeingGateway, sign_in: SignIn
) -> None:
    page = live(sign_in("/gallery/"))

    event = seeing.see("FURNACE", at=now_ms() - 30 * MINUTE_MS)

    late = card(page, event)
    expect(late.locator("[data-part=late]")).to_be_visible()
    expect(late.locator("[data-part=fresh]")).to_be_hidden()
    expect(page.locator("[data-news]")).to_be_empty()


def test_who_reads_further_down_is_told_of_news_and_nothing_moves(
    seeing: SeeingGateway, sign_in: SignIn
) -> None:
    for number in range(8):
        seeing.see("AISLE", label="smoke", at=now_ms() - (number + 2) * MINUTE_MS)
    page = live(sign_in("/gallery/", viewport={"width": 700, "height": 500}))
    page.mouse.wheel(0, 400)
    page.wait_for_function("window.scrollY > 100")
    top = page.locator("[data-card]").first.bounding_box()

    late = seeing.see("FURNACE", at=now_ms() - 30_000 - MINUTE_MS)
    event = seeing.see("FURNACE")

    pill = page.locator("[data-pill] button")
    expect(pill).to_have_text("1 new")
    assert page.locator("[data-card]").first.bounding_box() == top
    pill.click()
    expect(card(page, event)).to_be_in_viewport()
    expect(card(page, late)).to_be_visible()
    expect(pill).to_be_hidden()


def test_an_active_one_is_not_called_active_when_nobody_can_know(
    seeing: SeeingGateway, sign_in: SignIn
) -> None:
    page = live(sign_in("/gallery/"))
    shown = card(page, seeing.see("FURNACE"))
    expect(shown).to_have_attribute("data-state", "active")

    expect(page.locator("[data-counts]")).to_have_text("1 shown, 1 active")
    seeing.leave()

    expect(shown).to_have_attribute("data-state", "unsure")
    expect(shown.locator("[data-part=state]")).to_have_text("last known: active")
    expect(page.locator("[data-counts]")).to_have_text("1 shown, 0 active")


@pytest.mark.parametrize("path", ["/gallery/", "/cameras/{uid}/"])
def test_what_a_camera_saw_is_not_called_active_when_the_camera_died(
    seeing: SeeingGateway, sign_in: SignIn, path: str
) -> None:
    furnace = seeing.plant.devices["FURNACE"]
    event = seeing.see("FURNACE")
    seeing.say("state", 1)
    page = live(sign_in(path.format(uid=furnace.uid)))
    shown = card(page, event)
    expect(shown).to_have_attribute("data-state", "active")

    seeing.say("state", 4)
    seeing.tell(furnace, "camera.state", "lost: no picture in time")

    expect(shown).to_have_attribute("data-state", "unsure")
    expect(shown.locator("[data-part=lasted]")).to_have_text("no connection")
    if "uid" in path:
        expect(page.locator(".facts [data-part=sight]")).to_have_text("no picture")
    seeing.say("state", 1)
    seeing.tell(furnace, "camera.state", "live")
    expect(shown).to_have_attribute("data-state", "active")


def test_what_a_gateway_has_forgotten_ends(seeing: SeeingGateway, sign_in: SignIn) -> None:
    page = live(sign_in("/gallery/"))
    event = seeing.see("FURNACE")
    shown = card(page, event)
    expect(shown).to_have_attribute("data-state", "active")
    seeing.leave()
    expect(shown).to_have_attribute("data-state", "unsure")
    seeing.connect()
    expect(shown).to_have_attribute("data-state", "active")

    registry(end_forgotten, timezone.now() + timedelta(minutes=31))

    expect(shown).to_have_attribute("data-state", "ended")
    shown.locator("[data-open]").click()
    expect(page.locator("#lightbox [data-part=ended]")).to_have_text("not told")


def test_what_happened_while_the_page_was_cut_off_is_there_afterwards(
    seeing: SeeingGateway, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("404")
    page = sign_in("/catalog/none/none.js")  # a page without anything
    line = Line(page)
    page.goto("/gallery/")
    live(page)
    event = seeing.see("FURNACE")
    expect(card(page, event)).to_be_visible()
    line.cut(1012)
    seeing.see("FURNACE", "end", event)
    other = seeing.see("AISLE", label="smoke")

    expect(card(page, event)).to_have_attribute("data-state", "ended")
    expect(card(page, other)).to_be_visible()
    assert any(str(frame["ch"]).startswith("gallery:") for frame in line.resumptions())


def test_a_deleted_detection_leaves_the_page(seeing: SeeingGateway, sign_in: SignIn) -> None:
    page = live(sign_in("/gallery/"))
    shown = card(page, seeing.see("FURNACE"))
    expect(shown).to_be_visible()
    registry(delete_all, seeing.plant)
    expect(page.locator("[data-card]")).to_have_count(0)
    expect(page.locator("[data-none]")).to_be_visible()


def delete_all(plant: Plant) -> None:
    """Delete what was seen, as the retention does."""
    from alarms.gallery import announce_gone

    rows = Detection.objects.filter(site=plant.site)
    ids = list(rows.values_list("pk", flat=True))
    announce_gone(plant.site.pk, ids)
    rows.delete()


def test_the_overview_shows_the_newest_six(seeing: SeeingGateway, sign_in: SignIn) -> None:
    for number in range(7):
        seeing.see("AISLE", label="smoke", at=now_ms() - number * 1000)
    page = live(sign_in("/"))
    expect(page.locator("[data-card]")).to_have_count(6)

    event = seeing.see("FURNACE", **picture(3, "fire"))

    expect(page.locator("[data-card]").first.locator("[data-part=label]")).to_have_text("Fire")
    expect(card(page, event).locator("img")).to_be_visible()
    expect(page.locator("[data-card]")).to_have_count(6)
