"""The real server and the real gateway with a camera: what it sees now, and what is changed."""

from __future__ import annotations

import io
import urllib.request
from pathlib import Path

import pytest
from configured_ground import Edge, Web, latest
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from alarms.models import Detection
from devices.cameras import save_camera
from devices.models import Camera, Device, Membership, Role
from devices.registry import create_device

pytestmark = pytest.mark.django_db(transaction=True)
LIVE = 1  # of the tag ``state``
EVERYWHERE = [[0, 0], [1, 0], [1, 1], [0, 1]]


@pytest.fixture
def camera(gateway: Device, edge: Edge) -> Camera:
    """Have the gateway watch a hall in which something burns soon, and wait until it does."""
    device = create_device(uid="CAM-1", name="Hall", site=gateway.site, via=gateway)
    camera = Camera(device=device, source="scene:fire?seed=6", model_names=["fire_smoke"])
    camera.rules = [{"label": "fire"}]  # the card has it switched off
    save_camera(camera=camera)
    edge.until(lambda: latest(device, "state") == LIVE, "the camera being live")
    return camera


def grabber(edge: Edge) -> list[str]:
    """Return the process that grabs the pictures of the gateway's only camera."""
    assert edge.process
    tasks = Path(f"/proc/{edge.process.pid}/task").glob("*/children")
    pids = [pid for task in tasks for pid in task.read_text().split()]
    return [pid for pid in pids if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]


def operator_of(gateway: Device) -> Client:
    user = User.objects.create_user("operator")
    Membership.objects.create(user=user, site=gateway.site, role=Role.OPERATOR)
    client = Client()
    client.force_login(user)
    return client


def picture_now(web: Web, client: Client) -> urllib.request.Request:
    """Ask as the button does, over a real connection."""
    client.get("/cameras/CAM-1/")  # for the token against forged requests
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = {"Cookie": cookies, "X-CSRFToken": client.cookies["csrftoken"].value}
    return urllib.request.Request(f"{web.url}/cameras/CAM-1/picture/", b"", headers)


def test_an_operator_sees_what_the_camera_sees_now(
    web: Web, gateway: Device, edge: Edge, camera: Camera
) -> None:
    asked = picture_now(web, operator_of(gateway))
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert int(answer.headers["X-Picture-Age"]) < 2000
        assert Image.open(io.BytesIO(answer.read())).size == (640, 360)


@pytest.mark.slow  # it burns after 15 s
def test_zones_and_rules_reach_the_running_camera_and_what_they_end_ends(
    gateway: Device, edge: Edge, camera: Camera
) -> None:
    fires = Detection.objects.filter(camera=camera.device, label="fire")
    edge.until(lambda: fires.filter(state="active").exists(), "a fire being told")
    before = grabber(edge)
    assert len(before) == 1
    camera.zones = [{"name": "everything", "kind": "mask", "points": EVERYWHERE}]
    save_camera(camera=camera)
    edge.until(lambda: not fires.filter(state="active").exists(), "the end of the fire")
    assert grabber(edge) == before
    camera.zones, told = [], fires.count()
    save_camera(camera=camera)
    edge.until(lambda: fires.count() > told, "a fire being told again")
    assert grabber(edge) == before


@pytest.mark.slow  # it burns after 15 s
def test_the_events_of_a_camera_that_is_switched_off_end(
    gateway: Device, edge: Edge, camera: Camera
) -> None:
    detections = Detection.objects.filter(camera=camera.device)
    edge.until(lambda: detections.filter(state="active").exists(), "something being told")
    camera.enabled = False
    save_camera(camera=camera)
    edge.until(lambda: not detections.filter(state="active").exists(), "the end of all events")
    edge.until(lambda: grabber(edge) == [], "the end of the process")
    assert not detections.filter(ended_at=None).exists()
