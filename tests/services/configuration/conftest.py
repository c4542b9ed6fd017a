from __future__ import annotations

import pytest

from devices.models import Device, ModbusConnection, Site
from devices.registry import save_connection


@pytest.fixture
def gateway(site: Site) -> Device:
    return Device.objects.create(uid="GW-9", name="Gateway", site=site)


@pytest.fixture
def line(gateway: Device) -> ModbusConnection:
    connection = ModbusConnection(gateway=gateway, name="line-1", host="10.0.0.7")
    save_connection(connection=connection)
    return connection
