"""The large view of a detection: its alarm, its picture enlarged, and the way to the trends."""

from __future__ import annotations

import re
import uuid

import pytest
from alarm_making import make_alarm, raise_
from line import Line, until
from marking import become, card, colleague, hold, let_see, row_of, violations, visit
from plant import now_ms, registry
from playwright.sync_api import Locator, Page, expect
from seeing import SeeingGateway, picture
from watched import OpenContext, SignIn, Watch

from alarms.models import Alarm, Detection
from alarms.services import Action, Order, perform
from devices.models import Role

PHONE = {"width": 390, "height": 844}
ORDERS = "**/alarms/acknowledge/"
WHOLE, TWICE, FOUR_TIMES = ("100\u202f%", "200\u202f%", "400\u202f%")


@pytest.fixture
def seen(seeing: SeeingGateway) -> SeeingGateway:
    """Let the cameras see a fire, which raises an alarm, smoke, and a head two days ago."""
    become(seeing, Role.OPERATOR)
    let_see(seeing)
    registry(ring, seeing)
    return seeing


def ring(seeing: SeeingGateway) -> None:
    """Raise the alarm of the fire, as judging would."""
    site, camera = seeing.plant.site, seeing.plant.devices["FURNACE"]
    rule = {"name": "Furnace burns", "kind": "detection", "label": "fire", "priority": 1}
    alarm = make_alarm(site, of=camera, limit=None, **rule)
    raise_(alarm, 0.86, detection_id=Detection.objects.get(site=site, label="fire").pk)


def large(page: Page, label: str = "fire") -> Locator:
    """Open the large view of a detection."""
    card(page, label).locator("[data-open]").click()
    box = page.locator("#lightbox")
    expect(box.locator("[data-part=track]")).to_have_text("7")  # all of it has come
    return box


def sides(of: Locator) -> dict[str, float]:
    box = of.bounding_box()
    assert box
    return dict(box)  # type: ignore[arg-type]


def place_of_box(box: Locator) -> list[float]:
    """Say where the drawn box lies in the picture, in shares of it."""
    picture, drawn = sides(box.locator("[data-sheet]")), sides(box.locator(".stage rect").first)
    x, y = (drawn["x"] - picture["x"]) / picture["width"], drawn["y"] - picture["y"]
    return [x, y / picture["height"], drawn["width"] / picture["width"]]


# ---------------------------------------------------------------- its alarm


def test_the_alarm_of_a_detection_is_acknowledged_by_key_and_everybody_hears_of_it(
    seen: SeeingGateway, sign_in: SignIn, open_context: OpenContext, watch: Watch
) -> None:
    other = colleague(seen, open_context(), watch.origin)
    theirs = large(other).locator("[data-part=standing]")
    page = visit(sign_in)
    box = large(page)
    expect(box.locator("[data-part=alarm]")).to_have_text("Furnace burns")
    expect(box.locator("[data-part=standing]")).to_have_text("unacknowledged")
    expect(box.get_by_role("button", name="Ack Furnace burns")).to_be_visible()
    page.keyboard.press("a")
    expect(box.locator("[data-part=standing]")).to_have_text("acknowledged")
    expect(box.locator("[data-part=acker]")).to_contain_text(seen.plant.user.username)
    expect(box.locator("[data-acknowledge]")).to_be_hidden()
    expect(theirs).to_have_text("acknowledged")
    page.keyboard.press("ArrowRight")
    expect(box.locator("h2")).to_have_text("Smoke")  # nobody was called by it
    expect(box.locator("[data-linked]")).to_be_hidden()
    expect(box.locator("[data-acknowledge]")).to_have_count(0)


