"""Alarms where there is little room, and links to alarms that are not in the list any more."""

from __future__ import annotations

import pytest
from alarmed import Alarmed, choose, console, row, settled
from plant import Plant, registry
from playwright.sync_api import Page, expect
from seeing import SeeingGateway
from watched import SignIn, Watch

from devices.models import Role

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def alarmed(plant: Plant) -> Alarmed:
    return Alarmed(plant)


def long_names(plant: Plant, alarmed: Alarmed) -> None:
    """Give the plant, its user, a device and an area names of the longer sort."""
    plant.site.name = "Riverside works, northern extension"
    plant.site.save()
    user = plant.user
    user.first_name, user.last_name, user.is_staff = "Margarete", "Hohenstein", True
    user.save()
    alarmed.pump.name, alarmed.pump.area = "Feed pump of the second boiler", "Heat treatment hall"
    alarmed.pump.save()


def cut_off(page: Page) -> list[str]:
    """Return what of the console is wider than its place."""
    found: list[str] = page.evaluate(
        "() => [document.documentElement, ...document.querySelectorAll('.wide[role=region]')]"
        ".filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.className + e.scrollWidth)"
    )
    return found


@pytest.mark.parametrize("width", [761, 900, 1024, 1280, 1440, 1500])
@pytest.mark.parametrize("tab", ["active", "history"])
def test_no_column_is_cut_off(
    plant: Plant, alarmed: Alarmed, sign_in: SignIn, width: int, tab: str
) -> None:
    registry(long_names, plant, alarmed)
    alarmed.raised("Bearing temperature of the feed pump is much too high", priority=2)
    latched = alarmed.clear(alarmed.raised("Latched", latching=True))
    page = console(sign_in, viewport={"width": width, "height": 900})
    choose(page, latched)
    page.keyboard.press("a")
    expect(row(page, latched).locator(".pri")).to_have_attribute("data-look", "latched")
    if tab == "history":
        page.goto("/alarms/?tab=history")
        expect(page.locator("[data-alarms] tr")).to_have_count(4)
    assert cut_off(page) == []
    if tab == "active":
        expect(row(page, latched).locator("[data-open]")).to_be_in_viewport(ratio=1)
        expect(row(page, latched).locator("[data-part=value]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_on_a_desk_the_ways_through_the_program_stand_in_one_row(
    plant: Plant, alarmed: Alarmed, sign_in: SignIn, language: str
) -> None:
    registry(long_names, plant, alarmed)
    alarmed.make_user(Role.ADMIN)
    for width in (1440, 1536, 1600, 1920):
        page = console(sign_in, language=language, viewport={"width": width, "height": 900})
        expect(page.locator(".top nav.wide a")).to_have_count(7)
        expect(page.locator(".top nav.wide")).to_be_visible()
        assert page.locator(".top").evaluate("(e) => e.offsetHeight") < 60, width
        page.context.close()


def test_the_banner_says_on_a_phone_where_it_is(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarmed.raised("Vibration", of=alarmed.shake, priority=1)
    page = console(sign_in, viewport=PHONE)
    place = page.locator("#banner [data-part=place]")
    expect(place).to_have_text(f"{alarmed.fan.name} · Line A")
    expect(place).to_be_in_viewport(ratio=1)


# ---------------------------------------------------------------- links from notifications


def test_a_link_to_an_alarm_that_is_over_leads_to_its_history(
    alarmed: Alarmed, sign_in: SignIn
) -> None:
    alarm = alarmed.raised("Heat")
    alarmed.raised("Other", of=alarmed.shake)
    page = console(sign_in, f"?alarm={alarm.pk}")
    expect(page.locator("#alarm h2")).to_have_text("Heat")
    page.keyboard.press("Escape")
    choose(page, alarm)
    page.keyboard.press("a")
    expect(row(page, alarm).locator(".pri")).to_have_attribute("data-look", "acked")
    alarmed.clear(alarm)
    expect(row(page, alarm)).to_have_attribute("data-gone", "")
    page = console(sign_in, f"?alarm={alarm.pk}")
    expect(page.locator("[data-said]")).to_contain_text("This alarm is over.")
    page.get_by_role("link", name="See its history").click()
    expect(page.locator("[data-alarms] [data-part=name]")).to_have_text(["Heat"] * 3)


def test_a_link_to_no_alarm_says_so(alarmed: Alarmed, sign_in: SignIn, watch: Watch) -> None:
    watch.allow("404")
    page = console(sign_in, "?alarm=999999999")
    expect(page.locator("[data-said]")).to_have_text("There is no such alarm.")


# ---------------------------------------------------------------- what was done


def test_what_was_done_is_said_beside_what_was_not(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarms = [alarmed.raised(f"Alarm {n}", priority=n) for n in (1, 2, 3)]
    page = console(sign_in)
    for alarm in alarms:
        choose(page, alarm)
    page.keyboard.press("a")
    said = page.locator("[data-said]")
    expect(said).to_have_text("2 acknowledged. Alarms of priority 1 are acknowledged one by one.")
    page.keyboard.press("c")
    page.get_by_label("Reason or comment").fill("Seen")
    page.locator("#order [data-submit]").click()
    expect(said).to_have_text("1 commented.")


def test_the_overview_counts_alarms_and_snapshots_apart(
    seeing: SeeingGateway, alarmed: Alarmed, sign_in: SignIn
) -> None:
    alarmed.raised("Heat")
    page = sign_in("/")
    settled(page)
    expect(page.locator("[data-alarm-panel] [data-counts]")).to_have_text(
        "1 unacknowledged · 0 returned · 0 acknowledged · 0 held back"
    )


def test_what_the_name_says_is_not_said_again(alarmed: Alarmed, sign_in: SignIn) -> None:
    alarm = alarmed.raised("Device offline", of=alarmed.fan, kind="offline")
    other = alarmed.raised("Fan lost", of=alarmed.pump, kind="offline")
    page = console(sign_in)
    expect(row(page, other).locator("[data-part=condition]")).to_have_text("device offline")
    expect(row(page, alarm).locator("[data-part=condition]")).to_be_empty()


def test_a_rule_that_nobody_named_is_told_in_the_language_of_the_page(
    alarmed: Alarmed, sign_in: SignIn
) -> None:
    ours = alarmed.raised("Device offline", of=alarmed.fan, kind="offline")
    theirs = alarmed.raised("Fan lost", of=alarmed.pump, kind="offline")
    page = console(sign_in, language="zh-hans")
    expect(row(page, ours).locator("[data-part=name]")).to_have_text("设备离线")
    expect(row(page, theirs).locator("[data-part=name]")).to_have_text("Fan lost")
