"""Connection health of gateways, as it is told and counted while somebody looks."""

from __future__ import annotations

import re

import pytest
from plant import Gateway, Plant, registry
from playwright.sync_api import Locator, Page, expect
from watched import SignIn, Watch

from devices.configuration import note_configured
from devices.models import Device, Membership, ModbusConnection, Role
from devices.registry import save_connection
from edge import wire
from edge.wire import Quality


@pytest.fixture
def pump(plant: Plant, gateway: Gateway) -> Device:
    """Connect the gateway, with a pump behind it."""
    pump = plant.add_device("PUMP")
    plant.add_tag(pump, "temperature")
    gateway.connect()
    gateway.say("temperature", 61.0)
    return pump


def fact(page: Page, name: str) -> Locator:
    return page.locator(f"[data-health] .facts [data-part={name}]")


def cell(row: Locator, name: str) -> Locator:
    return row.locator(f"[data-part={name}]")


def test_the_page_of_a_gateway_follows_what_it_tells(
    plant: Plant, gateway: Gateway, pump: Device, sign_in: SignIn
) -> None:
    page = sign_in(f"/gateways/{plant.gateway.uid}/")
    page.evaluate("window.untouched = true")
    gateway.beat(waiting=12, spool_bytes=3 * 1024 * 1024, read_errors=2)
    expect(fact(page, "waiting")).to_have_text("12")
    expect(fact(page, "spool")).to_have_text("3.0 MiB")
    expect(fact(page, "errors")).to_have_text("2")
    gateway.tell_health(
        wire.UnitHealth(
            device=pump.uid, state="up", requests=1234, latency_ms=4.25, worst_ms=31, blocks=3
        )
    )
    row = page.locator("[data-rows-of=devices] tr", has_text=pump.uid)
    expect(cell(row, "requests")).to_have_text("1\u202f234")
    expect(cell(row, "latency_ms")).to_have_text(re.compile(r"4\.[23]"))
    expect(cell(row, "blocks")).to_have_text("3")
    expect(cell(row, "status")).to_have_text("online")
    gateway.tell_health(
        wire.UnitHealth(device=pump.uid, state="down", requests=1240, timeouts=6, error="no answer")
    )
    expect(cell(row, "timeouts")).to_have_text("6")
    expect(cell(row, "error")).to_have_text("no answer")
    assert page.evaluate("window.untouched") is True


def test_what_a_gateway_told_before_it_went_is_grey_and_has_its_time(
    plant: Plant, gateway: Gateway, pump: Device, sign_in: SignIn
) -> None:
    pages = [sign_in("/gateways/"), sign_in(f"/gateways/{plant.gateway.uid}/")]
    parts = [pages[0].locator("[data-gateway]"), pages[1].locator("[data-health]")]
    for part in parts:
        expect(part).to_have_attribute("data-state", "good")
        expect(cell(part, "told")).to_have_text(re.compile(r"^\d+ s ago$"))
    gateway.leave()
    for part in parts:
        expect(part).to_have_attribute("data-state", "stale")
        expect(cell(part, "told")).to_have_text(
            re.compile(r"^\d{4}-\d\d-\d\d [\d:]{8} \(.+ ago\)$")
        )
    devices = pages[1].locator("[data-rows-of=devices] tr")
    expect(cell(devices, "status")).to_have_text("offline: gateway not connected")
    expect(cell(pages[0].locator("[data-gateway]"), "devices")).to_have_text("0/1")


def test_every_reading_is_accounted_for_also_those_that_were_dropped_or_refused(
    plant: Plant, gateway: Gateway, pump: Device, sign_in: SignIn
) -> None:
    page = sign_in(f"/gateways/{plant.gateway.uid}/")
    verdict = page.locator("[data-verdict]").first
    expect(verdict).to_contain_text("all accounted for")
    gateway.drop("live", 4, readings=900, reason="quota")
    expect(verdict).to_contain_text("4 dropped with a record (900 readings)")
    gap = page.locator("[data-rows-of=gaps] tr")
    expect(cell(gap, "frames")).to_have_text("2–5")
    expect(cell(gap, "reason")).to_have_text("the spool was full")
    gateway.say_wrongly("temperature", Quality.GOOD)
    expect(page.locator("[data-rows-of=codes] tr")).to_contain_text("no_value")
    expect(verdict).to_have_attribute("data-verdict", "good")
    expect(verdict).to_contain_text("1 readings in quarantine")


def test_a_refused_configuration_is_shown_with_its_mistakes(
    plant: Plant, pump: Device, sign_in: SignIn
) -> None:
    page = sign_in(f"/gateways/{plant.gateway.uid}/")
    panel = page.locator("[data-config]")
    expect(panel).to_contain_text("its own file")

    def refuse() -> None:
        line = ModbusConnection(gateway=plant.gateway, name="line", host="10.0.0.5")
        save_connection(connection=line)
        note_configured(gateway_id=plant.gateway.pk, version=1, mistakes=["no such serial port"])

    registry(refuse)
    expect(panel).to_contain_text("version 1 refused")
    expect(panel.locator("li")).to_have_text("no such serial port")


