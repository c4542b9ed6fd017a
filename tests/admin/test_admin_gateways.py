"""The administration, through the real URLs: what gateways read, and how new ones come in."""

from __future__ import annotations

import re

import pytest
from admin_pages import device_form, edit, member, text_of
from django.test import Client

from devices.configuration import note_configured
from devices.enrolment import enrol
from devices.models import (
    AuditEntry,
    Credential,
    Device,
    DeviceProfile,
    Enrolment,
    GatewayConfiguration,
    ModbusConnection,
    Role,
    Tag,
)
from devices.registry import issue_token, save_tags

pytestmark = pytest.mark.django_db


def connection_form(name: str, **changes: object) -> dict[str, object]:
    fields = {
        "name": name,
        "kind": "tcp",
        "host": "192.0.2.7",
        "port": 502,
        "baud": 9600,
        "parity": "N",
        "data_bits": 8,
        "stop_bits": 1,
        "timeout_s": 1,
        "retries": 1,
    } | changes
    return {f"modbus_connections-0-{key}": value for key, value in fields.items()}


def test_a_connection_is_entered_on_the_page_of_its_gateway(admin: Client, gateway: Device) -> None:
    form = device_form(gateway) | connection_form("line1") | {"modbus_connections-TOTAL_FORMS": 1}
    url = f"/admin/devices/device/{gateway.pk}/change/"
    assert admin.post(url, form).status_code == 302
    assert ModbusConnection.objects.get().name == "line1"
    assert GatewayConfiguration.objects.get().summary.startswith("1 connections")


def test_what_no_gateway_could_read_is_explained_and_what_was_entered_stays(
    admin: Client, gateway: Device
) -> None:
    form = device_form(gateway, name="Renamed") | connection_form("line1", host="")
    url = f"/admin/devices/device/{gateway.pk}/change/"
    page = text_of(admin.post(url, form | {"modbus_connections-TOTAL_FORMS": 1}))
    assert "host: is missing" in page
    assert 'value="Renamed"' in page
    gateway.refresh_from_db()
    assert gateway.name == "Gateway"
    assert not ModbusConnection.objects.exists()


def test_a_save_makes_one_new_configuration(admin: Client, meter: Device) -> None:
    before = GatewayConfiguration.objects.count()
    tag = meter.tags.get(name="v")
    form = device_form(meter, name="Other", via=meter.via_id, modbus=meter.modbus_id)
    form |= {"profile": meter.profile_id, "tags-TOTAL_FORMS": 1, "tags-INITIAL_FORMS": 1}
    fields = {"id": tag.pk, "name": "v", "deadband": 0.5, "scan": "slow", "scan_ms": 5000}
    fields |= {"silence_ms": 60000, "decimals": 1, "position": 0, "read": "on"}
    form |= {f"tags-0-{key}": value for key, value in fields.items()}
    assert admin.post(f"/admin/devices/device/{meter.pk}/change/", form).status_code == 302
    assert GatewayConfiguration.objects.count() == before + 1
    tag.refresh_from_db()
    assert (tag.deadband, tag.scan, tag.scan_ms) == (0.5, "slow", 5000)


def test_a_configuration_is_shown_in_words_with_the_difference_to_the_one_before(
    admin: Client, meter: Device, gateway: Device
) -> None:
    tag = meter.tags.get(name="v")
    tag.point = {"scale": 0.1}
    save_tags(device=meter, tags=[tag])
    newest = gateway.configurations.first()
    assert newest is not None
    page = text_of(admin.get(f"/admin/devices/gatewayconfiguration/{newest.pk}/change/"))
    assert "input 0 · float32 · ×0.1" in page
    assert re.search(r"<ins>M-1 / v</ins></td><td>.*scale: <del>–</del> <ins>0.1</ins>", page)
    assert "M-1 / a" not in page


def test_the_page_of_a_gateway_says_why_it_refused_its_configuration(
    admin: Client, meter: Device, gateway: Device
) -> None:
    newest = gateway.configurations.first()
    assert newest is not None
    url = f"/admin/devices/device/{gateway.pk}/change/"
    assert f"version {newest.version} waits" in text_of(admin.get(url))
    note_configured(gateway_id=gateway.pk, version=newest.version, mistakes=["it rains"])
    page = text_of(admin.get(url))
    assert f"version {newest.version} refused" in page
    assert "it rains" in page


def test_a_register_is_edited_in_fields_and_only_what_differs_is_kept(
    admin: Client, meter: Device
) -> None:
    tag = meter.tags.get(name="v")
    url = f"/admin/devices/tag/{tag.pk}/change/"
    assert 'placeholder="0"' in text_of(admin.get(url))  # the address, as the profile has it
    form: dict[str, object] = {"name": "v", "unit": "V", "decimals": 2, "scan": "fast"}
    form |= {"scan_ms": 1000, "silence_ms": 30000, "deadband": 0, "read": "on", "position": 0}
    entered = {"order": "CDAB", "sentinels": "0x8000, -1", "range": "0 .. 600"}
    entered |= {"type": "int32", "states": "0 = off\n1 = on"}
    assert admin.post(url, form | entered).status_code == 302
    tag.refresh_from_db()
    assert tag.point == {
        "order": "CDAB",
        "type": "int32",
        "sentinels": [0x8000, -1],
        "range": [0.0, 600.0],
        "states": {"0": "off", "1": "on"},
    }
    page = text_of(admin.post(url, form | {"type": "int16", "length": 3}))
    assert "length" in page
    assert "errorlist" in page
    tag.refresh_from_db()
    assert tag.point["order"] == "CDAB"


