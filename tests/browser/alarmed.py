"""A plant whose alarms a test moves, as judging would, while its pages look."""

from __future__ import annotations

from typing import Any

from alarm_making import clear, make_alarm, raise_
from django.contrib.auth.models import User
from plant import Plant, registry
from playwright.sync_api import Locator, Page, expect
from watched import SignIn

from alarms.models import Alarm
from devices.models import Device, Membership, Role, Tag


class Alarmed:
    """Makes alarms of a plant, and raises and clears them."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.pump = plant.add_device("P-203", area="Utilities")
        self.fan = plant.add_device("K-301", area="Line A")
        self.heat = plant.add_tag(self.pump, "bearing_temp")
        self.shake = plant.add_tag(self.fan, "vibration", unit="mm/s", decimals=2)

    def raised(
        self, name: str, of: Tag | Device | None = None, *, ago_s: float = 60, **rule: Any
    ) -> Alarm:
        """Make an alarm and raise it."""
        made = registry(lambda: make_alarm(self.plant.site, of=of or self.heat, name=name, **rule))
        value = 96.4 if rule.get("kind", "high") in {"high", "high_high"} else None
        return registry(lambda: raise_(made, value, ago_s=ago_s))

    def raise_again(self, alarm: Alarm) -> Alarm:
        """Raise an alarm that is there."""
        return registry(raise_, alarm)

    def clear(self, alarm: Alarm) -> Alarm:
        """Let the condition of an alarm end."""
        return registry(clear, alarm)

    def now(self, alarm: Alarm) -> Alarm:
        """Return an alarm as it is stored now."""
        return registry(Alarm.objects.get, pk=alarm.pk)

    def make_user(self, role: Role) -> None:
        """Give the plant's user this role."""
        registry(Membership.objects.filter(user=self.plant.user).update, role=role)

    def become(self, name: str) -> None:
        """Let pages that are opened from now on be those of another operator."""

        def make() -> User:
            user = User.objects.create_user(f"{name}-{self.plant.mark.lower()}")
            self.plant.site.members.add(user)
            return user

        self.plant.user = registry(make)


def console(sign_in: SignIn, query: str = "", **options: Any) -> Page:
    """Open the console and wait until it is current."""
    page = sign_in(f"/alarms/{query}", **options)
    settled(page)
    return page


def settled(page: Page) -> None:
    """Wait until a page knows what there is."""
    expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()


def row(page: Page, alarm: Alarm) -> Locator:
    """Return the row of an alarm."""
    return page.locator(f"[data-alarms] [data-alarm='{alarm.pk}']")


def choose(page: Page, alarm: Alarm) -> None:
    """Choose an alarm, or not any more, by clicking on its name."""
    row(page, alarm).locator("[data-part=name]").click()


def names(page: Page) -> list[str]:
    """Return the names of the rows in their order."""
    return page.locator("[data-alarms] [data-part=name]").all_text_contents()
