"""Pages left open while the server restarts ten times show what freshly opened ones show."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from line import until
from plant import Plant, registry
from playwright.sync_api import Page, expect
from running_gateway import running_gateway
from seeing import SeeingGateway, picture
from served import ROOT, WebServer
from watched import SignIn, Watch

from alarms.models import Alarm, Kind, Rule
from alarms.rules import save_rule
from alarms.states import ACTIVE
from devices.models import Device, DeviceProfile, ModbusConnection, Tag
from devices.profiles import apply_profile, load_shipped_profiles
from devices.registry import create_device, issue_token, save_connection, set_enabled
from edge.sim.launch import RunningPlant, start_plant

pytestmark = pytest.mark.slow

RESTARTS = 10
HOT, FINE = 255.0, 231.5  # volts, on both sides of the limit
REFUSED = r"WebSocket connection to .* failed|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET"
METERS = ROOT / "project" / "demo" / "meters.toml"
ZONES = ("Asia/Shanghai", "America/Puerto_Rico")  # twelve hours apart, all year
# All that a page says, in the order in which it stands there, without what depends on the moment.
CONTENT = """() => {
    const moment = "time, canvas, template, .plot, [data-part=age], [data-part=cursor],"
        + "[data-part=seen], [data-part=fresh], [data-part=heard], [data-news], [data-since],"
        + "[data-seen], [data-part=lasted], [data-part=duration], [data-part=told],"
        + "[data-part=context]";
    const passing = new Set(["age", "at", "shown", "fresh"]);
    const lines = [];
    const read = (element) => {
        if (element.matches(moment) || !element.checkVisibility()) return;
        const data = Object.entries(element.dataset).filter(([name]) => !passing.has(name));
        const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
        const text = own.map((node) => node.data.trim()).join(" ").trim();
        const told = data.map(([name, value]) => `${name}=${value}`).sort().join(" ");
        if (text || told) lines.push(`${element.localName} ${told} ${text}`);
        for (const child of element.children) read(child);
    };
    for (const root of document.querySelectorAll(".counts, #banner, main")) read(root);
    return lines;
}"""
# Readings that a trend shows; where there is no value is told by where there are values.
DRAWN = """async (k) => {
    const { drawn } = await import("trends");
    const points = [...(drawn.get(k)?.points ?? [])];
    const pairs = points.flatMap((t, i) => (i % 2 ? [] : [[t, points[i + 1]]]));
    return pairs.filter(([, v]) => !Number.isNaN(v));
}"""


@pytest.fixture
def plant(web: WebServer) -> Plant:
    """Set up a plant in which it is day: after midnight a fresh page shows another week."""
    zone = next(zone for zone in ZONES if 6 <= datetime.now(ZoneInfo(zone)).hour < 18)
    return registry(Plant, time_zone=zone)


@pytest.fixture
def restored(web: WebServer) -> Iterator[WebServer]:
    """Lend the server to a test that stops it; the next test finds it running."""
    yield web
    web.stop()
    web.start()


@pytest.fixture
def meters() -> Iterator[RunningPlant]:
    """Run the two simulated meters of the demo."""
    with start_plant(METERS) as running:
        yield running


@pytest.fixture
def voltage(
    plant: Plant, restored: WebServer, meters: RunningPlant, tmp_path: Path
) -> Iterator[Tag]:
    """Run a gateway that reads a meter, whose voltage is watched by a rule; return that tag."""
    host, _, port = meters.connections["meters"].rpartition(":")

    def make() -> tuple[Device, str, Tag]:
        load_shipped_profiles()
        gateway = create_device(uid=f"METERS-{plant.mark}", name="Meters", site=plant.site)
        line = ModbusConnection(gateway=gateway, name="meters", host=host, port=int(port))
        save_connection(connection=line)
        meter = create_device(uid=f"MTR-{plant.mark}", name="Meter", site=plant.site, via=gateway)
        meter.modbus, meter.unit_id = line, 1
        apply_profile(device=meter, profile=DeviceProfile.objects.get(slug="eastron-sdm630"))
        tag = meter.tags.get(name="v_l1")
        Tag.objects.filter(pk=tag.pk).update(pinned=True)
        save_rule(Rule(site=plant.site, tag=tag, kind=Kind.HIGH, limit=250.0, name="Voltage"))
        return gateway, issue_token(device=gateway).token, tag

    gateway, token, tag = registry(make)
    with running_gateway(restored.url, gateway.uid, token, tmp_path):
        yield tag


@pytest.fixture
def seeing(plant: Plant, restored: WebServer) -> Iterator[SeeingGateway]:
    """Make a gateway with two cameras; it knows when the server is away."""
    gateway = SeeingGateway(plant, restored.url)
    gateway.add_cameras()
    gateway.connect()
    yield gateway
    gateway.leave()


def settle(page: Page) -> None:
    """Wait until a page knows what there is."""
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()


def is_raised(tag: Tag) -> bool:
    return registry(Alarm.objects.filter(tag=tag, state__in=ACTIVE).exists)


def test_after_ten_restarts_open_pages_show_exactly_what_fresh_ones_show(
    restored: WebServer,
    plant: Plant,
    meters: RunningPlant,
    voltage: Tag,
    seeing: SeeingGateway,
    sign_in: SignIn,
    watch: Watch,
) -> None:
    watch.allow(REFUSED)
    meters.set("MTR001", "v_l1", FINE)
    device = f"/devices/{voltage.device.uid}/"
    pages = {path: sign_in(path) for path in ("/", "/alarms/", "/gallery/", "/gateways/", device)}
    shown = f"tr[data-tag='{voltage.pk}'] [data-part=value]"
    expect(pages[device].locator(shown)).to_have_text(f"{FINE:.1f}")
    for page in pages.values():
        settle(page)
        page.evaluate("window.untouched = true")

    for number in range(RESTARTS):
        seeing.leave()
        if number % 2:
            restored.kill()
        else:
            restored.stop()
        volts = FINE if number % 2 else HOT + number
        meters.set("MTR001", "v_l1", volts)
        spare = plant.add_device(f"SPARE-{number}", area=f"Hall {number % 3}")
        registry(set_enabled, device=spare, enabled=number % 2 == 0)
        restored.start()
        seeing.connect()
        seeing.see("FURNACE", **picture(number, "fire"))
        expect(pages[device].locator(shown)).to_have_text(f"{volts:.1f}")
        until(pages["/"], lambda volts=volts: is_raised(voltage) == (volts > 250))

    for name in registry(lambda: list(voltage.device.tags.values_list("name", flat=True))):
        meters.set("MTR001", name, FINE)  # the plant stands still
    for path, page in pages.items():
        settle(page)
        assert page.evaluate("window.untouched") is True, path
        fresh = page.context.new_page()  # of the same browser, which remembers a flood of alarms
        fresh.goto(path)
        settle(fresh)
        until_same(page, fresh)
        if path == "/":
            until_same_trend(page, fresh, voltage)


def until_same(page: Page, fresh: Page) -> None:
    """Wait until both say the same; what the plant does meanwhile both hear of."""

    def both() -> tuple[list[str], list[str]]:
        return page.evaluate(CONTENT), fresh.evaluate(CONTENT)

    def difference() -> str:
        return "\n".join([page.url, *difflib.unified_diff(*both(), "open", "fresh", lineterm="")])

    until(page, lambda: len({tuple(lines) for lines in both()}) == 1, difference)


def until_same_trend(page: Page, fresh: Page, tag: Tag) -> None:
    """Wait until both have drawn the same readings, as far as both reach."""

    def common() -> list[list[Any]]:
        found = [each.evaluate(DRAWN, tag.pk) for each in (page, fresh)]
        if not all(found):
            return [[], [None]]
        begin, end = max(each[0][0] for each in found), min(each[-1][0] for each in found)
        return [[point for point in each if begin <= point[0] <= end] for each in found]

    until(page, lambda: (both := common())[0] == both[1], lambda: str(common()))
    assert len(common()[0]) > RESTARTS
