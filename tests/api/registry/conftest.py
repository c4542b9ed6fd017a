from __future__ import annotations

import pytest
from api_client import PROFILE, Api, person
from django.contrib.auth.models import User

from devices.models import Device, DeviceProfile, ModbusConnection, Role, Site
from devices.profiles import import_profile
from devices.registry import save_connection, save_device


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(slug="east", name="East works")


@pytest.fixture
def west(db: None) -> Site:
    return Site.objects.create(slug="west", name="West works")


@pytest.fixture
def viewer(site: Site) -> Api:
    return person("vera", site, Role.VIEWER)


@pytest.fixture
def engineer(site: Site) -> Api:
    return person("erin", site, Role.ENGINEER)


@pytest.fixture
def admin(site: Site) -> Api:
    return person("ada", site, Role.ADMIN)


@pytest.fixture
def root(site: Site) -> Api:
    return Api(User.objects.create_superuser("root"))


@pytest.fixture
def stranger(west: Site) -> Api:
    return person("walt", west, Role.ADMIN)


@pytest.fixture
def profile(db: None) -> DeviceProfile:
    return import_profile(data=PROFILE)


@pytest.fixture
def gateway(site: Site) -> Device:
    gateway = Device(uid="GW-1", name="Gateway", site=site)
    save_device(device=gateway)
    return gateway


@pytest.fixture
def line(gateway: Device) -> ModbusConnection:
    line = ModbusConnection(gateway=gateway, name="line1", host="192.0.2.7")
    save_connection(connection=line)
    return line


@pytest.fixture
def meter(line: ModbusConnection, profile: DeviceProfile) -> Device:
    meter = Device(uid="M-1", name="Meter", site=line.gateway.site, via=line.gateway)
    meter.modbus, meter.profile = line, profile
    save_device(device=meter)
    return meter
