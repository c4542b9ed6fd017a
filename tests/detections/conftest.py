from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from alarms.gatekeeper import gatekeeper
from devices.hello import open_sender
from devices.intake import Sender
from devices.models import Device, Site
from devices.registry import issue_token

EPOCH = "00112233445566aa"


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """Keep pictures in a folder of this test, and end the gate that it started."""
    settings.MEDIA_ROOT = tmp_path / "media"
    yield tmp_path / "media"
    gatekeeper.close()


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(slug="east", name="East works")


@pytest.fixture
def device(site: Site) -> Device:
    """A gateway."""
    return Device.objects.create(uid="GW-1", name="Gateway", site=site)


@pytest.fixture
def camera(device: Device) -> Device:
    """A camera that the gateway looks after."""
    return Device.objects.create(
        uid="CAM-1", name="Furnace camera", area="Hall 2", site=device.site, via=device
    )


@pytest.fixture
def sender(device: Device, camera: Device) -> Sender:
    """The gateway's connection."""
    credential = issue_token(device=device).credential
    sender, _ = open_sender(
        device_id=device.pk, site_id=device.site_id, credential_id=credential.pk, epoch=EPOCH
    )
    return sender
