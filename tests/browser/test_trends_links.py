"""Links to the trends page that say what cannot be shown, and what else somebody must be told."""

from __future__ import annotations

import re

import pytest
from charted import add_heat, address, drawn, query, steady, store
from line import until
from plant import Plant, now_ms, registry
from playwright.sync_api import Locator, Page, expect
from watched import Run, SignIn

from devices.models import Site, Tag

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
UNREAD = "The time in this link cannot be read."
SHORT = "The end must be at least 10 seconds after the beginning."
LONG = "At most 366 days can be shown at once."
LAST_HOUR = "Shown instead: the last 1 h."


@pytest.fixture
def heat(plant: Plant) -> Tag:
    return add_heat(plant)


def notice(page: Page) -> Locator:
    return page.locator("[data-strange]")


# ---------------------------------------------------------------- times at fault


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("from=2026-03-02T05:00:00Z&to=2026-03-01T05:00:00Z", SHORT),
        ("from=2026-03-01T05:00:00Z&to=2026-03-01T05:00:00Z", SHORT),
        ("from=2024-03-01T00:00:00Z&to=2026-03-01T00:00:00Z", LONG),
        ("from=2026-03-01T05:00:00Z", UNREAD),
        ("from=garbage&to=2026-03-01T05:00:00Z", UNREAD),
        ("from=1969-12-31T00:00:00Z&to=1970-01-02T00:00:00Z", UNREAD),
        ("range=99y", UNREAD),
        ("range=toString", UNREAD),
        ("range=1h&paused=2099-01-01T00:00:00Z", UNREAD),
        ("range=1h&paused=1960-01-01T00:00:00Z", UNREAD),
    ],
)
def test_a_time_that_cannot_be_shown_is_told_with_what_is_shown_instead(
    heat: Tag, sign_in: SignIn, said: str, why: str
) -> None:
    steady(heat, 50 * MINUTE, MINUTE)
    page = sign_in(f"{address(heat)}&{said}")
    expect(notice(page)).to_have_text(f"{why} {LAST_HOUR}")
    assert re.fullmatch(rf"site=[^&]+&tags={heat.pk}&range=1h", query(page))
    until(page, lambda: len(drawn(page, heat)) > 40)


def test_the_range_that_a_link_says_takes_the_place_of_its_wrong_time(
    heat: Tag, sign_in: SignIn
) -> None:
    page = sign_in(address(heat, range="24h", to="soon"))
    expect(notice(page)).to_have_text(f"{UNREAD} Shown instead: the last 24 h.")
    assert query(page).endswith("&range=24h")
    page.get_by_role("button", name="8 h", exact=True).click()
    expect(notice(page)).to_be_hidden()


def test_what_a_link_may_say_is_no_fault(run: Run) -> None:
    faulty = run("""
        const { isFaulty, readLink } = await import("trendlink");
        const now = Date.parse("2026-11-28T06:30:00Z");
        return ["", "?tags=", "?tags=1,1,2", "?from=&to=", "?range=7d&paused=2026-11-28T06:30:01Z",
            "?tags=1&from=2026-11-28T06:20:00Z&to=2026-11-28T06:40:00Z",
            "?from=2026-01-01&to=2026-11-01T08:00:00%2B08:00&range=1h"]
            .filter((text) => isFaulty(readLink(text, now, () => true).faults));""")
    assert faulty == []


# ---------------------------------------------------------------- tags at fault


def test_tags_that_cannot_be_read_or_are_too_many_are_named(
    plant: Plant, heat: Tag, sign_in: SignIn
) -> None:
    tags = [plant.add_tag(heat.device, f"t{n}") for n in range(9)]
    numbers = [str(tag.pk) for tag in tags]
    page = sign_in(f"/trends/?tags=abc,-1,99999999999,{','.join(numbers)}&range=8h")
    expect(notice(page)).to_have_text(
        "Not numbers of tags, so not shown: abc, -1, 99999999999."
        f" At most 8 tags are shown at once, so not: {numbers[8]}."
    )
    assert query(page).endswith(f"&tags={','.join(numbers[:8])}&range=8h")


def test_a_tag_that_is_not_of_this_plant_takes_no_place_of_another(run: Run) -> None:
    read = run("""
        const { readLink } = await import("trendlink");
        const { state, faults } = readLink("?tags=99,1,2,3,4,5,6,7,8", 0, (k) => k < 10);
        return [state.tags, faults.strange, faults.beyond];""")
    assert read == [[1, 2, 3, 4, 5, 6, 7, 8], [99], []]


# ---------------------------------------------------------------- what the page says of itself


def test_zooming_out_from_the_longest_time_asks_for_nothing(heat: Tag, sign_in: SignIn) -> None:
    now = now_ms()
    store(heat, [(now - 2 * DAY, 60.0), (now - DAY, 61.0)])
    page = sign_in(address(heat, **{"from": "2025-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z"}))
    expect(page.locator("[data-pane] h2")).to_be_visible()
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    charts = page.get_by_role("group", name="Charts")
    before = query(page)
    charts.press("-")
    charts.press("-")
    charts.press("+")  # this does ask
    until(page, lambda: any("/trends/?" in url for url in asked))
    length = page.locator("#trends-state").evaluate("(e) => e.dataset.to - e.dataset.from")
    assert length == 183 * DAY
    page.go_back()
    assert query(page) == before
    windows = {re.sub(r".*(from_ms=\d+&to_ms=\d+).*", r"\1", url) for url in asked}
    assert len(windows) == 2  # the half, and the whole again on the way back


def test_what_an_export_said_goes_with_its_selection(heat: Tag, sign_in: SignIn) -> None:
    page = sign_in(address(heat, range="1h"))
    told = page.locator("#exports > [data-part=told]")
    page.get_by_role("button", name="CSV", exact=True).click()
    expect(told).to_have_text("There are no readings in this time.")
    begin = page.locator("#trends-state").get_attribute("data-to")
    state = page.locator("#trends-state")
    expect(state).not_to_have_attribute("data-to", begin or "")  # live goes on, and it stays
    expect(told).to_have_text("There are no readings in this time.")
    page.get_by_role("button", name="8 h", exact=True).click()
    expect(told).to_be_empty()


@pytest.mark.parametrize(
    ("zone", "said"), [("UTC", "UTC"), ("Asia/Shanghai", "Asia/Shanghai, UTC+8")]
)
def test_the_zone_of_a_plant_is_said_once(
    plant: Plant, heat: Tag, sign_in: SignIn, zone: str, said: str
) -> None:
    registry(Site.objects.filter(pk=plant.site.pk).update, time_zone=zone)
    page = sign_in(address(heat))
    page.get_by_role("button", name="From … to …").click()
    expect(page.locator("[data-zone]")).to_have_text(said)
