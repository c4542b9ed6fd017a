from __future__ import annotations

import pytest

from devices.models import Device, ModbusConnection, Site, Tag
from devices.registry import issue_token, save_connection, save_device, save_tags

FLOW = {"address": 0, "type": "uint16"}


@pytest.fixture
def gateway(db: None) -> Device:
    site = Site.objects.create(slug="east", name="East works")
    return Device.objects.create(uid="GW-1", name="Gateway", site=site)


@pytest.fixture
def line(gateway: Device) -> ModbusConnection:
    connection = ModbusConnection(gateway=gateway, name="line-1", host="10.0.0.7")
    save_connection(connection=connection)
    return connection


@pytest.fixture
def meter(gateway: Device, line: ModbusConnection) -> Device:
    """A device that the server configures: one tag, and version 3 of the configuration."""
    meter = Device(uid="METER-1", name="Meter", site=gateway.site, via=gateway, modbus=line)
    save_device(device=meter)
    save_tags(device=meter, tags=[Tag(device=meter, name="flow", point=FLOW)])
    return meter


@pytest.fixture
def token(gateway: Device) -> str:
    return issue_token(device=gateway).token
