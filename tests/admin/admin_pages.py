"""The administration as its tests use it."""

from __future__ import annotations

import re
from uuid import uuid4

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from devices.connections import Opening, open_connection
from devices.models import Device, Membership, Role, Site
from devices.registry import issue_token

TOKEN = re.compile(r"snt_[a-z2-7]{12}_[A-Za-z0-9_-]{43}_[a-z2-7]{6}")


def member(site: Site, role: Role) -> Client:
    """Log somebody in who has this role at a site."""
    user = User.objects.create_user(f"{role}-{site.slug}", password="x")
    Membership.objects.create(user=user, site=site, role=role)
    client = Client()
    client.force_login(user)
    return client


def connect(device: Device) -> None:
    pk = issue_token(device=device).credential.pk
    open_connection(Opening(uuid4(), pk, device.pk, "192.0.2.9", "sentinel-edge", 3))


def text_of(answer: HttpResponse) -> str:
    assert answer.status_code == 200, answer
    return answer.content.decode()


def device_form(device: Device, **changes: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "uid": device.uid,
        "name": device.name,
        "site": device.site_id,
        "area": device.area,
        "enabled": "on",
        "unit_id": device.unit_id,
    }
    for prefix in ("tags", "camera", "credentials", "modbus_connections", "configurations"):
        fields |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return fields | changes


def edit(admin: Client, device: Device, **changes: object) -> HttpResponse:
    url = f"/admin/devices/device/{device.pk}/change/"
    answer: HttpResponse = admin.post(url, device_form(device, **changes))
    return answer
