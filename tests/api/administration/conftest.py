from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from devices.models import (
    Device,
    Site,
    Tag,
)


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin", password="x"))
    return client


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(slug="east", name="East works")


@pytest.fixture
def gateway(site: Site) -> Device:
    return Device.objects.create(uid="GW-1", name="Gateway", site=site, area="Hall 1")


@pytest.fixture
def pump(site: Site, gateway: Device) -> Device:
    pump = Device.objects.create(uid="PUMP-1", name="Pump", site=site, via=gateway)
    Tag.objects.create(device=pump, name="flow")
    return pump
