from __future__ import annotations

import pytest
from alarm_line import Line, SaveRule
from django.contrib.auth.models import User

from alarms.models import Kind, Rule
from alarms.rules import save_rule
from devices.hello import open_sender
from devices.models import Device, Membership, Role, Site, Tag
from devices.registry import issue_token

EPOCH = "00112233445566aa"


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(slug="east", name="East works", time_zone="Asia/Shanghai")


@pytest.fixture
def gateway(site: Site) -> Device:
    return Device.objects.create(uid="GW-1", name="Gateway", site=site)


@pytest.fixture
def device(site: Site, gateway: Device) -> Device:
    return Device.objects.create(uid="OVEN-1", name="Oven", area="Hall 2", site=site, via=gateway)


@pytest.fixture
def tag(device: Device) -> Tag:
    return Tag.objects.create(device=device, name="temperature", unit="°C")


@pytest.fixture
def operator(site: Site) -> User:
    user = User.objects.create_user("olga")
    Membership.objects.create(user=user, site=site, role=Role.OPERATOR)
    return user


@pytest.fixture
def save(site: Site, tag: Tag) -> SaveRule:
    """Save a rule: HIGH at 80 on the tag, unless told otherwise."""

    def make(**fields: object) -> Rule:
        given: dict[str, object] = {
            "site": site, "name": "Too hot", "kind": Kind.HIGH, "tag": tag, "limit": 80.0,
        }  # fmt: skip
        return save_rule(Rule(**given | fields))

    return make


@pytest.fixture
def line(gateway: Device, device: Device, tag: Tag) -> Line:
    credential = issue_token(device=gateway).credential
    sender, _ = open_sender(
        device_id=gateway.pk, site_id=gateway.site_id, credential_id=credential.pk, epoch=EPOCH
    )
    tags = list(Tag.objects.filter(device__site=gateway.site_id).order_by("pk"))
    sender.tags.update({place + 1: each.pk for place, each in enumerate(tags)})
    return Line(sender, {each.pk: place + 1 for place, each in enumerate(tags)})
