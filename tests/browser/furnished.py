"""A small plant in which every page has something to show."""

from __future__ import annotations

from alarm_making import make_alarm, raise_
from plant import now_ms, registry
from playwright.sync_api import Page, expect
from seeing import SeeingGateway, picture
from site_pages import Names, addresses

from devices.models import Membership, Role
from edge import wire

AREA = "Hall A"


class Furnished:
    """Devices with values of every quality, alarms of every priority, and what a camera saw."""

    def __init__(self, gateway: SeeingGateway) -> None:
        self.gateway = gateway
        self.plant = plant = gateway.plant
        registry(Membership.objects.filter(user=plant.user).update, role=Role.ADMIN)
        gateway.add_cameras()
        self.pump = plant.add_device("PUMP", area=AREA)
        plant.add_device("PUMP2", area="Hall B")
        for name in ("temperature", "pressure", "speed"):
            plant.add_tag(self.pump, name)
        gateway.connect()
        past = [(now_ms() - 50_000 + number * 10_000, 60.0 + number) for number in range(5)]
        gateway.say_many("temperature", past)
        gateway.say("pressure", None, quality=wire.Quality.COMM_FAILURE)
        gateway.tell(self.pump, "device.down", "COMM_FAILURE")
        gateway.tell(self.pump, "device.up")
        gateway.see("FURNACE", **picture(3, "fire"))
        for priority in (1, 2, 3, 4):
            registry(self._raise, priority)

    def _raise(self, priority: int) -> None:
        of = self.plant.tags["temperature"] if priority < 3 else self.pump
        raise_(make_alarm(self.plant.site, of=of, name=f"Pump {priority}", priority=priority))

    @property
    def names(self) -> Names:
        """What the addresses of this plant are filled in with."""
        camera = self.plant.devices["FURNACE"].uid
        tag = self.plant.tags["temperature"].pk
        return Names(AREA, camera, self.pump.uid, self.plant.gateway.uid, tag)

    @property
    def addresses(self) -> list[str]:
        """Every page of this plant."""
        return addresses(self.names)

    def open(self, page: Page, address: str) -> None:
        """Open a page; return when it knows what there is."""
        self.gateway.beat()
        page.goto(address)
        if page.locator("#link").count():
            expect(page.locator("body[data-phase=live]:not([data-awaits])")).to_be_attached()
            expect(page.locator("[data-state=waiting]")).to_have_count(0)
