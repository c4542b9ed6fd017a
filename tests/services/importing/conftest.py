from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from devices.models import Device, DeviceProfile, Membership, ModbusConnection, Role, Site, Tag
from devices.registry import save_connection, save_device


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(slug="east", name="East works")


@pytest.fixture
def engineer(site: Site) -> User:
    user = User.objects.create_user("engineer")
    Membership.objects.create(user=user, site=site, role=Role.ENGINEER)
    return user


@pytest.fixture
def gateway(site: Site) -> Device:
    return Device.objects.create(uid="GW-1", name="Gateway", site=site, area="Hall 1")


@pytest.fixture
def line(gateway: Device) -> ModbusConnection:
    line = ModbusConnection(gateway=gateway, name="line1", host="192.0.2.7")
    save_connection(connection=line)
    return line


@pytest.fixture
def profile(db: None) -> DeviceProfile:
    points = [
        {"name": "v", "unit": "V", "address": 0, "type": "float32", "table": "input"},
        {"name": "a", "unit": "A", "address": 6, "type": "float32", "table": "input"},
    ]
    document = {"id": "meter", "version": "1.0.0", "vendor": "V", "model": "M", "points": points}
    return DeviceProfile.objects.create(
        slug="meter", version="1.0.0", vendor="V", model="M", document=document
    )


@pytest.fixture
def meter(gateway: Device, line: ModbusConnection, profile: DeviceProfile) -> Device:
    """A device that is read, with the two tags of its profile."""
    meter = Device(uid="M-1", name="Meter", site=gateway.site, via=gateway)
    meter.modbus, meter.profile, meter.unit_id = line, profile, 3
    save_device(device=meter)
    assert Tag.objects.count() == 2
    return meter
