"""The overview of one area, and on a wall: the same page, by its address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alarm_making import move
from alarmed import Alarmed, settled
from plant import Gateway, Plant, now_ms, registry
from playwright.sync_api import Page, expect
from seeing import SeeingGateway, picture
from watched import SignIn, Watch

from alarms.states import Trigger
from devices.models import Membership, Role, Tag

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 390, "height": 844}
WALL = {"width": 1920, "height": 1080}
LARGE = {"width": 3840, "height": 2160}


@pytest.fixture
def busy(plant: Plant, gateway: Gateway) -> Alarmed:
    """A pump in "Utilities" and a fan in "Line A", each with a tag and an alarm."""
    alarmed = Alarmed(plant)
    gateway.connect()
    at = now_ms()
    gateway.say_many("bearing_temp", [(at - 20_000 * i, 70.0 + i) for i in range(9, -1, -1)])
    gateway.say("vibration", 60.0)
    alarmed.raised("Too hot", priority=2)
    alarmed.raised("Shakes", of=alarmed.shake, priority=3)
    return alarmed


def of_area(plant: Plant, area: str = "Utilities", more: str = "") -> str:
    return f"/?site={plant.site.slug}&area={area.replace(' ', '%20')}{more}"


def breaches(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[str] = page.evaluate(
        "async (rules) => (await axe.run({ runOnly: rules })).violations.map((v) =>"
        " `${v.id}: ${v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ')}`)",
        RULES,
    )
    return found


# ---------------------------------------------------------------- an area


def test_an_area_is_one_click_away_and_shows_only_what_is_its_own(
    plant: Plant, busy: Alarmed, sign_in: SignIn
) -> None:
    page = sign_in()
    settled(page)
    page.locator(".areas").get_by_role("link", name="Utilities").click()
    expect(page.locator("h1")).to_have_text("Utilities")
    settled(page)
    expect(page.locator("[data-cell]")).to_have_count(1)
    expect(page.locator("[data-trend]")).to_have_count(1)
    expect(page.locator("[data-alarms] [data-part=name]")).to_have_text(["Too hot"])
    expect(page.locator("[data-figure=devices] [data-part=unit]")).to_have_text("/ 1")
    expect(page.locator("[data-figure=unacknowledged] [data-part=value]")).to_have_text("1")
    expect(page.locator(".values [data-tag]")).to_have_count(1)
    expect(page.locator("[data-count='3'] [data-part=number]")).to_have_text("1")  # of the plant
    page.locator(".crumbs a").click()
    expect(page.locator("[data-cell]")).to_have_count(3)


def test_what_comes_into_being_elsewhere_stays_away_from_an_area(
    plant: Plant, busy: Alarmed, sign_in: SignIn
) -> None:
    page = sign_in(of_area(plant))
    settled(page)
    plant.add_device("NEW1", area="Line A")
    plant.add_device("NEW2", area="Utilities")
    expect(page.locator("[data-cell]")).to_have_count(2)
    expect(page.locator("[data-cell]", has_text="NEW2")).to_have_count(1)
    expect(page.locator("[data-area]")).to_have_count(1)


def test_an_area_without_a_pinned_tag_shows_trends_of_those_with_a_range(
    plant: Plant, busy: Alarmed, sign_in: SignIn
) -> None:
    registry(lambda: Tag.objects.filter(device__site=plant.site).update(pinned=False))
    plant.add_tag(busy.pump, "counter", unit="", low=None, high=None, pinned=False)
    page = sign_in(of_area(plant))
    expect(page.locator("[data-trend]")).to_have_count(1)
    expect(page.locator("[data-trend] h3")).to_contain_text("bearing_temp")


def test_snapshots_are_those_of_the_area(
    plant: Plant, seeing: SeeingGateway, sign_in: SignIn
) -> None:
    for name in ("FURNACE", "AISLE"):
        seeing.see(name, **picture(1, "fire"))
    page = sign_in(of_area(plant, "Hall A"))
    expect(page.locator("[data-card]")).to_have_count(1)
    expect(page.locator("[data-figure=detections] [data-part=value]")).to_have_text("1")


@pytest.mark.parametrize("area", ["Nowhere", "<b>bold</b>"])
def test_an_unknown_area_is_said_in_words_with_a_way_on(
    plant: Plant, busy: Alarmed, sign_in: SignIn, watch: Watch, area: str
) -> None:
    watch.allow("404")
    page = sign_in(of_area(plant, area))
    expect(page.locator("h1")).to_have_text("No such area")
    expect(page.locator(".empty").first).to_contain_text(f"“{area}”")
    page.get_by_role("link", name="Line A").click()
    expect(page.locator("h1")).to_have_text("Line A")


def test_a_tag_that_is_pinned_gets_its_trend_on_an_open_page(
    plant: Plant, busy: Alarmed, sign_in: SignIn
) -> None:
    extra = plant.add_tag(busy.pump, "flow", unit="l/s", pinned=False)
    page = sign_in(of_area(plant))
    settled(page)
    expect(page.locator("[data-trend]")).to_have_count(1)
    registry(lambda: Tag.objects.filter(pk=extra.pk).update(pinned=True))
    expect(page.locator("[data-trend]")).to_have_count(2)


# ---------------------------------------------------------------- a wall


def test_a_wall_has_no_controls_and_shows_everything_on_one_screen(
    plant: Plant, busy: Alarmed, sign_in: SignIn
) -> None:
    registry(lambda: Membership.objects.filter(user=plant.user).update(role=Role.VIEWER))
    page = sign_in(f"/?site={plant.site.slug}&wall=1", viewport=WALL)
    settled(page)
    controls = "button:visible, summary:visible, nav:visible, input:visible, select:visible"
    assert page.locator(controls).all_text_contents() == []
    expect(page.locator("[data-alarms] tr")).to_have_count(2)
    expect(page.locator(".trend canvas").first).to_be_visible()
    size = page.evaluate("[document.body.scrollHeight, document.body.scrollWidth]")
    assert size == [WALL["height"], WALL["width"]]
    bottom = page.locator(".cells").bounding_box()
    assert bottom
    assert bottom["y"] + bottom["height"] <= WALL["height"]


def test_a_large_wall_has_twelve_trends_in_four_columns(
    plant: Plant, busy: Alarmed, sign_in: SignIn
) -> None:
    for number in range(12):
        plant.add_tag(busy.pump, f"t{number}")
    page = sign_in(f"/?site={plant.site.slug}&wall=1", viewport=LARGE)
    boxes = [box.bounding_box() for box in page.locator(".trend").all()]
    assert len(boxes) == 12
    assert len({round(box["x"]) for box in boxes if box}) == 4


def test_the_pointer_and_the_way_out_go_when_nobody_moves_and_escape_leaves(
    plant: Plant, busy: Alarmed, sign_in: SignIn
) -> None:
    page = sign_in()
    settled(page)
    page.locator(".account summary").click()
    page.get_by_role("link", name="Wall display").click()
    settled(page)
    leave = page.get_by_role("link", name="Leave the wall display")
    expect(page.locator("body")).to_have_attribute("data-rests", "")
    expect(leave).to_have_css("opacity", "0")
    assert page.locator("body").evaluate("(body) => getComputedStyle(body).cursor") == "none"
    page.mouse.move(200, 200)
    expect(leave).to_have_css("opacity", "1")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(r"^(?!.*wall=1)"))
    expect(page.locator("nav.wide")).to_be_visible()


def test_a_wall_waits_with_loading_itself_again_while_a_first_alarm_waits(
    plant: Plant, busy: Alarmed, sign_in: SignIn
) -> None:
    alarm = busy.raised("Bearing breaks", priority=1)
    page = sign_in(f"/?site={plant.site.slug}&wall=1")
    settled(page)
    busy_now = """async () => {
        const { Page } = await import("page");
        const { keepWall } = await import("wall");
        const page = new Page();
        keepWall(page);
        return page.isBusy();
    }"""
    assert page.evaluate(busy_now)
    registry(move, alarm, Trigger.ACKNOWLEDGE)
    page.reload()
    settled(page)
    assert not page.evaluate(busy_now)


# ---------------------------------------------------------------- both


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_an_area_and_a_wall_break_no_rule_of_accessibility(
    plant: Plant, busy: Alarmed, sign_in: SignIn, theme: str, language: str
) -> None:
    for more in ("", "&wall=1"):
        page = sign_in(of_area(plant, more=more), theme=theme, language=language, bypass_csp=True)
        settled(page)
        expect(page.locator("[data-state=waiting]")).to_have_count(0)
        assert breaches(page) == []


def test_a_phone_shows_an_area_without_scrolling_sideways_alarms_first(
    plant: Plant, busy: Alarmed, sign_in: SignIn
) -> None:
    page = sign_in(of_area(plant), viewport=PHONE)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    places = [page.locator(name).bounding_box() for name in (".calls", ".figures", ".trends")]
    tops = [box["y"] for box in places if box]
    assert tops == sorted(tops)
    assert len(tops) == 3


def test_areas_are_reached_with_the_keyboard(plant: Plant, busy: Alarmed, sign_in: SignIn) -> None:
    page = sign_in()
    settled(page)
    link = page.locator(".areas").get_by_role("link", name="Line A")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Line A")


def test_a_device_leads_back_to_its_area(plant: Plant, busy: Alarmed, sign_in: SignIn) -> None:
    page = sign_in(f"/devices/{busy.pump.uid}/")
    page.locator(".crumbs").get_by_role("link", name="Utilities").click()
    expect(page.locator("h1")).to_have_text("Utilities")