def test_an_acknowledgement_is_pending_until_its_event_comes_and_is_sent_once(
    seen: SeeingGateway, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("404")
    page = sign_in("/catalog/none/none.js")  # a page without anything
    line = Line(page)
    page.goto("/gallery/")
    box = large(page)
    line.drop = '"ch":"alarms'
    held = hold(page, ORDERS)
    box.locator("[data-acknowledge]").click()
    expect(box.locator("[data-part=standing]")).to_have_text("pending")
    page.keyboard.press("a")
    expect(box.locator("[data-acknowledge]")).to_have_attribute("aria-disabled", "true")
    until(page, lambda: bool(held))
    with page.expect_response(ORDERS) as answer:
        held[0].continue_()
    assert answer.value.ok
    until(page, lambda: bool(line.dropped))
    expect(box.locator("[data-part=standing]")).to_have_text("pending")
    assert len(held) == 1
    line.drop = ""
    line.cut(1012)
    expect(box.locator("[data-part=standing]")).to_have_text("acknowledged")
    expect(box.locator("h2")).to_be_focused()  # the button that had the focus is gone
    page.keyboard.press("ArrowRight")
    expect(box.locator("h2")).to_have_text("Smoke")


def test_who_was_slower_is_told_who_has_acknowledged_the_alarm(
    seen: SeeingGateway, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("409")
    page = visit(sign_in)
    box = large(page)
    held = hold(page, ORDERS)
    page.keyboard.press("a")
    until(page, lambda: bool(held))
    registry(acknowledge_as, seen)
    held[0].continue_()
    said = f"Furnace burns: already acknowledged by {seen.plant.user.username}"
    expect(box.locator("[data-replied]")).to_contain_text(said)
    page.keyboard.press("ArrowRight")
    expect(box.locator("h2")).to_have_text("Smoke")
    assert box.locator("[data-replied]").text_content() == ""  # it was not said of this one


def acknowledge_as(seen: SeeingGateway) -> None:
    """Acknowledge the alarm on another screen."""
    alarm = Alarm.objects.get(detection_id__isnull=False, site=seen.plant.site)
    items = {alarm.pk: alarm.rev}
    perform(seen.plant.user, Order(Action.ACKNOWLEDGE, items, request_id=uuid.uuid4()))


def test_who_only_looks_sees_how_the_alarm_is_and_cannot_acknowledge_it(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    become(seen, Role.VIEWER)
    page = visit(sign_in)
    box = large(page)
    sent = hold(page, ORDERS)
    expect(box.locator("[data-part=standing]")).to_have_text("unacknowledged")
    page.keyboard.press("a")
    page.keyboard.press("r")
    expect(box.locator("[data-review]")).to_have_attribute("aria-pressed", "true")
    expect(box.locator("[data-acknowledge]")).to_have_count(0)
    assert sent == []


# ---------------------------------------------------------------- its picture


def test_a_picture_is_enlarged_and_moved_by_keys_and_its_boxes_go_with_it(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    seen.see("FURNACE", label="person", at=now_ms() - 20_000, **picture(4, "smoke"))
    page = visit(sign_in)
    box = large(page)
    scale, sheet = box.locator("[data-scale]"), box.locator("[data-sheet]")
    before, place = sides(sheet), place_of_box(box)
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(scale).to_have_text(FOUR_TIMES)
    after = sides(sheet)
    assert after["width"] == pytest.approx(4 * before["width"], abs=1)
    assert place_of_box(box) == pytest.approx(place, abs=0.003)
    page.keyboard.press("Shift+ArrowRight")
    until(page, lambda: sides(sheet)["x"] < after["x"] - 10)
    assert sides(sheet)["y"] == after["y"]
    expect(box.locator("h2")).to_have_text("Fire")  # it is the same one
    page.keyboard.press("-")
    expect(scale).to_have_text(TWICE)
    page.keyboard.press("0")
    expect(scale).to_have_text(WHOLE)
    assert sides(sheet) == before
    page.keyboard.press("+")
    expect(scale).to_have_text(TWICE)
    page.keyboard.press("ArrowRight")
    expect(box.locator("h2")).to_have_text("Person")
    expect(box.locator(".stage img")).to_be_visible()
    expect(scale).to_have_text(WHOLE)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Gallery: enlarge the picture")


def test_the_wheel_enlarges_what_it_points_at_and_the_picture_is_dragged(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in)
    box = large(page)
    sheet, frame = box.locator("[data-sheet]"), sides(box.locator(".stage"))
    x, y = frame["x"] + 0.6 * frame["width"], frame["y"] + 0.5 * frame["height"]
    page.mouse.move(x, y)
    page.mouse.wheel(0, -480)
    expect(box.locator("[data-scale]")).to_have_text(FOUR_TIMES)
    there = sides(sheet)
    assert (x - there["x"]) / there["width"] == pytest.approx(0.6, abs=0.002)
    page.mouse.down()
    page.mouse.move(x - 100, y, steps=4)
    page.mouse.up()
    until(page, lambda: sides(sheet)["x"] < there["x"] - 90)
    assert sides(sheet)["x"] == pytest.approx(there["x"] - 100, abs=1)
    expect(box).to_be_visible()
    box.get_by_role("button", name="Zoom out").click()  # buttons are not dragged
    expect(box.locator("[data-scale]")).to_have_text(TWICE)
    page.mouse.move(x, y)  # let go of
    page.mouse.wheel(0, 480)
    expect(box.locator("[data-scale]")).to_have_text(WHOLE)


def test_without_a_picture_there_is_nothing_to_enlarge(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in)
    box = large(page, "smoke")
    expect(box.get_by_role("group", name="Size of the picture")).to_be_hidden()
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    expect(box.locator("[data-scale]")).to_have_text(WHOLE)
    expect(box.get_by_role("group", name="Size of the picture")).to_be_visible()


def test_on_a_phone_the_picture_is_enlarged_by_buttons_that_can_be_hit(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in, viewport=PHONE, has_touch=True)
    box = large(page)
    for button in box.locator(".zooming button, [data-acknowledge]").all():
        assert min(sides(button)["width"], sides(button)["height"]) >= 44
    box.get_by_role("button", name="Zoom in").tap()
    expect(box.locator("[data-scale]")).to_have_text(TWICE)
    box.get_by_role("button", name="show all of the picture").tap()
    expect(box.locator("[data-scale]")).to_have_text(WHOLE)
    assert box.evaluate("(e) => e.scrollWidth - e.clientWidth") <= 0


# ---------------------------------------------------------------- the way to the trends


def test_a_detection_leads_to_the_trends_of_its_camera_around_its_beginning(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in)
    large(page).get_by_role("link", name="Trend ±10 min").click()
    shown = page.locator("#trends-state")
    own = registry(lambda: list(seen.plant.devices["FURNACE"].tags.values_list("pk", flat=True)))
    expect(shown).to_have_attribute("data-tags", re.compile(r"^\d+(,\d+){3}$"))
    assert set(map(int, (shown.get_attribute("data-tags") or "").split(","))) == set(own)
    since = round(row_of(seen, "fire").since.timestamp() * 1000)
    expect(shown).to_have_attribute("data-from", str(since - 600_000))
    expect(shown).to_have_attribute("data-to", str(since + 600_000))


def test_a_camera_without_tags_leads_to_those_of_its_area_if_there_are_any(
    seen: SeeingGateway, sign_in: SignIn
) -> None:
    page = visit(sign_in)
    link = large(page, "smoke").get_by_role("link", name="Trend ±10 min")
    expect(link).to_be_hidden()
    oven = seen.plant.add_device("OVEN", area="Hall B")
    tags = [seen.plant.add_tag(oven, f"t{number}").pk for number in range(9)]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    wanted = ",".join(map(str, tags[:8]))
    expect(link).to_have_attribute("href", re.compile(rf"tags={wanted}&"))


# ---------------------------------------------------------------- for everybody


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_large_view_breaks_no_rule_of_accessibility(
    seen: SeeingGateway, sign_in: SignIn, theme: str, language: str
) -> None:
    page = visit(sign_in, theme=theme, language=language, bypass_csp=True)
    box = large(page)
    expect(box.locator("[data-acknowledge]")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("+")
    page.keyboard.press("a")
    expect(box.locator("[data-acknowledge]")).to_be_hidden()
    assert violations(page) == []
