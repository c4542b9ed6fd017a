from __future__ import annotations

import pytest
from django.utils import timezone

from devices.models import Device, DeviceProfile, Latest, Site, Tag
from devices.selectors import tag_rows
from project.templatetags.plant import reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def drive() -> Device:
    points = [
        {"name": "running", "states": {"0": "Stopped", "1": "Running"}},
        {"name": "fault", "bits": {"0": "Overheated", "4": "Door open"}},
    ]
    profile = DeviceProfile.objects.create(
        slug="drive", version="1", vendor="V", model="M", document={"points": points}
    )
    site = Site.objects.create(slug="plant", name="Plant")
    return Device.objects.create(uid="DRIVE", name="Drive", site=site, profile=profile)


def add(drive: Device, name: str, value: float, **point: object) -> None:
    tag = Tag.objects.create(device=drive, name=name, decimals=0, point=point)
    now = timezone.now()
    Latest.objects.create(tag=tag, source_time=now, received_time=now, value=value, quality=192)


def shown(drive: Device) -> dict[str, str]:
    return {row["name"]: reading(row) for row in tag_rows(device_id=drive.pk)}


def test_a_state_of_the_profile_is_shown_in_its_words(drive: Device) -> None:
    add(drive, "running", 1)
    assert shown(drive) == {"running": "Running"}


def test_the_words_of_a_tag_win_over_those_of_the_profile(drive: Device) -> None:
    add(drive, "running", 1, states={"1": "Turning"})
    assert shown(drive) == {"running": "Turning"}


def test_a_value_without_a_word_is_shown_as_its_number(drive: Device) -> None:
    add(drive, "running", 7)
    assert shown(drive) == {"running": "7"}


def test_the_bits_that_are_set_are_shown_in_words(drive: Device) -> None:
    add(drive, "fault", 0b10001)
    assert shown(drive) == {"fault": "Overheated, Door open"}


def test_a_plain_tag_has_no_words(drive: Device) -> None:
    add(drive, "level", 3)
    row = tag_rows(device_id=drive.pk)[0]
    assert (row["states"], row["bits"], reading(row)) == (None, None, "3")
