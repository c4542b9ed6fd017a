"""Devices, tags and connections over the API: what a program does on its first afternoon."""

from __future__ import annotations

import pytest
from api_client import Api, problem

from devices.models import AuditEntry, Device, DeviceProfile, ModbusConnection, Site, Tag

pytestmark = pytest.mark.django_db


def test_a_device_with_profile_and_connection_gives_its_gateway_a_new_configuration(
    engineer: Api, gateway: Device, profile: DeviceProfile
) -> None:
    line = engineer.make("connections/", gateway="GW-1", name="line1", host="192.0.2.7")
    before = engineer.get("configurations/", gateway="GW-1")["count"]

    made = engineer.make(
        "devices/",
        uid="M-1",
        name="Meter",
        site="east",
        via="GW-1",
        modbus=line["id"],
        profile="meter@1.0.0",
        unit_id=7,
    )

    assert [tag["name"] for tag in made["tags"]] == ["volts"]
    versions = engineer.get("configurations/", gateway="GW-1")
    assert versions["count"] == before + 1
    document = engineer.get(f"configurations/{versions['results'][0]['id']}/")["document"]
    assert [device["uid"] for device in document["device"]] == ["M-1"]
    assert [device["unit"] for device in document["device"]] == [7]


def test_a_profile_and_a_connection_can_be_assigned_later(
    engineer: Api, line: ModbusConnection, profile: DeviceProfile
) -> None:
    engineer.make("devices/", uid="M-1", name="Meter", site="east", via="GW-1")

    answer = engineer.patch("devices/M-1/", modbus=line.pk, profile="meter@1.0.0")

    assert answer.status_code == 200
    assert [tag["name"] for tag in engineer.get("devices/M-1/")["tags"]] == ["volts"]
    newest = line.gateway.configurations.latest("version")
    assert "1 device" in newest.summary


def test_a_tag_is_added_changed_and_deleted_and_the_gateway_follows(
    engineer: Api, meter: Device
) -> None:
    gateway = meter.via
    assert gateway is not None

    def version() -> int:
        return gateway.configurations.latest("version").version

    first = version()
    tag = engineer.make(
        "tags/", device="M-1", name="amps", unit="A", point={"address": 6, "type": "float32"}
    )
    assert version() == first + 1
    assert engineer.patch(f"tags/{tag['id']}/", scan_ms=5000).status_code == 200
    assert version() == first + 2
    assert engineer.delete(f"tags/{tag['id']}/").status_code == 204
    assert version() == first + 3
    assert not Tag.objects.filter(name="amps").exists()


def test_a_register_that_makes_no_sense_is_refused_in_words_and_nothing_is_stored(
    engineer: Api, meter: Device
) -> None:
    answer = engineer.post("tags/", device="M-1", name="amps", point={"address": 6, "type": "x"})

    assert problem(answer)[:2] == (400, "invalid")
    assert not Tag.objects.filter(name="amps").exists()


def test_a_clone_has_the_same_tags_under_another_uid(engineer: Api, meter: Device) -> None:
    twin = engineer.make("devices/M-1/clone/", uid="M-2", name="Twin", unit_id=4)

    assert (twin["uid"], twin["unit_id"], twin["profile"]) == ("M-2", 4, "meter@1.0.0")
    assert [tag["name"] for tag in twin["tags"]] == ["volts"]


def test_a_device_is_deleted_and_a_used_connection_is_not(
    engineer: Api, meter: Device, line: ModbusConnection
) -> None:
    assert problem(engineer.delete(f"connections/{line.pk}/"))[:2] == (409, "conflict")
    assert engineer.delete("devices/M-1/").status_code == 204
    assert engineer.delete(f"connections/{line.pk}/").status_code == 204
    assert not ModbusConnection.objects.exists()


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(
    engineer: Api, admin: Api, meter: Device
) -> None:
    version = engineer.ask("devices/M-1/").headers["ETag"]
    assert admin.patch("devices/M-1/", name="Renamed").status_code == 200

    refused = engineer.patch("devices/M-1/", version, name="Lost")

    assert problem(refused)[:2] == (412, "changed_meanwhile")
    now = engineer.ask("devices/M-1/").headers["ETag"]
    assert engineer.patch("devices/M-1/", now, area="Hall 1").json()["name"] == "Renamed"  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", ["ask", "patch", "delete"])
def test_what_is_not_ones_own_does_not_exist_and_what_one_may_only_see_is_refused(
    viewer: Api, stranger: Api, meter: Device, method: str
) -> None:
    assert problem(getattr(stranger, method)("devices/M-1/"))[:2] == (404, "not_found")
    answer = getattr(viewer, method)("devices/M-1/")
    if method == "ask":
        assert answer.status_code == 200
    else:
        assert problem(answer)[:2] == (403, "not_allowed")


def test_a_device_does_not_move_to_a_site_that_is_not_ones_own(
    engineer: Api, meter: Device, west: Site
) -> None:
    assert problem(engineer.patch("devices/M-1/", site="west")) == (400, "invalid", {"site"})
    assert problem(engineer.patch("devices/M-1/", site="nowhere")) == (400, "invalid", {"site"})


def test_a_taken_uid_is_refused_at_its_field(engineer: Api, meter: Device) -> None:
    answer = engineer.post("devices/", uid="M-1", name="Second", site="east")

    assert problem(answer) == (400, "invalid", {"uid"})


def test_lists_are_narrowed_searched_ordered_and_come_in_pages(
    engineer: Api, meter: Device, gateway: Device
) -> None:
    def uids(**query: object) -> list[str]:
        return [row["uid"] for row in engineer.get("devices/", **query)["results"]]

    assert uids() == ["GW-1", "M-1"]
    assert uids(ordering="-uid") == ["M-1", "GW-1"]
    assert uids(via="GW-1") == uids(profile="meter") == uids(search="volts") == ["M-1"]
    assert uids(status="offline") == []
    assert uids(page=2, page_size=1) == ["M-1"]
    assert problem(engineer.ask("devices/", page=9))[0] == 404


def test_a_change_is_on_record_with_who_made_it(
    engineer: Api, admin: Api, meter: Device, stranger: Api
) -> None:
    engineer.patch("devices/M-1/", name="Renamed")

    entry = admin.get("audit/", kind="device", action="change")["results"][0]
    assert (entry["actor"], entry["before"], entry["after"]) == (
        "erin",
        {"name": "Meter"},
        {"name": "Renamed"},
    )
    assert stranger.get("audit/")["results"] == []
    assert AuditEntry.objects.filter(actor="erin").exists()
