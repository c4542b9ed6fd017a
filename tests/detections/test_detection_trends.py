"""Which tags one looks at beside a detection: the API names them, the large view links to them."""

from __future__ import annotations

import pytest
from django.test import Client
from marked import client_of, person, seen

from alarms.models import Detection
from devices.models import Camera, Device, Role, Site, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(site: Site) -> Client:
    return client_of(person(site, Role.VIEWER))


@pytest.fixture
def oven(site: Site) -> Device:
    """A device that stands where the camera looks."""
    return Device.objects.create(uid="OVEN", name="Oven", area="Hall 2", site=site)


def add_tags(device: Device, *names: str, **fields: object) -> list[int]:
    return [Tag.objects.create(device=device, name=name, **fields).pk for name in names]


def trend_tags(viewer: Client, camera: Device) -> list[int]:
    row = seen(camera)
    found: list[int] = viewer.get(f"/api/v1/detections/{row.pk}/").json()["trend_tags"]
    return found


def test_in_an_area_without_tags_there_is_what_the_camera_tells_of_itself(
    viewer: Client, camera: Device
) -> None:
    own = add_tags(camera, "brightness", "fps")
    assert trend_tags(viewer, camera) == own


def test_the_tags_of_its_area_come_before_that_the_pinned_ones_first(
    viewer: Client, camera: Device, oven: Device
) -> None:
    add_tags(camera, "brightness", "fps")
    plain, pinned = add_tags(oven, "a", "b"), add_tags(oven, "z", pinned=True)
    elsewhere = Device.objects.create(uid="FAN", name="Fan", area="Hall 3", site=camera.site)
    add_tags(elsewhere, "speed")
    assert trend_tags(viewer, camera) == [*pinned, *plain]


def test_at_most_eight_tags_are_named(viewer: Client, camera: Device, oven: Device) -> None:
    tags = add_tags(oven, *(f"t{number}" for number in range(9)))
    assert trend_tags(viewer, camera) == tags[:8]


def test_what_other_cameras_of_the_area_tell_of_themselves_is_not_named(
    viewer: Client, camera: Device
) -> None:
    other = Device.objects.create(
        uid="CAM-2", name="Other", area="Hall 2", site=camera.site, via=camera.via
    )
    Camera.objects.create(device=other, source="rtsp://192.0.2.9/")
    add_tags(other, "fps")
    assert trend_tags(viewer, camera) == []


def test_a_camera_in_no_area_has_no_tags_of_others(
    viewer: Client, camera: Device, oven: Device
) -> None:
    Device.objects.filter(pk__in=[camera.pk, oven.pk]).update(area="")
    add_tags(oven, "temperature")
    camera.refresh_from_db()
    assert trend_tags(viewer, camera) == []


def test_a_detection_of_a_camera_that_is_gone_names_no_tags(viewer: Client, camera: Device) -> None:
    add_tags(camera, "fps")
    row = seen(camera)
    Detection.objects.update(camera=None)
    assert viewer.get(f"/api/v1/detections/{row.pk}/").json()["trend_tags"] == []
