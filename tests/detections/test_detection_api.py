"""Detections and cameras over REST, and a detection that is posted."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from detection_frames import detection, jpeg, now_ms
from django.contrib.auth.models import User
from django.test import Client

from alarms.models import Detection
from alarms.snapshots import screen_next
from devices.intake import Entry, Sender
from devices.models import Camera, Device, Membership, Role, Site
from realtime.flush import Flush

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(site: Site) -> Client:
    return person(site, Role.VIEWER)


@pytest.fixture
def engineer(site: Site) -> Client:
    return person(site, Role.ENGINEER)


def person(site: Site, role: Role) -> Client:
    user = User.objects.create_user(role.value)
    Membership.objects.create(user=user, site=site, role=role)
    client = Client()
    client.force_login(user)
    return client


def ask(client: Client, path: str, **query: Any) -> Any:
    answer = client.get(f"/api/v1/{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def patch(client: Client, path: str, **body: Any) -> Any:
    return client.patch(f"/api/v1/{path}", body, content_type="application/json")


@pytest.fixture
def seen(sender: Sender) -> list[Detection]:
    """Three detections: a fire with a picture, smoke that has ended, a head without a helmet."""
    now = now_ms()
    frames = [
        detection(1, id=uuid.UUID(int=1).hex, data=jpeg(), since=now - 3000),
        detection(2, "end", id=uuid.UUID(int=2).hex, label="smoke", score=0.6, since=now - 2000),
        detection(3, id=uuid.UUID(int=3).hex, label="no_helmet", score=0.95),
    ]
    Flush([Entry(sender, frame, now) for frame in frames]).attempt()
    screen_next()
    return list(Detection.objects.order_by("event"))


def test_detections_come_newest_first_and_can_be_narrowed_down(
    viewer: Client, seen: list[Detection]
) -> None:
    listed = ask(viewer, "detections/")["results"]
    assert [each["label"] for each in listed] == ["no_helmet", "smoke", "fire"]
    boxes = [[box["label"] for box in each["boxes"]] for each in listed]
    assert boxes == [[], [], ["fire"]]

    def found(**query: Any) -> list[str]:
        return [each["label"] for each in ask(viewer, "detections/", **query)["results"]]

    assert found(label="smoke") == ["smoke"]
    assert found(state="active") == ["no_helmet", "fire"]
    assert found(min_score="0.9") == ["no_helmet"]
    assert found(since=seen[1].since.isoformat()) == ["no_helmet", "smoke"]
    assert found(until=seen[1].since.isoformat()) == ["fire"]
    assert found(camera="CAM-1", site="east", page_size="1") == ["no_helmet"]
    assert found(camera="CAM-2") == []
    assert found(site="west") == []


def test_one_detection_comes_with_its_pictures(viewer: Client, seen: list[Detection]) -> None:
    shown = ask(viewer, f"detections/{seen[0].pk}/")

    (picture,) = shown["snapshots"]
    assert shown["event"] == uuid.UUID(int=1).hex
    assert (picture["role"], picture["state"], picture["width"]) == ("best", "ready", 640)
    assert picture["boxes"][0]["label"] == "fire"
    assert shown["thumb"] == picture["thumb"]
    assert viewer.get(picture["image"]).status_code == 200


def test_an_engineer_makes_a_device_a_camera_and_nobody_sees_its_password(
    viewer: Client, engineer: Client, camera: Device
) -> None:
    path, source = "devices/CAM-1/camera/", "rtsp://viewer:s3cret@192.0.2.9/live"
    body = {"source": source, "models": ["fire-smoke"]}

    assert viewer.get(f"/api/v1/{path}").status_code == 404
    assert patch(viewer, path, **body).status_code == 403
    made = patch(engineer, path, **body)

    assert made.status_code == 200, made.content
    assert made.json()["source"] == "rtsp://viewer@192.0.2.9/live"
    assert made.json()["has_password"] is True
    assert ask(viewer, path)["source"] == ""
    assert Camera.objects.get().password == "s3cret"
    newest = camera.via.configurations.latest("pk")  # type: ignore[union-attr]
    document = ask(engineer, f"configurations/{newest.pk}/")["document"]
    assert document["camera"][0]["source"] == "rtsp://viewer:***@192.0.2.9/live"


def test_a_change_of_zones_is_not_made_over_that_of_somebody_faster(
    engineer: Client, camera: Device
) -> None:
    path = "devices/CAM-1/camera/"
    patch(engineer, path, source="rtsp://192.0.2.9/", models=["fire-smoke"])
    version = engineer.get(f"/api/v1/{path}").headers["ETag"]
    zone = {"name": "door", "points": [[0, 0], [1, 0], [1, 1]]}

    def change() -> int:
        answer = engineer.patch(
            f"/api/v1/{path}",
            {"zones": [zone]},
            content_type="application/json",
            headers={"If-Match": version},
        )
        return answer.status_code

    assert [change(), change()] == [200, 412]
    assert ask(engineer, path)["zones"] == [zone]


def test_a_zone_that_is_no_polygon_is_refused_in_words(engineer: Client, camera: Device) -> None:
    answer = patch(
        engineer,
        "devices/CAM-1/camera/",
        source="rtsp://192.0.2.9/",
        models=["fire-smoke"],
        zones=[{"name": "door", "points": []}],
    )

    assert answer.status_code == 400
    assert "camera CAM-1: zone" in answer.json()["detail"]
