"""Cameras in the registry: their tags, what their gateway hears, and what nobody is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from devices.camera_words import CAMERA_LABELS, CAMERA_STATES, own_words
from devices.cameras import delete_camera, save_camera
from devices.models import AuditEntry, Camera, Device, ModbusConnection
from devices.registry import save_connection, set_enabled
from devices.sources import split_password, with_password, without_passwords
from edge.wire.cameras import CAMERA_TAGS
from edge.wire.configuration import Document, unpack

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
SOURCE = "rtsp://viewer:s3cret@192.0.2.9:554/live?channel=1"
SHOWN = "rtsp://viewer@192.0.2.9:554/live?channel=1"


def watch(device: Device, **changes: Any) -> Camera:
    fields: dict[str, Any] = {"source": SOURCE, "model_names": ["fire-smoke"]}
    camera = Camera(device=device, **fields | changes)
    save_camera(camera=camera)
    return camera


def document_of(gateway: Device) -> Document:
    return unpack(gateway.configurations.latest("version").packed, gateway.uid)


def test_a_new_camera_has_its_tags_and_its_gateway_a_configuration(
    device: Device, camera: Device
) -> None:
    zone = {"name": "door", "points": [[0, 0], [1, 0], [1, 1]]}
    watch(camera, rules=[{"label": "fire", "threshold": 0.6}], zones=[zone])

    heard = document_of(device).cameras
    assert [tag.name for tag in camera.tags.all()] == [tag.name for tag in CAMERA_TAGS]
    assert camera.tags.get(name="state").point["states"]["4"] == "no picture"
    assert all(tag.label for tag in camera.tags.all())
    assert [each.uid for each in heard] == ["CAM-1"]
    assert (heard[0].source, heard[0].name, heard[0].area) == (SOURCE, "Furnace camera", "Hall 2")
    assert heard[0].rules[0].threshold == 0.6
    assert heard[0].zones[0].points == [(0, 0), (1, 0), (1, 1)]
    assert device.configurations.latest("version").summary.endswith("1 cameras")


def test_the_password_is_kept_apart_and_in_no_audit_entry(camera: Device) -> None:
    row = watch(camera)

    assert (row.source, row.password) == (SHOWN, "s3cret")
    assert not [
        entry for entry in AuditEntry.objects.all() if "s3cret" in f"{entry.before} {entry.after}"
    ]


@pytest.mark.parametrize(
    ("source", "password"),
    [
        (SHOWN, "s3cret"),
        ("rtsp://viewer@192.0.2.9:554/other", "s3cret"),
        ("rtsp://viewer@192.0.2.10:554/live", ""),
        ("http://viewer@192.0.2.9:554/live", ""),
        ("rtsp://admin@192.0.2.9:554/live", ""),
        ("rtsp://192.0.2.9:554/live", ""),
        ("rtsp://viewer:new@192.0.2.9:554/live", "new"),
    ],
)
def test_a_known_password_is_sent_nowhere_else(camera: Device, source: str, password: str) -> None:
    row = watch(camera)
    row.source = source

    save_camera(camera=row)

    assert Camera.objects.get().password == password


def test_a_configuration_is_shown_without_passwords(device: Device, camera: Device) -> None:
    watch(camera)

    shown = without_passwords(document_of(device)).cameras[0].source

    assert shown == SOURCE.replace("s3cret", "***")


@given(st.text("ab:@/?#%.", max_size=12), st.sampled_from(["rtsp://u@h/", "rtsp://u@h", "usb:0"]))
def test_a_source_is_put_together_as_it_was(password: str, plain: str) -> None:
    source = with_password(plain, password.replace("/", "").replace("?", "").replace("#", ""))

    assert with_password(*split_password(source)) == source


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"source": "gopher://192.0.2.9/"}, "source"),
        ({"model_names": []}, "models"),
        ({"model_names": ["../x"]}, "models"),
        ({"rules": [{"label": "fire", "hits": 9, "of": 2}]}, "hits"),
        ({"rules": [{"label": "fire", "colour": "red"}]}, "rule"),
        ({"zones": [{"name": "door", "points": [[0, 0], [1, 1]]}]}, "zone"),
        ({"zones": [{"name": "\ud800", "points": [[0, 0], [1, 1], [0, 1]]}]}, "characters"),
        ({"looks_per_s": 1000}, "30"),
    ],
)
def test_a_camera_that_no_gateway_could_use_is_refused_in_words(
    camera: Device, changes: dict[str, Any], word: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        watch(camera, **changes)

    assert word in str(refused.value)
    assert not Camera.objects.exists()


def test_a_device_that_connects_by_itself_is_no_camera(device: Device) -> None:
    with pytest.raises(ValidationError, match="via a gateway"):
        watch(device)


def test_a_device_that_is_read_over_modbus_is_no_camera(device: Device, camera: Device) -> None:
    line = ModbusConnection(gateway=device, name="line1", host="192.0.2.7")
    save_connection(connection=line)
    camera.modbus = line

    with pytest.raises(ValidationError, match="Modbus"):
        watch(camera)


def test_a_camera_that_is_switched_off_or_deleted_is_not_watched(
    device: Device, camera: Device
) -> None:
    row = watch(camera)
    row.enabled = False
    save_camera(camera=row)
    assert document_of(device).cameras == []

    row.enabled = True
    save_camera(camera=row)
    delete_camera(camera=row)
    assert document_of(device).cameras == []
    assert camera.tags.exists()


def test_a_camera_whose_device_is_disabled_is_not_watched(device: Device, camera: Device) -> None:
    watch(camera)

    set_enabled(device=camera, enabled=False)

    assert document_of(device).cameras == []


def test_the_words_of_camera_tags_are_shown_in_the_language_of_the_page(
    camera: Device, client: Client
) -> None:
    watch(camera)
    client.force_login(User.objects.create_superuser("erin"))
    page = client.get(f"/devices/{camera.uid}/", headers={"Accept-Language": "zh-hans"})

    assert "亮度" in page.content.decode()
    with override("zh-hans"):
        assert own_words("Brightness") == "亮度"
        assert own_words("Brightness of my hall") == "Brightness of my hall"


def test_scripts_know_all_words_of_camera_tags() -> None:
    script = (ROOT / "static" / "js" / "words.js").read_text()

    for words in (*CAMERA_LABELS.values(), *CAMERA_STATES.values()):
        assert f'gettext("{words}")' in script
