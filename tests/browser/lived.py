"""A pump that a gateway reads, with limits and a past."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from alarm_making import make_alarm
from alarmed import Alarmed, settled
from django.utils import timezone
from plant import Gateway, Plant, registry
from playwright.sync_api import Page, expect
from watched import SignIn

from devices.models import Connection, Device, ModbusConnection, Tag
from devices.registry import save_connection, save_device

LIMITS = (("low_low", 40.0), ("low", 50.0), ("high", 80.0), ("high_high", 100.0))
HOUR = timedelta(hours=1)


def make_lived(plant: Plant, gateway: Gateway) -> Alarmed:
    """Make it, and connect the gateway: it was away from six hours ago until now."""
    alarmed = Alarmed(plant)
    registry(_configure, alarmed)
    gateway.connect()
    gateway.say("bearing_temp", 70.0)
    gateway.tell(alarmed.pump, "device.down", "COMM_FAILURE")
    gateway.tell(alarmed.pump, "device.up")
    return alarmed


def _configure(alarmed: Alarmed) -> None:
    gateway, now = alarmed.plant.gateway, timezone.now()
    line = ModbusConnection(gateway=gateway, name="line1", host="192.0.2.40")
    save_connection(connection=line)
    pump = Device.objects.get(pk=alarmed.pump.pk)
    pump.modbus, pump.unit_id = line, 7
    Tag.objects.filter(device=pump).update(point={"address": 12, "type": "float32"})
    save_device(device=pump)
    for kind, limit in LIMITS:
        make_alarm(alarmed.plant.site, of=alarmed.heat, name=kind, kind=kind, limit=limit)
    Connection.objects.create(
        session=uuid4(),
        device=gateway,
        remote="192.0.2.7",
        opened_at=now - 12 * HOUR,
        last_seen_at=now - 6 * HOUR,
        closed_at=now - 6 * HOUR,
        close_code=4408,
    )


def visit(sign_in: SignIn, device: Device, tab: str = "live", **options: Any) -> Page:
    """Open a tab of the page of a device and let it settle."""
    page = sign_in(f"/devices/{device.uid}/?tab={tab}", **options)
    settle(page)
    return page


def settle(page: Page) -> None:
    """Wait until the page knows what there is, and shows it."""
    settled(page)
    expect(page.locator("[data-state=waiting]")).to_have_count(0)
