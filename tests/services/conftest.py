from __future__ import annotations

import time

import pytest

from devices.hello import declare_tags, open_sender
from devices.intake import Sender
from devices.models import Device, Site, Tag
from devices.registry import issue_token
from edge import wire

EPOCH = "00112233445566aa"


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(slug="east", name="East works")


@pytest.fixture
def device(site: Site) -> Device:
    device = Device.objects.create(uid="GW-1", name="Gateway", site=site)
    for name in ("temperature", "pressure", "rpm"):
        Tag.objects.create(device=device, name=name)
    return device


@pytest.fixture
def sender(device: Device) -> Sender:
    """A gateway whose numbers 0, 1, 2 are temperature, pressure and rpm."""
    return make_sender(device)


def make_sender(device: Device, epoch: str = EPOCH) -> Sender:
    credential = issue_token(device=device).credential
    sender, _ = open_sender(
        device_id=device.pk, site_id=device.site_id, credential_id=credential.pk, epoch=epoch
    )
    names = device.tags.order_by("pk").values_list("name", flat=True)
    unknown = declare_tags(
        sender,
        [wire.TagDecl(n=n, device=device.uid, name=name) for n, name in enumerate(names)],
    )
    assert not unknown
    return sender


@pytest.fixture
def now_ms() -> int:
    return int(time.time() * 1000)
