"""The administration, through the real URLs: how devices hang together, and what keeps them."""

from __future__ import annotations

import json
import re

import pytest
from admin_pages import TOKEN, device_form, edit, text_of
from django.contrib.admin import site as administration
from django.contrib.auth.models import User
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import AsyncRequestFactory, Client

from devices.admin.exchange import import_view
from devices.admin.pages import TOO_LARGE
from devices.enrolment import create_code, enrol
from devices.models import Credential, Device, ModbusConnection, Site, Tag
from devices.registry import issue_token

pytestmark = pytest.mark.django_db

ADD = "/admin/devices/device/add/"


# ---------------------------------------------------------------- deleting


def test_a_gateway_of_others_is_not_deleted_and_the_page_says_why(
    admin: Client, gateway: Device, pump: Device
) -> None:
    url = f"/admin/devices/device/{gateway.pk}/delete/"
    for page in (text_of(admin.get(url)), text_of(admin.post(url, {"post": "yes"}))):
        assert "1 device is reached via GW-1: PUMP-1. Move or delete it first" in page
    assert Device.objects.count() == 2


def test_a_gateway_is_deleted_together_with_what_is_reached_via_it(
    admin: Client, gateway: Device, pump: Device
) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [gateway.pk, pump.pk]}
    assert "reached via" not in text_of(admin.post("/admin/devices/device/", chosen))
    admin.post("/admin/devices/device/", chosen | {"post": "yes"})
    assert not Device.objects.exists()


def test_before_a_device_is_deleted_it_is_said_what_goes_with_it(
    admin: Client, pump: Device
) -> None:
    issue_token(device=pump)
    url = f"/admin/devices/device/{pump.pk}/delete/"
    page = text_of(admin.get(url))
    assert "PUMP-1, with its tags and everything they have read, its tokens" in page
    assert "Disable it instead if you want to keep them." in page
    assert admin.post(url, {"post": "yes"}).status_code == 302
    assert not Device.objects.filter(pk=pump.pk).exists()


# ---------------------------------------------------------------- where a device is read


def test_a_new_device_is_reached_via_the_gateway_of_its_connection(
    admin: Client, meter: Device
) -> None:
    form = device_form(Device(uid="M-2", name="Second", site=meter.site, unit_id=4))
    assert admin.post(ADD, form | {"modbus": meter.modbus_id}).status_code == 302
    assert Device.objects.get(uid="M-2").via == meter.via


def test_a_device_at_a_unit_that_is_taken_is_shown_again_with_the_reason(
    admin: Client, meter: Device
) -> None:
    form = device_form(Device(uid="M-2", name="Second", site=meter.site, unit_id=3))
    page = text_of(admin.post(ADD, form | {"modbus": meter.modbus_id}))
    assert "M-1 is read at unit 3 of this connection already." in page
    assert not Device.objects.filter(uid="M-2").exists()


def test_only_what_can_be_a_gateway_is_offered_as_one(
    admin: Client, gateway: Device, pump: Device, site: Site
) -> None:
    Device.objects.create(uid="NEW-1", name="New", site=site)  # it may become one
    lone = Device.objects.create(uid="LOGGER-1", name="Logger", site=site)
    Tag.objects.create(device=lone, name="level")
    query = {"app_label": "devices", "model_name": "device", "field_name": "via", "term": ""}
    offered = json.loads(text_of(admin.get("/admin/autocomplete/", query)))["results"]
    assert [one["text"] for one in offered] == ["GW-1", "NEW-1"]
    query |= {"model_name": "tag", "field_name": "device"}
    offered = json.loads(text_of(admin.get("/admin/autocomplete/", query)))["results"]
    assert {one["text"] for one in offered} == {"GW-1", "PUMP-1", "NEW-1", "LOGGER-1"}


def test_a_tag_that_the_word_order_wizard_makes_knows_its_device_and_register(
    admin: Client, meter: Device
) -> None:
    found = {"device": meter.pk, "table": "input", "address": 12, "type": "float32"}
    page = text_of(admin.get("/admin/devices/tag/add/", found))
    assert re.search(rf'<option value="{meter.pk}" selected[^>]*>M-1</option>', page)
    assert re.search(r'name="address" value="12"', page)


def test_a_wrong_register_is_told_at_its_field(admin: Client, meter: Device) -> None:
    tag = meter.tags.get(name="v")
    form = {
        "name": "v",
        "decimals": 1,
        "scan": "fast",
        "scan_ms": 1000,
        "silence_ms": 60000,
        "deadband": 0,
        "read": "on",
        "position": 1,
        "table": "coil",
        "type": "float32",
        "further": '{"write": {"lwo": 5}}',
    }
    page = text_of(admin.post(f"/admin/devices/tag/{tag.pk}/change/", form))
    assert "write.lwo: is not a setting; did you mean low?" in page


# ---------------------------------------------------------------- who may speak


def test_what_a_gateway_reads_can_have_a_token_of_its_own(admin: Client, pump: Device) -> None:
    url = f"/admin/devices/device/{pump.pk}/issue-token/"
    assert url in text_of(admin.get(f"/admin/devices/device/{pump.pk}/change/"))
    (token,) = TOKEN.findall(text_of(admin.post(url, {"days": 1})))
    credential = Credential.objects.get(device=pump)
    assert credential.lookup in token
    assert credential.lookup in text_of(admin.get(f"/admin/devices/device/{pump.pk}/change/"))


@pytest.mark.parametrize("needed", [True, False])
def test_an_approval_says_whether_it_let_anybody_in(
    admin: Client, site: Site, *, needed: bool
) -> None:
    by = User.objects.get(username="admin")
    enrolment, code = create_code(site=site, by=by, uid="GW-9", needs_approval=needed)
    enrol(code=code, uid="", agent="edge", remote="192.0.2.9")
    chosen = {"action": "approve", "_selected_action": [enrolment.pk]}
    page = text_of(admin.post("/admin/devices/enrolment/", chosen, follow=True))
    assert ("GW-9 may speak now." in page) == needed
    assert ("GW-9 did not wait for approval, so nothing has changed." in page) != needed
    again = text_of(admin.post("/admin/devices/enrolment/", chosen, follow=True))
    assert "GW-9 did not wait for approval" in again


def test_a_device_keeps_its_gateway_when_its_connection_is_kept(
    admin: Client, meter: Device
) -> None:
    page = text_of(edit(admin, meter, modbus=meter.modbus_id, via=""))
    assert "so it is reached via that" in page
    assert ModbusConnection.objects.get().devices.get().via == meter.via


def test_a_form_that_was_too_large_is_shown_again_with_its_limit(admin: Client) -> None:
    request = AsyncRequestFactory().get("/admin/devices/device/import/")
    request.scope[TOO_LARGE] = True
    request.user, request.session = User.objects.get(username="admin"), admin.session
    request._messages = FallbackStorage(request)
    page = import_view(administration._registry[Device], request).render().content.decode()
    assert "What you sent is too large" in page
    assert "At most 960 KiB" in page
