"""Profiles become tags, and a newer version of one leaves alone what people changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction

from devices.configuration import compose
from devices.models import Device, DeviceProfile, ModbusConnection, Tag
from devices.profiles import (
    apply_profile,
    import_profile,
    load_shipped_profiles,
    point_of,
    profile_of,
    versions_of,
)
from devices.registry import save_device, save_tags
from edge.profile.library import shipped

pytestmark = pytest.mark.django_db

VOLTAGE = {"name": "voltage", "address": 0, "type": "float32", "unit": "V", "label": "Voltage"}
ENERGY = {"name": "energy", "address": 72, "type": "float32", "unit": "kWh", "kind": "counter"}
STATE = {"name": "state", "address": 9, "type": "uint16", "states": {"0": "off", "1": "on"}}


def file_of(*points: dict[str, Any], version: str = "1.0.0", **changes: Any) -> bytes:
    profile = {
        "schema": "sentinel-profile/1",
        "id": "acme-meter",
        "version": version,
        "vendor": "Acme",
        "model": "Meter",
        "limits": {"max_registers": 60, "even_align": True},
        "points": points or (VOLTAGE, ENERGY, STATE),
    }
    return json.dumps(profile | changes).encode()


@pytest.fixture
def profile(db: None) -> DeviceProfile:
    return import_profile(data=file_of())


@pytest.fixture
def meter(line: ModbusConnection) -> Device:
    gateway = line.gateway
    meter = Device(uid="METER-1", name="Meter", site=gateway.site, via=gateway, modbus=line)
    save_device(device=meter)
    return meter


def tag_of(device: Device, name: str) -> Tag:
    return Tag.objects.select_related("device__profile").get(device=device, name=name)


# ---------------------------------------------------------------- files


def test_every_shipped_profile_is_in_the_database_after_migrate(db: None) -> None:
    stored = {row.reference: profile_of(row) for row in DeviceProfile.objects.filter(shipped=True)}
    assert stored == {f"{profile.id}@{profile.version}": profile for profile in shipped()}


def test_loading_the_shipped_profiles_again_changes_nothing(db: None) -> None:
    before = set(DeviceProfile.objects.values_list("pk", flat=True))
    assert load_shipped_profiles() == 0
    call_command("load_profiles")
    assert set(DeviceProfile.objects.values_list("pk", flat=True)) == before


def test_a_profile_comes_out_of_the_database_as_it_went_in(profile: DeviceProfile) -> None:
    restored = profile_of(DeviceProfile.objects.get(pk=profile.pk))
    assert [point.name for point in restored.points] == ["voltage", "energy", "state"]
    assert restored.points[2].states == {0: "off", 1: "on"}
    assert restored.limits.max_registers == 60


def test_a_profile_says_who_brought_it(django_user_model: type[User]) -> None:
    anna = django_user_model.objects.create(username="anna")
    assert import_profile(data=file_of(), by=anna).created_by == anna


def test_the_same_file_may_come_again(profile: DeviceProfile) -> None:
    assert import_profile(data=file_of()) == profile


def test_another_content_needs_another_version(profile: DeviceProfile) -> None:
    with pytest.raises(ValidationError, match=r"acme-meter@1\.0\.0 is there already"):
        import_profile(data=file_of(VOLTAGE))


def test_all_mistakes_of_a_file_are_said_at_once(db: None) -> None:
    twice = VOLTAGE | {"scale": 0}
    with pytest.raises(ValidationError) as refused:
        import_profile(data=file_of(twice, twice))
    said = "\n".join(refused.value.messages)
    assert "scale: must not be 0" in said
    assert "is used twice" in said


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"{}", b'{"id": "x\\u0000"}', b"[" * 99999])
def test_what_is_no_profile_is_refused(db: None, data: bytes) -> None:
    with pytest.raises(ValidationError):
        import_profile(data=data)


def test_versions_are_ordered_by_their_numbers(profile: DeviceProfile) -> None:
    for version in ("1.10.0", "1.2.0"):
        import_profile(data=file_of(version=version))
    assert [row.version for row in versions_of(profile)] == ["1.10.0", "1.2.0", "1.0.0"]


# ---------------------------------------------------------------- tags


def test_a_profile_makes_the_tags_of_its_points(meter: Device, profile: DeviceProfile) -> None:
    apply_profile(device=meter, profile=profile)
    tags = list(meter.tags.all())
    assert [tag.name for tag in tags] == ["voltage", "energy", "state"]
    assert (tags[0].unit, tags[0].label, tags[0].decimals) == ("V", "Voltage", 2)
    assert [tag.point for tag in tags] == [{}, {}, {}]


def test_the_point_of_a_tag_is_its_profiles_with_what_people_changed(
    meter: Device, profile: DeviceProfile
) -> None:
    apply_profile(device=meter, profile=profile)
    tag = tag_of(meter, "voltage")
    tag.unit, tag.point = "kV", {"scale": 0.001}
    point = point_of(tag)
    assert (point.address, point.type, point.unit, point.scale) == (0, "float32", "kV", 0.001)


def test_the_limits_of_a_profile_reach_the_configuration(
    meter: Device, profile: DeviceProfile
) -> None:
    apply_profile(device=meter, profile=profile)
    (device,) = compose(meter.via).devices  # type: ignore[arg-type]
    assert (device.max_registers, device.even_align) == (60, True)
    assert device.profile == "acme-meter@1.0.0"
    assert device.tags[1].states == {0: "off", 1: "on"}


def test_tags_that_are_there_keep_their_id(meter: Device, profile: DeviceProfile) -> None:
    known = Tag.objects.create(device=meter, name="voltage", point=VOLTAGE)
    apply_profile(device=meter, profile=profile)
    tag = tag_of(meter, "voltage")
    assert tag.pk == known.pk
    assert tag.unit == "V"  # nobody had said otherwise


def test_a_newer_version_changes_only_what_nobody_changed(
    meter: Device, profile: DeviceProfile
) -> None:
    apply_profile(device=meter, profile=profile)
    tag = tag_of(meter, "voltage")
    tag.label, tag.scan_ms, tag.point = "Hall 2", 250, {"offset": 1.5}
    save_tags(device=meter, tags=[tag])
    moved = VOLTAGE | {"address": 40, "label": "Voltage L1-N", "unit": "kV", "scan_ms": 5000}
    newer = import_profile(data=file_of(moved, ENERGY, version="1.1.0"))
    apply_profile(device=meter, profile=newer)
    after = tag_of(meter, "voltage")
    assert after.pk == tag.pk
    assert (after.label, after.scan_ms, after.unit) == ("Hall 2", 250, "kV")
    point = point_of(after)
    assert (point.address, point.offset) == (40, 1.5)


def test_a_point_that_vanished_is_not_read_any_more_but_its_tag_stays(
    meter: Device, profile: DeviceProfile
) -> None:
    apply_profile(device=meter, profile=profile)
    before = tag_of(meter, "state")
    apply_profile(device=meter, profile=import_profile(data=file_of(VOLTAGE, version="2.0.0")))
    after = tag_of(meter, "state")
    assert (after.pk, after.read) == (before.pk, False)
    apply_profile(device=meter, profile=import_profile(data=file_of(version="3.0.0")))
    assert tag_of(meter, "state").read


def test_a_tag_of_the_devices_own_is_left_alone_by_a_newer_version(
    meter: Device, profile: DeviceProfile
) -> None:
    own = Tag(device=meter, name="own", label="Mine", point={"address": 5, "type": "int16"})
    save_tags(device=meter, tags=[own])
    apply_profile(device=meter, profile=profile)
    apply_profile(device=meter, profile=import_profile(data=file_of(VOLTAGE, version="2.0.0")))
    after = tag_of(meter, "own")
    assert (after.read, after.label) == (True, "Mine")


def test_a_tag_that_people_do_not_want_read_stays_so(meter: Device, profile: DeviceProfile) -> None:
    apply_profile(device=meter, profile=profile)
    tag = tag_of(meter, "energy")
    tag.read = False
    save_tags(device=meter, tags=[tag])
    apply_profile(device=meter, profile=import_profile(data=file_of(version="1.0.1")))
    assert not tag_of(meter, "energy").read


def test_a_profile_that_the_changes_of_people_contradict_is_not_applied(
    meter: Device, profile: DeviceProfile
) -> None:
    apply_profile(device=meter, profile=profile)
    tag = tag_of(meter, "voltage")
    tag.high = 250.0
    save_tags(device=meter, tags=[tag])
    limited = VOLTAGE | {"high_high": 240.0}
    newer = import_profile(data=file_of(limited, version="1.1.0"))
    with pytest.raises(ValidationError, match="limits must rise"), transaction.atomic():
        apply_profile(device=meter, profile=newer)
    assert Device.objects.get(pk=meter.pk).profile == profile


@pytest.mark.parametrize("profile", shipped(), ids=lambda profile: profile.id)
def test_every_shipped_profile_can_be_sent_to_a_gateway(meter: Device, profile: Any) -> None:
    row = DeviceProfile.objects.get(slug=profile.id, version=profile.version)
    apply_profile(device=meter, profile=row)
    (device,) = compose(meter.via).devices  # type: ignore[arg-type]
    assert sorted(device.tags, key=lambda point: point.name) == sorted(
        (point for point in profile.points), key=lambda point: point.name
    )
