"""States of a page that other files do not provoke, and those of the connection on every page.

docs/ui-states.md says which test shows which state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from furnished import Furnished
from line import Line, until
from plant import Gateway, Plant, registry
from playwright.sync_api import Locator, Page, expect
from seeing import SeeingGateway
from served import WebServer
from watched import SignIn, Watch

from devices.models import Membership, Role, Tag

AWAY = 4503  # a close code that says nothing of why
EMPTY = ("/", "/alarms/", "/alarms/metrics/", "/cameras/", "/gallery/", "/gallery/quality/")


@pytest.fixture
def temperature(plant: Plant) -> Tag:
    return plant.add_tag(plant.add_device("PUMP"), "temperature", silence_ms=60_000)


@pytest.fixture
def furnished(plant: Plant, web: WebServer) -> Iterator[Furnished]:
    gateway = SeeingGateway(plant, web.url)
    yield Furnished(gateway)
    gateway.leave()


def phase(page: Page) -> Locator:
    return page.locator("#link [data-part=phase]")


def row(page: Page, tag: Tag) -> Locator:
    return page.locator(f"tr[data-tag='{tag.pk}']")


def value(page: Page, tag: Tag) -> Locator:
    return row(page, tag).locator("[data-part=value]")


class Door(Line):
    """A line that can be closed for a while."""

    closed = False

    def open(self, socket: object) -> None:
        if self.closed:
            socket.close(code=AWAY, reason="")  # type: ignore[attr-defined]
        else:
            super().open(socket)  # type: ignore[arg-type]

    def close(self) -> None:
        """Cut what is open, and let nothing through."""
        self.closed = True
        self.cut(AWAY)


# ---------------------------------------------------------------- of a page that has just begun


def test_before_the_server_has_answered_the_last_values_stand_there_and_none_looks_current(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in("/login/")
    page.clock.install()
    page.route_web_socket("**/ws/v1/live", lambda socket: None)  # open, and silent
    page.route("**/api/v1/trends/*", lambda route: None)  # never answered
    page.goto("/")
    expect(phase(page)).to_have_text("Connecting")
    expect(value(page, temperature)).to_have_text("61.0")
    expect(row(page, temperature)).to_have_attribute("data-state", "waiting")
    expect(page.locator(".trend h3")).to_contain_text("temperature")
    expect(page.locator(".trend .plot canvas")).to_be_visible()  # with its axis and its band
    page.clock.fast_forward(6000)
    expect(row(page, temperature)).to_have_attribute("data-state", "stale")
    expect(page.locator("[data-state=waiting]")).to_have_count(0)
    expect(value(page, temperature)).to_have_text("61.0")


def test_an_empty_plant_is_told_in_sentences_and_never_as_a_blank_panel(
    plant: Plant, sign_in: SignIn
) -> None:
    page = sign_in("/login/")
    for address in EMPTY:
        page.goto(address)
        expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
        empty = page.locator(".empty:visible")
        expect(empty.first).to_be_visible()
        for text in empty.all_inner_texts():
            assert re.search(r"\w{3,}.*[.。]", text, re.DOTALL), (address, text)


# ---------------------------------------------------------------- of a page that lives


def test_a_panel_that_cannot_be_loaded_says_so_while_the_others_go_on(
    gateway: Gateway, temperature: Tag, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("Failed to load resource.*/api/v1/trends/")
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in("/login/")
    page.route("**/api/v1/trends/*", lambda route: route.fulfill(status=500))
    page.goto("/")
    expect(page.locator("[data-failed]")).to_be_visible()
    gateway.say("temperature", 62.5)
    expect(value(page, temperature)).to_have_text("62.5")
    expect(page.locator(".trend [data-part=value]")).to_have_text("62.5")
    expect(page.locator("#alert")).to_be_empty()
    expect(page.locator("#notice")).to_be_empty()


def test_a_connection_on_which_nothing_comes_is_called_late_and_values_keep_for_a_while(
    gateway: Gateway, temperature: Tag, sign_in: SignIn
) -> None:
    gateway.connect()
    gateway.say("temperature", 61.0)
    page = sign_in("/login/")
    page.clock.install()
    line = Line(page)
    line.replace = ('"ping_ms":1000', '"ping_ms":60000')  # so that silence is not given up soon
    page.goto("/")
    expect(row(page, temperature)).to_have_attribute("data-state", "good")
    line.drop = "{"
    page.clock.fast_forward(6000)
    expect(phase(page)).to_have_text("Late")
    expect(page.locator("#link [data-part=lag]")).to_have_text(re.compile(r"^[6-9]\.\d s$"))
    expect(row(page, temperature)).to_have_attribute("data-state", "good")
    expect(value(page, temperature)).to_have_text("61.0")
    expect(page.locator("#notice")).to_be_empty()
    page.clock.fast_forward(3000)  # a server that hangs holds the connection open
    expect(row(page, temperature)).to_have_attribute("data-state", "stale")
    expect(row(page, temperature).locator("[data-part=age]")).to_contain_text("link lost")
    line.drop = ""
    expect(phase(page)).to_have_text("Live")
    expect(row(page, temperature)).to_have_attribute("data-state", "good")


def test_on_its_return_a_page_says_how_much_has_happened_meanwhile(
    plant: Plant, temperature: Tag, sign_in: SignIn
) -> None:
    page = sign_in("/login/")
    page.clock.install()
    door = Door(page)
    page.goto("/")
    until(page, door.has_devices)
    door.close()
    page.clock.fast_forward(40_000)
    expect(phase(page)).to_have_text("Offline")
    expect(page.locator("main")).to_have_css("filter", "grayscale(1)")
    before = page.locator("#clock").inner_text()
    page.clock.fast_forward(2000)
    expect(page.locator("#clock")).not_to_have_text(before)
    for name in ("ONE", "TWO", "THREE"):
        plant.add_device(name)
    door.closed = False
    page.clock.fast_forward(20_000)
    expect(page.locator("#notice")).to_have_text("Connected again. 3 events received.")
    expect(page.locator("main")).to_have_css("filter", "none")


def test_a_page_that_a_role_may_not_open_says_so_in_plain_words(
    gateway: Gateway, plant: Plant, temperature: Tag, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("403.*/guess/")
    gateway.connect()
    registry(Membership.objects.filter(user=plant.user).update, role=Role.OPERATOR)
    page = sign_in(f"/gateways/{plant.gateway.uid}/guess/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")
    expect(page.locator("body")).to_contain_text("Ask an administrator if you need it")
    expect(page.get_by_role("link").first).to_be_visible()


# ---------------------------------------------------------------- on every page


def live_pages(furnished: Furnished, page: Page) -> Iterator[str]:
    """Open one live page after the other."""
    for address in furnished.addresses:
        if address == "/login/":
            continue  # who is signed in is led on
        furnished.open(page, address)
        if page.locator("#link").count():
            yield address


def test_every_live_page_tells_of_a_lost_connection_and_of_its_return(
    furnished: Furnished, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("404")
    page = sign_in("/catalog/none/none.js")
    page.clock.install()
    door = Door(page)
    told = []
    for address in live_pages(furnished, page):
        door.close()
        page.clock.fast_forward(3000)
        expect(page.locator("body")).to_have_attribute("data-phase", "reconnecting")
        expect(page.locator("#notice")).to_contain_text("trying again")
        page.clock.fast_forward(32_000)
        expect(page.locator("body")).to_have_attribute("data-phase", "offline")
        expect(page.locator("#alert")).to_contain_text("No connection to the server")
        expect(page.locator("[data-tag][data-state=good]")).to_have_count(0)
        door.closed = False
        page.clock.fast_forward(20_000)
        expect(page.locator("body")).to_have_attribute("data-phase", "live")
        expect(page.locator("#alert")).to_be_empty()
        expect(page.locator("#notice")).to_contain_text("Connected again")
        told.append(address)
    assert len(told) > 12, told


def test_every_live_page_says_when_the_session_has_ended_and_leads_back_to_itself(
    furnished: Furnished, plant: Plant, web: WebServer, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("404|401")
    page = sign_in("/catalog/none/none.js")
    for address in live_pages(furnished, page):
        key = next(c["value"] for c in page.context.cookies() if c["name"] == "sessionid")
        plant.end_sessions(key)
        dialog = page.locator("#signed-out")
        expect(dialog).to_be_visible()
        link = dialog.get_by_role("link", name="Sign in").get_attribute("href") or ""
        assert link.startswith("/login/?next=/"), address
        expect(page.locator("body")).to_have_attribute("data-frozen", "")
        fresh = {"name": "sessionid", "value": plant.session_cookie(), "url": web.url}
        page.context.add_cookies([fresh])
        with page.expect_navigation():
            dialog.get_by_role("link", name="Sign in").click()
        assert unquote(page.url) == f"{web.url}{address}"  # who is signed in is led back at once
