"""A camera on the page of its device in the administration."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from devices.cameras import save_camera
from devices.models import Camera, Device, Membership, Role, Site

pytestmark = pytest.mark.django_db
FIELDS = {
    "transport": "tcp",
    "enabled": "on",
    "model_names": '["fire-smoke"]',
    "looks_per_s": "5",
    "rules": "[]",
    "zones": "[]",
}


@pytest.fixture
def engineer(site: Site) -> Client:
    user = User.objects.create_user("erin")
    Membership.objects.create(user=user, site=site, role=Role.ENGINEER)
    client = Client()
    client.force_login(user)
    return client


def edit(client: Client, device: Device, **camera: str) -> HttpResponse:
    """Send the form of a device with its camera."""
    form: dict[str, Any] = {"uid": device.uid, "name": device.name, "site": device.site_id}
    form |= {"via": device.via_id, "enabled": "on", "unit_id": 1, "area": device.area}
    for prefix in ("tags", "camera", "credentials"):
        form |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    form |= {"camera-TOTAL_FORMS": 1, "camera-INITIAL_FORMS": 0}
    form |= {f"camera-0-{name}": value for name, value in (FIELDS | camera).items()}
    form |= {"camera-0-device": device.pk}
    return client.post(f"/admin/devices/device/{device.pk}/change/", form)  # type: ignore[return-value]


def test_a_camera_is_made_and_its_password_is_not_shown(engineer: Client, camera: Device) -> None:
    answer = edit(engineer, camera, source="rtsp://viewer:s3cret@192.0.2.9/live")
    assert answer.status_code == 302, answer.content.decode()
    page = engineer.get(f"/admin/devices/device/{camera.pk}/change/").content.decode()

    assert "rtsp://viewer@192.0.2.9/live" in page
    assert "s3cret" not in page
    assert camera.tags.count() == 4

    row = Camera.objects.get()
    assert (row.password, row.model_names) == ("s3cret", ["fire-smoke"])


def test_a_configuration_shows_its_cameras_without_their_passwords(
    engineer: Client, camera: Device, device: Device
) -> None:
    edit(engineer, camera, source="rtsp://viewer:s3cret@192.0.2.9/live")
    row = Camera.objects.get()
    row.source, row.looks_per_s = "rtsp://viewer:s3cret@192.0.2.8/live", 2.0
    save_camera(camera=row)
    newest = device.configurations.latest("version")

    page = engineer.get(f"/admin/devices/gatewayconfiguration/{newest.pk}/change/")

    text = page.content.decode()
    assert "rtsp://viewer:***@192.0.2.8/live" in text
    assert "<del>5.0</del> <ins>2.0</ins>" in text
    assert "s3cret" not in text


def test_a_camera_that_cannot_be_is_refused_on_the_page(engineer: Client, camera: Device) -> None:
    answer = edit(engineer, camera, source="gopher://192.0.2.9/")

    assert answer.status_code == 200
    assert "source: starts with one of rtsp:" in answer.content.decode()
    assert not Camera.objects.exists()
