"""A network cut in which things happen: afterwards the gallery has them, and rings none as new."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from filming_gateway import FilmingGateway
from line import until
from plant import Plant, now_ms, registry
from playwright.sync_api import Page, expect
from served import WebServer
from watched import SignIn, Watch

from alarms.models import Detection
from devices.registry import issue_token

pytestmark = pytest.mark.slow

EVENTS = 50
HOUR_MS = 3_600_000


@pytest.fixture
def filming(plant: Plant, web: WebServer, tmp_path: Path) -> Iterator[FilmingGateway]:
    """Run a real gateway with a camera whose clock the test moves."""
    camera = plant.add_device("YARD", area="Yard")
    token = registry(issue_token, device=plant.gateway).token
    gateway = FilmingGateway(web.url, plant.gateway.uid, token, camera.uid, tmp_path)
    with gateway.running():
        yield gateway


def rows_of(plant: Plant) -> list[Detection]:
    """Return what is stored of the plant, the newest first."""
    return registry(lambda: list(Detection.objects.filter(site=plant.site).order_by("-since")))


def shown(page: Page) -> list[int]:
    """Return the ids of the cards from the top of the page to its end."""
    ids: list[int] = page.locator("[data-card]").evaluate_all(
        "(cards) => cards.map((card) => Number(card.dataset.card))"
    )
    return ids


def test_fifty_events_of_a_network_cut_are_shown_once_each_in_order_as_late_and_not_as_new(
    plant: Plant, web: WebServer, filming: FilmingGateway, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("ERR_CONNECTION|WebSocket")
    page = sign_in("/gallery/")
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
    start, *_ = filming.light(now_ms())
    first = page.locator("[data-card]")
    expect(first).to_have_attribute("data-state", "active")
    expect(first.locator("[data-part=fresh]")).to_be_visible()
    said = page.locator("[data-news]")
    expect(said).to_contain_text("New: Fire")
    before = said.text_content()

    web.kill()
    expect(first).to_have_attribute("data-state", "unsure")
    filming.put_out(now_ms())
    oldest = now_ms() - (EVENTS + 1) * HOUR_MS
    told = [filming.burn(oldest + number * HOUR_MS) for number in range(EVENTS)]
    web.start()

    newest_first = [start.id, *reversed(told)]
    until(page, lambda: len(shown(page)) == EVENTS + 1, lambda: f"{len(shown(page))} cards")
    until(page, lambda: all(row.state == "ended" for row in rows_of(plant)))
    rows = rows_of(plant)
    assert [row.event.hex for row in rows] == newest_first
    assert [row.historical for row in rows] == [False] + [True] * EVENTS
    later = sign_in("/gallery/")
    later.get_by_role("button", name="Load older").click()
    for each in (page, later):
        until(each, lambda each=each: shown(each) == [row.pk for row in rows])
        cards = each.locator("[data-card]")
        expect(each.locator("[data-card][data-state=ended]")).to_have_count(EVENTS + 1)
        expect(each.locator("[data-card][data-picture=ready]")).to_have_count(EVENTS + 1)
        expect(cards.locator("[data-part=late]:visible")).to_have_count(EVENTS)
        expect(each.locator("[data-pill]")).to_be_hidden()
    expect(page.locator("[data-part=fresh]:visible")).to_have_count(1)  # the one before the cut
    assert said.text_content() in {before, ""}  # gone by now, or still there
    expect(later.locator("[data-part=fresh]:visible")).to_have_count(0)
    expect(later.locator("[data-news]")).to_be_empty()
