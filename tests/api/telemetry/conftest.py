from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telemetry_door import Door

from devices.models import Device, Site, Tag
from devices.registry import issue_token
from realtime import pipeline, posting, presence


@pytest.fixture(autouse=True)
async def process() -> AsyncIterator[None]:
    """Each test is a web process: what works in its background ends with it."""
    posting._rates = posting._Rates()
    yield
    await pipeline.close()
    await presence.stop()


@pytest.fixture
def sim(db: None) -> Device:
    """A device that posts for itself and for the pump behind it."""
    site = Site.objects.create(slug="east", name="East works")
    sim = Device.objects.create(uid="SIM001", name="Simulator", site=site)
    pump = Device.objects.create(uid="PUMP-1", name="Pump", site=site, via=sim)
    for name in ("temperature", "pressure", "rpm", "state"):
        Tag.objects.create(device=sim, name=name)
    Tag.objects.create(device=pump, name="flow")
    return sim


@pytest.fixture
def token(sim: Device) -> str:
    return issue_token(device=sim).token


@pytest.fixture
def door(token: str) -> Door:
    return Door(token)
