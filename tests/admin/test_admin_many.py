"""The administration, through the real URLs: many devices at once, clones, profiles, files."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from admin_pages import member, text_of
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from devices.models import Device, DeviceProfile, ModbusConnection, Role, Site, Tag
from devices.registry import save_connection

pytestmark = pytest.mark.django_db
LIST = "/admin/devices/device/"


def act(client: Client, action: str, *devices: Device, **fields: object) -> HttpResponse:
    """Choose an action for these devices, and fill in what its page asks for."""
    form = {"action": action, "_selected_action": [device.pk for device in devices]}
    return client.post(LIST, form | fields | ({"go": 1} if fields else {}))  # type: ignore[return-value]


def send(client: Client, name: str, content: str | bytes) -> HttpResponse:
    data = content.encode() if isinstance(content, str) else content
    return client.post(f"{LIST}import/", {"file": SimpleUploadedFile(name, data)})  # type: ignore[return-value]


def test_a_clone_has_the_same_tags_under_another_uid_and_unit_id(
    admin: Client, meter: Device
) -> None:
    url = f"{LIST}{meter.pk}/clone/"
    assert 'value="4"' in text_of(admin.get(url))  # the next unit id is proposed
    assert "errorlist" in text_of(admin.post(url, {"uid": "M-1", "name": "x", "unit_id": 4}))
    answer = admin.post(url, {"uid": "M-2", "name": "Twin", "unit_id": 4})
    twin = Device.objects.get(uid="M-2")
    assert answer.headers["Location"].endswith(f"/{twin.pk}/change/")
    assert (twin.modbus, twin.profile, twin.unit_id) == (meter.modbus, meter.profile, 4)
    assert twin.tags.count() == meter.tags.count()


def test_a_profile_is_assigned_after_a_look_at_what_it_does(
    admin: Client, pump: Device, profile: DeviceProfile
) -> None:
    url = f"{LIST}{pump.pk}/profile/"
    page = text_of(admin.get(url, {"profile": profile.pk}))
    assert len(re.findall(r"<ins>is added</ins>", page)) == 2
    assert pump.tags.count() == 1
    assert admin.post(url, {"profile": profile.pk, "go": 1}).status_code == 302
    assert pump.tags.count() == 3


def test_many_devices_get_a_profile_a_place_and_another_connection(
    admin: Client, meter: Device, pump: Device, profile: DeviceProfile
) -> None:
    assert "Assign" in text_of(act(admin, "assign_profile", pump))
    assert act(admin, "assign_profile", pump, profile=profile.pk).status_code == 302
    assert pump.tags.count() == 3
    other = Device.objects.create(uid="GW-2", name="Second", site=pump.site)
    line = ModbusConnection(gateway=other, name="line9", host="192.0.2.9")
    save_connection(connection=line)
    assert act(admin, "move", meter, connection=line.pk).status_code == 302
    assert act(admin, "set_place", meter, pump, area="Hall 7", line="").status_code == 302
    meter.refresh_from_db()
    assert (meter.via, meter.modbus, meter.unit_id, meter.area) == (other, line, 3, "Hall 7")


def test_many_devices_are_changed_all_or_none(admin: Client, meter: Device, pump: Device) -> None:
    act(admin, "rotate_tokens", meter, pump)
    page = text_of(admin.get(LIST))
    assert "Nothing was changed. M-1:" in page


def test_an_engineer_moves_devices_only_to_connections_of_the_own_site(meter: Device) -> None:
    west = Site.objects.create(slug="west", name="West works")
    foreign = Device.objects.create(uid="GW-W", name="x", site=west)
    line = ModbusConnection(gateway=foreign, name="line1", host="192.0.2.9")
    save_connection(connection=line)
    client = member(meter.site, Role.ENGINEER)
    assert "errorlist" in text_of(act(client, "move", meter, connection=line.pk))
    meter.refresh_from_db()
    assert meter.via != foreign


# ---------------------------------------------------------------- files


def test_the_list_is_exported_as_search_and_filters_narrow_it(
    admin: Client, meter: Device, pump: Device
) -> None:
    answer = admin.get(f"{LIST}export/devices.csv?q=M-1")
    assert answer["Content-Disposition"] == 'attachment; filename="devices.csv"'
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["uid", "M-1"]
    answer = act(admin, "export_tags_csv", pump)
    assert b"PUMP-1,flow" in answer.content
    assert b"M-1" not in answer.content


def test_a_file_changes_devices_after_a_look_at_the_difference(
    admin: Client, meter: Device
) -> None:
    page = text_of(send(admin, "d.csv", "uid,name,site\nM-1,Renamed,east\nM-2,New,east\n"))
    assert "<del>Meter</del></td><td><ins>Renamed</ins>" in page
    meter.refresh_from_db()
    assert meter.name == "Meter"
    (rows,) = re.findall(r'name="rows" value="([^"]+)"', page)
    answer = admin.post(f"{LIST}import/", {"rows": rows}, follow=True)
    assert "1 added, 1 changed" in text_of(answer)
    meter.refresh_from_db()
    assert meter.name == "Renamed"
    assert Device.objects.filter(uid="M-2").exists()


def test_a_file_with_a_mistake_changes_nothing_and_says_the_line_and_the_reason(
    admin: Client, meter: Device
) -> None:
    page = text_of(send(admin, "d.csv", "uid,name,unit_id\nM-1,Other,x\n"))
    assert "“x” is not a number" in page
    assert '<td class="number">2</td>' in page
    assert 'name="rows"' not in page


def test_rows_that_were_tampered_with_are_refused(admin: Client, meter: Device) -> None:
    page = text_of(send(admin, "d.csv", "uid,name\nM-1,Other\n"))
    (rows,) = re.findall(r'name="rows" value="([^"]+)"', page)
    admin.post(f"{LIST}import/", {"rows": rows[:-1] + ("A" if rows[-1] != "A" else "B")})
    meter.refresh_from_db()
    assert meter.name == "Meter"


def test_a_difference_that_is_not_what_was_shown_any_more_is_shown_again(
    admin: Client, meter: Device
) -> None:
    page = text_of(send(admin, "d.csv", "uid,name\nM-1,Other\n"))
    (rows,) = re.findall(r'name="rows" value="([^"]+)"', page)
    Device.objects.filter(pk=meter.pk).update(name="Meanwhile")
    page = text_of(admin.post(f"{LIST}import/", {"rows": rows}))
    assert "The registry has changed since" in page
    meter.refresh_from_db()
    assert meter.name == "Meanwhile"


def test_an_xlsx_export_comes_back_as_no_difference(admin: Client, meter: Device) -> None:
    data = BytesIO(admin.get(f"{LIST}export/sentinel.xlsx").content).read()
    assert "No difference" in text_of(send(admin, "all.xlsx", data))


def test_an_engineer_imports_only_into_the_own_site(meter: Device) -> None:
    west = Site.objects.create(slug="west", name="West works")
    client = member(west, Role.ENGINEER)
    page = text_of(send(client, "d.csv", "uid,name\nM-1,Mine\n"))
    assert "This UID is taken" in page
    page = text_of(send(client, "t.csv", "device,name\nM-1,flow\n"))
    assert "you have no device" in page
    assert not Tag.objects.filter(name="flow").exists()
    assert member(meter.site, Role.OPERATOR).get(f"{LIST}import/").status_code == 302
