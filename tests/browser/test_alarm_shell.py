"""What calls an operator on every page: counts and banner."""

from __future__ import annotations

import re
import uuid

from line import Line
from plant import Plant, registry
from playwright.sync_api import expect
from ringing import Ringing, acknowledge, banner, number, top_of_main
from watched import SignIn, Watch

from alarms.services import Action, Order, perform
from devices.models import Membership, Role

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1600, "height": 1000}


def test_counts_and_banner_follow_the_alarms(ringing: Ringing, sign_in: SignIn) -> None:
    ringing.connect()
    page = sign_in()
    expect(banner(page, "name")).to_have_text("No unacknowledged alarms")
    assert page.locator("[data-part=number]").all_text_contents() == ["0", "0", "0", "0"]
    ringing.raise_("fan")
    expect(banner(page, "name")).to_have_text("Fan too hot")
    expect(banner(page, "context")).to_contain_text("91.5")
    expect(number(page, 3)).to_have_text("1")
    ringing.raise_("oven", "pump")
    expect(banner(page, "name")).to_have_text("Pump too hot")
    expect(banner(page, "more")).to_have_text("+2 more")
    expect(page.locator("#banner")).to_have_attribute("data-priority", "1")
    ringing.clear("pump")
    expect(banner(page, "context")).to_contain_text("returned to normal")
    assert page.locator("[data-part=number]").all_text_contents() == ["1", "1", "1", "0"]


def test_the_banner_leads_to_the_device_and_a_count_to_the_filtered_console(
    ringing: Ringing, plant: Plant, sign_in: SignIn
) -> None:
    ringing.connect()
    ringing.raise_("oven")
    page = sign_in()
    expect(banner(page, "device")).to_have_attribute("href", f"/devices/OVEN-{plant.mark}/")
    count = page.locator("[data-count='2']")
    expect(count).to_have_attribute("href", "/alarms/?priority=2")
    expect(count).to_have_accessible_name(re.compile("1 unacknowledged alarm of priority 2, high"))


def test_an_operator_acknowledges_from_the_banner_and_sees_the_next_alarm(
    ringing: Ringing, plant: Plant, sign_in: SignIn
) -> None:
    ringing.connect()
    ringing.raise_("pump", "oven")
    page = sign_in()
    expect(banner(page, "name")).to_have_text("Pump too hot")
    acknowledge(page).click()
    expect(banner(page, "name")).to_have_text("Oven too hot")
    expect(number(page, 1)).to_have_text("0")
    assert ringing.alarm("pump").acked_by == plant.user.username
    acknowledge(page).click()
    expect(banner(page, "name")).to_have_text("No unacknowledged alarms")
    expect(acknowledge(page)).to_be_hidden()
    expect(banner(page, "console")).to_be_focused()


def test_who_may_not_operate_sees_no_button(
    ringing: Ringing, plant: Plant, sign_in: SignIn
) -> None:
    ringing.connect()
    ringing.raise_("pump")
    registry(Membership.objects.filter(user=plant.user).update, role=Role.VIEWER)
    page = sign_in()
    expect(banner(page, "name")).to_have_text("Pump too hot")
    expect(acknowledge(page)).to_have_count(0)


def test_who_was_second_is_told_who_was_first(
    ringing: Ringing, plant: Plant, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("409")
    ringing.connect()
    ringing.raise_("oven")
    page = sign_in("/login/")
    line = Line(page)
    page.goto("/")
    expect(banner(page, "name")).to_have_text("Oven too hot")
    line.drop = '"ch":"alarms:'  # the page does not hear of the first one
    other = registry(Plant).user
    registry(Membership.objects.create, user=other, site=plant.site, role=Role.OPERATOR)
    alarm = ringing.alarm("oven")
    order = Order(Action.ACKNOWLEDGE, {alarm.pk: alarm.rev}, request_id=uuid.uuid4())
    registry(perform, other, order)
    acknowledge(page).click()
    expect(banner(page, "age")).to_contain_text(f"changed by {other.username}")
    expect(page.locator("#calls")).to_contain_text(f"changed by {other.username}")


def test_without_a_connection_nothing_can_be_acknowledged_and_the_banner_says_so(
    ringing: Ringing, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("WebSocket is closed before")  # ten seconds at once: also those of an attempt
    ringing.connect()
    ringing.raise_("pump")
    page = sign_in("/login/")
    page.clock.install()
    line = Line(page)
    page.goto("/")
    expect(banner(page, "name")).to_have_text("Pump too hot")
    page.route_web_socket("**/ws/v1/live", lambda socket: socket.close(code=4503, reason=""))
    line.cut(4503)
    page.clock.fast_forward(10_000)
    button = acknowledge(page)
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_accessible_description(re.compile("Not connected"))


def test_the_page_below_the_banner_does_not_move(ringing: Ringing, sign_in: SignIn) -> None:
    ringing.connect()
    for viewport in (DESK, PHONE):
        page = sign_in(viewport=viewport)
        expect(banner(page, "name")).to_have_text("No unacknowledged alarms")
        before = top_of_main(page)
        ringing.raise_("pump", "oven")
        expect(banner(page, "name")).to_have_text("Pump too hot")
        assert top_of_main(page) == before
        for name in ("Pump too hot", "Oven too hot"):
            expect(banner(page, "name")).to_have_text(name)
            acknowledge(page).click()
        expect(banner(page, "name")).to_have_text("No unacknowledged alarms")
        ringing.clear("pump", "oven")