def test_the_list_grows_with_a_new_gateway_and_leads_to_it(
    plant: Plant, gateway: Gateway, pump: Device, sign_in: SignIn
) -> None:
    page = sign_in("/")
    page.get_by_role("link", name="Gateways", exact=True).click()
    expect(page.locator("[data-gateway]")).to_have_count(1)
    other = plant.add_device("NEXT", direct=True)
    registry(save_connection, connection=ModbusConnection(gateway=other, name="a", host="h"))
    row = page.locator("[data-gateway]", has_text=other.uid)
    expect(cell(row, "status")).to_have_text("never seen")
    expect(cell(row, "config")).to_have_text("version 1 waits")
    expect(cell(row, "waiting")).to_have_text("–")
    cell(row, "link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(other.uid)
    expect(page.locator("[data-rows-of=connections] tr")).to_have_count(0)


def test_the_strip_says_how_long_there_was_a_connection(
    plant: Plant, gateway: Gateway, pump: Device, sign_in: SignIn
) -> None:
    page = sign_in(f"/gateways/{plant.gateway.uid}/")
    strip = page.locator("[data-strip=day]")
    expect(strip).to_have_attribute("aria-label", re.compile(r"Connected for (100|\d+\.\d\d) %"))
    assert strip.locator("g").count() == 48
    assert strip.locator("[data-bar=none]").count() >= 46


@pytest.mark.parametrize("path", ["/gateways/{}/", "/gateways/{}/guess/"])
def test_a_gateway_of_another_site_does_not_exist(
    plant: Plant, sign_in: SignIn, watch: Watch, path: str
) -> None:
    watch.allow("404")
    stranger = registry(Plant)
    page = sign_in(path.format(stranger.gateway.uid))
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_a_device_behind_a_gateway_leads_to_its_health_and_has_none_of_its_own(
    plant: Plant, pump: Device, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("404")
    page = sign_in(f"/devices/{pump.uid}/")
    page.get_by_role("link", name="Connection health").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(plant.gateway.uid)
    assert page.request.get(f"/gateways/{pump.uid}/").status == 404


# ---------------------------------------------------------------- the word-order wizard


@pytest.fixture
def engineer(plant: Plant) -> None:
    """Make the plant's user an engineer."""
    registry(Membership.objects.filter(user=plant.user).update, role=Role.ENGINEER)


def ask(page: Page, **fields: str) -> None:
    for label, value in fields.items():
        page.locator(f"[name={label}]").fill(value)
    page.get_by_role("button", name="Read", exact=True).click()


@pytest.mark.usefixtures("engineer")
def test_an_engineer_reads_registers_and_sees_what_they_may_hold(
    plant: Plant, gateway: Gateway, pump: Device, sign_in: SignIn
) -> None:
    page = sign_in(f"/gateways/{plant.gateway.uid}/")
    page.get_by_role("link", name="Read a register").click()
    ask(page, connection="line", unit="7", address="52", count="2")
    probe = gateway.answer_probe(0x4366, 0x3333)
    assert (probe.connection, probe.unit, probe.table) == ("line", 7, "holding")
    assert (probe.address, probe.count) == (52, 2)
    best = page.locator("[data-rows-of=guesses] tr").first
    expect(best).to_contain_text("float32")
    expect(cell(best, "value")).to_have_text("230.2")
    expect(page.locator("[data-words] b")).to_have_text(["4366", "3333"])
    page.get_by_role("button", name="Read again").click()
    gateway.answer_probe(0x4366, 0x4CCD)
    expect(cell(best, "value")).to_have_text("230.3")
    expect(cell(best, "before")).to_have_text("230.2")
    link = best.get_by_role("link", name="Make a tag")
    expect(link).to_have_attribute(
        "href", "/admin/devices/tag/add/?table=holding&address=52&type=float32&order=ABCD"
    )


@pytest.mark.usefixtures("engineer")
def test_why_a_register_could_not_be_read_is_said(
    plant: Plant, gateway: Gateway, pump: Device, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("status of (409|502)")
    page = sign_in(f"/gateways/{plant.gateway.uid}/guess/")
    said = page.locator("[data-answer]")
    ask(page, connection="line")
    gateway.answer_probe(error="there is no connection line")
    expect(said).to_have_text("The gateway could not read it: there is no connection line")
    gateway.leave()
    expect(page.locator("[data-device] [data-part=status]")).to_have_text("offline")
    ask(page, connection="line")
    expect(said).to_have_text("The gateway is not connected. Ask again when it is.")


def test_an_operator_is_not_offered_the_wizard_and_may_not_use_it(
    plant: Plant, pump: Device, sign_in: SignIn, watch: Watch
) -> None:
    watch.allow("403")
    page = sign_in(f"/gateways/{plant.gateway.uid}/")
    expect(page.locator("[data-health]")).to_have_attribute("data-state", "good")
    assert page.get_by_role("link", name="Read a register").count() == 0
    page.goto(f"/gateways/{plant.gateway.uid}/guess/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.usefixtures("engineer")
def test_the_wizard_keeps_the_rules_of_accessibility_on_a_phone_too(
    plant: Plant, gateway: Gateway, pump: Device, sign_in: SignIn, theme: str
) -> None:
    from test_pages import AXE, PHONE, RULES

    path = f"/gateways/{plant.gateway.uid}/guess/"
    page = sign_in(path, theme=theme, bypass_csp=True, viewport=PHONE)
    ask(page, connection="line")
    gateway.answer_probe(0x4366, 0x3333, 0, 17)
    expect(page.locator("[data-rows-of=guesses] tr").first).to_be_visible()
    page.evaluate(AXE)
    found = page.evaluate(
        "async (rules) => (await axe.run({ runOnly: rules })).violations.map((v) => v.id + ' ' +"
        " v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; '))",
        RULES,
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
