"""Alarms of a small plant: rules, and the readings that raise and clear what they watch over."""

from __future__ import annotations

from typing import Any

from plant import Gateway, Plant, registry
from playwright.sync_api import Locator, Page, expect

from alarms.models import Alarm, Kind, Rule
from alarms.rules import save_rule
from devices.models import Tag

LIMIT = 80.0
HIGH, FINE = 91.5, 61.0
REMEMBER_SOUNDS = """() => {
    window.heard = [];
    document.addEventListener("alarmsound", (event) => window.heard.push(event.detail));
}"""


class Ringing:
    """A plant with a rule for each of its tags; what a tag reports raises or clears its alarm."""

    def __init__(self, plant: Plant, gateway: Gateway) -> None:
        self.plant = plant
        self.gateway = gateway
        self.rules: dict[str, Rule] = {}

    def add(self, name: str, priority: int, *, area: str = "Hall A", **fields: Any) -> Tag:
        """Add a device with one tag, and a rule for it; connect when all are there."""
        tag = self.plant.add_tag(self.plant.add_device(name.upper(), area=area), name)
        known = {"name": f"{name.capitalize()} too hot", "kind": Kind.HIGH, "limit": LIMIT}
        rule = Rule(site=self.plant.site, tag=tag, priority=priority, **known | fields)
        self.rules[name] = registry(save_rule, rule)
        return tag

    def connect(self) -> None:
        """Let the gateway introduce the tags."""
        self.gateway.connect()

    def raise_(self, *names: str) -> None:
        """Report values beyond the limit."""
        for name in names:
            self.gateway.say(name, HIGH)

    def clear(self, *names: str) -> None:
        """Report values that are fine."""
        for name in names:
            self.gateway.say(name, FINE)

    def alarm(self, name: str) -> Alarm:
        """Return the alarm of a rule as it is stored."""
        return registry(Alarm.objects.get, rule=self.rules[name])


# ---------------------------------------------------------------- what pages show of it


def number(page: Page, priority: int) -> Locator:
    return page.locator(f"[data-count='{priority}'] [data-part=number]")


def banner(page: Page, part: str) -> Locator:
    return page.locator(f"#banner [data-part={part}]")


def acknowledge(page: Page) -> Locator:
    return page.locator("#banner [data-acknowledge]")


def body(page: Page) -> Locator:
    return page.locator("body")


def top_of_main(page: Page) -> float:
    return float(page.locator("main").evaluate("(main) => main.getBoundingClientRect().top"))


def enable_sound(page: Page) -> None:
    """Click what asks for a click, and wait until the browser plays."""
    page.evaluate(REMEMBER_SOUNDS)
    page.locator("#sound [data-enable]").click()
    expect(page.locator("#sound")).to_have_attribute("data-state", "on")
