"""What a page shows while its connection is late, lost, refused or back again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from line import Line, until
from plant import Gateway, Plant, registry
from playwright.sync_api import Locator, Page, expect
from served import WebServer
from watched import SignIn, Watch

from devices.models import Tag
from devices.registry import set_enabled

REFUSED = r"WebSocket connection to .* failed|ERR_CONNECTION_(REFUSED|RESET)"


@pytest.fixture
def temperature(plant: Plant) -> Tag:
    return plant.add_tag(plant.add_device("PUMP"), "temperature")


@pytest.fixture
def restored(web: WebServer) -> Iterator[WebServer]:
    """Lend the server to a test that stops it; the next test finds it running."""
    yield web
    web.thaw()
    web.stop()
    web.start()


def phase(page: Page) -> Locator:
    return page.locator("#link [data-part=phase]")


def row(page: Page, tag: Tag) -> Locator:
    return page.locator(f"tr[data-tag='{tag.pk}']")


def facts(page: Page) -> list[tuple[str | None, ...]]:
    """All that the page says of devices and values, without what depends on the moment."""
    return [
        (
            *(element.get_attribute(name) for name in ("data-device", "data-status", "data-tag")),
            element.get_attribute("data-side"),
        )
        for element in page.locator("[data-cell], tr[data-tag]").all()
    ] + [(text,) for text in page.locator("tr [data-part=value]").all_text_contents()]


def test_a_page_is_live_and_says_how_long_ago_it_heard_the_server(
    temperature: Tag, sign_in: SignIn
) -> None:
    page = sign_in()
    expect(phase(page)).to_have_text("Live")
    expect(page.locator("#link [data-part=lag]")).to_contain_text(" s")
    expect(page.locator("#zone")).to_have_text("UTC+8")


def test_after_a_restart_of_the_server_a_page_shows_what_a_fresh_one_shows(
    restored: WebServer,
    gateway: Gateway,
    plant: Plant,
    temperature: Tag,
    sign_in: SignIn,
    watch: Watch,
) -> None:
    watch.allow(REFUSED)
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in()
    page.evaluate("window.untouched = true")
    expect(row(page, temperature)).to_have_attribute("data-state", "good")
    gateway.leave()
    restored.kill()
    expect(phase(page)).to_have_text("Reconnecting")
    other = plant.add_device("OTHER", area="Hall B")  # while nobody can tell the page
    registry(set_enabled, device=other, enabled=False)
    restored.start()
    gateway.connect()
    gateway.say("temperature", 85.5)
    expect(phase(page)).to_have_text("Live")
    expect(row(page, temperature).locator("[data-part=value]")).to_have_text("85.5")
    expect(page.locator(f"[data-cell][data-device='{other.pk}']")).to_have_attribute(
        "data-status", "disabled"
    )
    assert page.evaluate("window.untouched") is True
    fresh = sign_in()
    expect(row(fresh, temperature)).to_have_attribute("data-state", "good")
    assert sorted(map(repr, facts(page))) == sorted(map(repr, facts(fresh)))


def test_values_stop_looking_current_soon_after_the_connection_is_lost(
    restored: WebServer, gateway: Gateway, temperature: Tag, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow(REFUSED)
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in()
    expect(row(page, temperature)).to_have_attribute("data-state", "good")
    gateway.leave()
    restored.kill()
    expect(row(page, temperature)).to_have_attribute("data-state", "stale")
    expect(row(page, temperature).locator("[data-part=age]")).to_contain_text("link lost")
    expect(page.locator("#notice")).to_contain_text("not current")
    expect(page.locator(".trend")).to_have_attribute("data-state", "stale")


def test_a_server_that_says_nothing_is_late_and_then_given_up(
    restored: WebServer, temperature: Tag, sign_in: SignIn
) -> None:
    page = sign_in()
    expect(phase(page)).to_have_text("Live")
    restored.freeze()
    expect(phase(page)).to_have_text("Reconnecting")
    restored.thaw()
    expect(phase(page)).to_have_text("Live")
    expect(page.locator("#notice")).to_be_hidden()


def test_a_planned_restart_is_bridged_without_a_word(temperature: Tag, sign_in: SignIn) -> None:
    page = sign_in("/login/")
    line = Line(page)
    page.goto("/")
    until(page, line.has_devices)
    line.cut(1012)
    until(page, lambda: len(line.resumptions()) == 1)
    expect(phase(page)).to_have_text("Live")
    assert len(line.sockets) == 2
    expect(page.locator("#notice")).to_be_hidden()


def test_a_page_that_misses_an_event_finds_out_and_asks_for_it(
    plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    page = sign_in("/login/")
    line = Line(page)
    page.goto("/")
    until(page, line.has_devices)
    line.drop = "LOST-"
    lost = plant.add_device("LOST")
    until(page, lambda: bool(line.dropped))
    line.drop = ""
    seen = plant.add_device("SEEN")
    expect(page.locator(f"[data-cell][data-device='{lost.pk}']")).to_have_count(1)
    expect(page.locator(f"[data-cell][data-device='{seen.pk}']")).to_have_count(1)
    assert len(line.resumptions()) == 1


def test_an_ended_session_says_so_and_leads_back_to_this_page(
    plant: Plant, temperature: Tag, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("401.*/api/v1/trends/")  # the history may be asked for when the session is gone
    page = sign_in(f"/devices/{temperature.device.uid}/")
    expect(phase(page)).to_have_text("Live")
    key = next(c["value"] for c in page.context.cookies() if c["name"] == "sessionid")
    plant.end_sessions(key)
    dialog = page.locator("#signed-out")
    expect(dialog).to_be_visible()
    expect(phase(page)).to_have_text("Signed out")
    expect(row(page, temperature)).not_to_have_attribute("data-state", "good")
    link = dialog.get_by_role("link", name="Sign in")
    expect(link).to_have_attribute("href", f"/login/?next=/devices/{temperature.device.uid}/")
    dialog.get_by_role("button", name="Keep reading").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#alert")).to_contain_text("signed out")


def test_a_user_who_loses_the_site_is_told_and_not_connected_again(
    plant: Plant, temperature: Tag, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("404.*/api/v1/trends/")
    page = sign_in()
    expect(phase(page)).to_have_text("Live")
    registry(plant.site.members.remove, plant.user)
    expect(phase(page)).to_have_text("No access")
    expect(page.locator("#alert")).to_contain_text("no longer")


def test_half_a_minute_without_a_server_raises_an_alert_and_the_return_is_announced(
    gateway: Gateway, plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in("/login/")
    page.clock.install()
    line = Line(page)
    page.goto("/")
    expect(phase(page)).to_have_text("Live")
    refuse = [True]
    page.route_web_socket(
        "**/ws/v1/live",
        lambda socket: socket.close(code=4503, reason="") if refuse[0] else line.open(socket),
    )
    line.cut(4503)
    page.clock.fast_forward(40_000)
    expect(phase(page)).to_have_text("Offline")
    expect(page.locator("#alert")).to_have_attribute("role", "alert")
    expect(page.locator("#alert")).to_contain_text("No connection to the server")
    expect(row(page, temperature)).to_have_attribute("data-state", "stale")
    refuse[0] = False
    page.clock.fast_forward(20_000)
    expect(phase(page)).to_have_text("Live")
    expect(page.locator("#alert")).to_be_hidden()
    expect(page.locator("#notice")).to_contain_text("Connected again")


def test_a_wrong_clock_of_the_computer_does_not_make_values_old_or_new(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in("/login/")
    page.clock.install(time="2031-05-05T05:05:05Z")
    page.goto("/")
    expect(page.locator("#skew")).to_contain_text("The clock of this computer differs by")
    expect(row(page, temperature)).to_have_attribute("data-state", "good")
    assert not (page.locator("#clock").get_attribute("datetime") or "").startswith("2031")


def test_a_page_that_nobody_sees_gets_no_telemetry_and_is_right_again_on_its_return(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in("/login/")
    line = Line(page)
    page.goto("/")
    expect(row(page, temperature)).to_have_attribute("data-state", "good")
    hide = """(hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    until(page, lambda: {"t": "vis", "hidden": True} in line.sent)
    line.passed.clear()
    until(page, lambda: any('"pong"' in text for text in line.passed))  # it has read what we said
    line.passed.clear()
    gateway.say("temperature", 62.0)
    until(page, lambda: any('"pong"' in text for text in line.passed))
    assert not any('"tel:' in text and re.search(r",62(\.0)?,", text) for text in line.passed)
    page.evaluate(hide, False)
    expect(row(page, temperature).locator("[data-part=value]")).to_have_text("62.0")


def test_a_page_of_an_older_program_is_loaded_anew(temperature: Tag, sign_in: SignIn) -> None:
    page = sign_in("/login/")
    page.clock.install()
    line = Line(page)
    page.goto("/")
    until(page, line.has_devices)
    page.evaluate("window.untouched = true")
    line.replace = ('"build":"', '"build":"next-')
    line.cut(1012)
    until(page, lambda: any('"next-' in text for text in line.passed))
    line.replace = ("", "")
    with page.expect_navigation():
        page.clock.fast_forward(15_000)
    expect(phase(page)).to_have_text("Live")
    assert page.evaluate("window.untouched === undefined")


def test_the_first_tag_of_a_device_brings_a_page_that_shows_it(
    plant: Plant, gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    page = sign_in("/login/")
    page.clock.install()
    page.goto("/")
    expect(phase(page)).to_have_text("Live")
    level = plant.add_tag(plant.add_device("TANK"), "level")
    gateway.connect()
    gateway.say("level", 60.0)
    page.clock.fast_forward(15_000)
    expect(row(page, level).locator("[data-part=value]")).to_have_text("60.0")