# ---------------------------------------------------------------- enrolment and tokens


def test_a_code_is_shown_once_with_the_command_and_its_gateway_is_approved(
    admin: Client, gateway: Device
) -> None:
    form = {"site": gateway.site_id, "uid": "GW-9", "hours": 2, "needs_approval": "on"}
    page = text_of(admin.post("/admin/devices/enrolment/new/", form))
    (code,) = re.findall(
        r"python -m edge enrol --url http://testserver --code (sne_\S+) --state", page
    )
    enrolment = Enrolment.objects.get()
    url = f"/admin/devices/enrolment/{enrolment.pk}/change/"
    assert code not in text_of(admin.get(url))
    enrol(code=code, uid="", agent="edge", remote="192.0.2.9")
    assert not Device.objects.get(uid="GW-9").enabled
    assert "Approve" in text_of(admin.get(url))
    assert admin.post(f"/admin/devices/enrolment/{enrolment.pk}/approve/").status_code == 302
    assert Device.objects.get(uid="GW-9").enabled


def test_the_form_for_a_code_that_is_sent_again_makes_none_and_says_so(
    admin: Client, gateway: Device
) -> None:
    form = {"site": gateway.site_id, "hours": 2, "after": 0}
    assert "sne_" in text_of(admin.post("/admin/devices/enrolment/new/", form))
    again = text_of(admin.post("/admin/devices/enrolment/new/", form))
    assert "this form was sent already" in again
    assert "sne_" not in again
    assert Enrolment.objects.count() == 1
    (after,) = re.findall(r'name="after" value="([0-9]+)"', again)
    page = text_of(admin.post("/admin/devices/enrolment/new/", form | {"after": after}))
    assert "sne_" in page


def test_an_engineer_makes_codes_for_the_own_site_only(gateway: Device) -> None:
    other = Device.objects.create(
        uid="X", name="x", site=type(gateway.site).objects.create(slug="west", name="West")
    )
    client = member(gateway.site, Role.ENGINEER)
    page = text_of(
        client.post("/admin/devices/enrolment/new/", {"site": other.site_id, "hours": 1})
    )
    assert "errorlist" in page
    assert not Enrolment.objects.exists()


def test_a_token_that_was_never_used_cannot_be_rotated_and_that_is_said(
    admin: Client, gateway: Device
) -> None:
    issue_token(device=gateway)
    answer = admin.post(f"/admin/devices/device/{gateway.pk}/rotate/", follow=True)
    assert "has not shown a token yet" in text_of(answer)
    assert Credential.objects.count() == 1


# ---------------------------------------------------------------- profiles and the trail


def test_every_mistake_of_a_profile_file_is_told(admin: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("p.json", b'{"id": "X!", "points": [{"name": "a"}]}')
    page = text_of(admin.post("/admin/devices/deviceprofile/upload/", {"file": file}))
    assert page.count("<li>") > 2
    assert "point a" in page
    assert not DeviceProfile.objects.filter(shipped=False).exists()


def test_devices_are_brought_to_a_new_version_of_their_profile_after_a_look(
    admin: Client, meter: Device, profile: DeviceProfile
) -> None:
    document = profile.document | {"version": "1.1.0"}
    document["points"] = [*document["points"], {"name": "w", "address": 12, "type": "int16"}]
    newer = DeviceProfile.objects.create(
        slug="meter", version="1.1.0", vendor="V", model="M", document=document
    )
    url = f"/admin/devices/deviceprofile/{newer.pk}/upgrade/"
    page = text_of(admin.get(url))
    assert re.search(r"w: <ins>is added</ins>", page)
    assert not Tag.objects.filter(name="w").exists()
    assert admin.post(url, {"device": meter.pk}).status_code == 302
    meter.refresh_from_db()
    assert meter.profile == newer
    assert meter.tags.filter(name="w").exists()
    page = text_of(admin.get(f"/admin/devices/deviceprofile/{newer.pk}/change/"))
    assert "input 6 · float32" in page
    assert "M-1" in page


def test_the_trail_names_who_changed_what_and_only_administrators_of_the_site_read_it(
    admin: Client, gateway: Device
) -> None:
    edit(admin, gateway, name="Renamed")
    entry = AuditEntry.objects.filter(kind="device", action="change").latest("pk")
    page = text_of(admin.get(f"/admin/devices/auditentry/{entry.pk}/change/"))
    assert "<del>Gateway</del></td><td><ins>Renamed</ins>" in page
    assert "admin" in text_of(admin.get("/admin/devices/auditentry/"))
    assert member(gateway.site, Role.ADMIN).get("/admin/devices/auditentry/").status_code == 200
    assert member(gateway.site, Role.ENGINEER).get("/admin/devices/auditentry/").status_code == 403
