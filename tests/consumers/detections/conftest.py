from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gateway_peer import Gateway
from live_page import Plant
from pytest_django.fixtures import Settings

from alarms.gatekeeper import gatekeeper
from devices.models import Device
from devices.registry import issue_token
from realtime import pipeline, screening


@pytest.fixture(autouse=True)
async def gate(process: None) -> AsyncIterator[None]:
    """What screens pictures ends with the test, after what hands them to it."""
    yield
    await pipeline.close()
    await screening.close()
    gatekeeper.close()


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def camera(plant: Plant) -> Device:
    """A camera that the gateway looks after."""
    return Device.objects.create(
        uid="CAM-1", name="Furnace camera", area="Hall 2", site=plant.site, via=plant.gateway
    )


@pytest.fixture
def token(plant: Plant, camera: Device) -> str:
    return issue_token(device=plant.gateway).token


@pytest.fixture
async def gateway(token: str) -> AsyncIterator[Gateway]:
    """A connected gateway."""
    peer = Gateway(token)
    await peer.greet(tags=[])
    yield peer
    await peer.disconnect()


@pytest.fixture
def gallery(plant: Plant) -> str:
    """Name of the channel."""
    return f"gallery:{plant.site.pk}"
