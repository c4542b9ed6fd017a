"""The administration, through the real URLs: devices, and every page of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from admin_pages import connect, device_form, edit, text_of
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from devices.cameras import save_camera
from devices.enrolment import create_code
from devices.models import (
    AuditEntry,
    Camera,
    Connection,
    Credential,
    Device,
    DeviceProfile,
    Enrolment,
    Gap,
    GatewayConfiguration,
    GatewayEvent,
    Latest,
    Membership,
    Quarantined,
    Role,
    Site,
    Tag,
    TopicEvent,
)
from devices.people import save_membership
from devices.registry import revoke_credential, save_device
from edge.wire.cameras import CAMERA_TAGS

pytestmark = pytest.mark.django_db


# ---------------------------------------------------------------- devices


def test_the_list_shows_the_state_that_the_live_pages_show(
    admin: Client, gateway: Device, pump: Device
) -> None:
    page = text_of(admin.get("/admin/devices/device/"))
    assert page.count('data-status="new"') == 2
    connect(gateway)
    page = text_of(admin.get("/admin/devices/device/"))
    assert re.search(r'data-status="online"><i class="d"[^>]*></i> online</span>', page)


def test_the_list_says_when_the_newest_reading_of_a_device_behind_a_gateway_was_received(
    admin: Client, gateway: Device, pump: Device
) -> None:
    connect(gateway)
    at = timezone.now()
    for name, received in {"pressure": at, "level": at - timedelta(days=1)}.items():
        tag = Tag.objects.create(device=pump, name=name)
        Latest.objects.create(tag=tag, source_time=at, received_time=received, value=1, quality=192)
    page = text_of(admin.get("/admin/devices/device/?q=PUMP-1"))
    seen = re.search(r'<td class="field-seen[^"]*">([^<]*)</td>', page)
    assert seen is not None
    assert date_format(timezone.localtime(at), "DATETIME_FORMAT") == seen.group(1)


def test_a_camera_has_no_register_and_no_unit_id(
    admin: Client, gateway: Device, pump: Device
) -> None:
    eye = Device.objects.create(uid="CAM-1", name="Eye", site=gateway.site, via=gateway)
    save_camera(camera=Camera(device=eye, source="rtsp://192.0.2.9/1", model_names=["fire_smoke"]))
    page = text_of(admin.get(f"/admin/devices/device/{eye.pk}/change/"))
    tags = text_of(admin.get("/admin/devices/tag/?q=CAM-1"))
    for shown in (page, tags):
        assert shown.count("told by the camera") == len(CAMERA_TAGS)
        assert "not described" not in shown
        assert "described wrongly" not in shown
    assert 'name="unit_id"' not in page
    assert 'name="unit_id"' in text_of(admin.get(f"/admin/devices/device/{pump.pk}/change/"))
    assert edit(admin, eye, via=gateway.pk, name="Hall camera").status_code == 302
    assert Device.objects.get(uid="CAM-1").name == "Hall camera"


def test_the_list_takes_the_same_number_of_queries_for_one_device_as_for_many(
    admin: Client, gateway: Device, django_assert_max_num_queries: object
) -> None:
    assert callable(django_assert_max_num_queries)
    for i in range(60):
        Device.objects.create(uid=f"D-{i}", name="x", site=gateway.site, via=gateway)
    with django_assert_max_num_queries(20):
        text_of(admin.get("/admin/devices/device/"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=pump", ["PUMP-1"]),
        ("q=flow", ["PUMP-1"]),
        ("q=Hall", ["GW-1"]),
        ("area=Hall 1", ["GW-1"]),
        ("enabled__exact=0", []),
        ("status=online", ["GW-1"]),
        ("status=new", ["PUMP-1"]),
        ("gateway=none", ["GW-1"]),
        ("profile=none", ["GW-1", "PUMP-1"]),
        ("profile=other", []),
    ],
)
@pytest.mark.usefixtures("pump")
def test_devices_are_found_by_what_is_known_of_them(
    admin: Client, gateway: Device, query: str, found: list[str]
) -> None:
    connect(gateway)
    page = text_of(admin.get(f"/admin/devices/device/?{query}"))
    assert re.findall(r'change/[^"]*">((?:GW|PUMP)-1)</a></th>', page) == found


def test_disabling_devices_tells_the_pages_and_is_logged(admin: Client, gateway: Device) -> None:
    for action, status, enabled in (("disable", "disabled", False), ("enable", "new", True)):
        answer = admin.post(
            "/admin/devices/device/", {"action": action, "_selected_action": [gateway.pk]}
        )
        assert answer.status_code == 302
        gateway.refresh_from_db()
        assert gateway.enabled == enabled
        assert TopicEvent.objects.latest("pk").payload["status"] == status
    assert LogEntry.objects.filter(object_id=str(gateway.pk)).count() == 2


def test_a_device_is_entered_with_its_tags(admin: Client, site: Site) -> None:
    form = device_form(Device(uid="PLC-9", name="Press", site=site)) | {
        "tags-TOTAL_FORMS": 1,
        "tags-0-name": "force",
        "tags-0-unit": "kN",
        "tags-0-decimals": 1,
        "tags-0-scan_ms": 1000,
        "tags-0-silence_ms": 60000,
        "tags-0-position": 1,
        "tags-0-scan": "fast",
        "tags-0-deadband": 0,
    }
    assert admin.post("/admin/devices/device/add/", form).status_code == 302
    assert Tag.objects.get().device.uid == "PLC-9"
    assert TopicEvent.objects.latest("pk").payload["uid"] == "PLC-9"


def test_an_edited_device_is_announced(admin: Client, gateway: Device) -> None:
    assert edit(admin, gateway, name="Renamed").status_code == 302
    assert TopicEvent.objects.latest("pk").payload["name"] == "Renamed"


def test_a_device_that_would_lead_in_a_circle_is_explained_on_its_page(
    admin: Client, gateway: Device, pump: Device
) -> None:
    page = text_of(edit(admin, gateway, via=pump.pk))
    assert "A gateway connects by itself" in page
    gateway.refresh_from_db()
    assert gateway.via is None


def test_deleted_devices_leave_the_pages(admin: Client, gateway: Device, pump: Device) -> None:
    edit(admin, gateway)
    edit(admin, pump, via=gateway.pk)
    admin.post(f"/admin/devices/device/{pump.pk}/delete/", {"post": "yes"})
    admin.post(
        "/admin/devices/device/",
        {"action": "delete_selected", "_selected_action": [gateway.pk], "post": "yes"},
    )
    assert not Device.objects.exists()
    gone = [e.payload["id"] for e in TopicEvent.objects.order_by("pk") if e.payload.get("gone")]
    assert gone == [pump.pk, gateway.pk]


# ---------------------------------------------------------------- every page


@pytest.fixture
def everything(gateway: Device, pump: Device, meter: Device) -> None:
    """One row of each kind, with text that would like to be a script."""
    now = timezone.now()
    evil = "<script>alert(1)</script>"
    Tag.objects.update(label=evil, unit="<b>")
    create_code(site=gateway.site, by=None)
    user = User.objects.create_user("viewer", password="x", first_name=evil)
    save_membership(membership=Membership(user=user, site=gateway.site, role=Role.VIEWER))
    save_device(device=meter)
    connect(gateway)
    Connection.objects.update(agent=evil, reason="x")
    Device.objects.filter(pk=pump.pk).update(name=evil)
    revoke_credential(credential=Credential.objects.get())
    Quarantined.objects.create(device=gateway, i=0, code="x", raw=evil, received_at=now)
    GatewayEvent.objects.create(gateway=gateway, kind="a.b", detail=evil, at=now, received_at=now)
    Gap.objects.create(
        device=gateway,
        epoch="e",
        stream="live",
        seq_from=1,
        seq_to=2,
        first_at=now,
        last_at=now,
        readings=3,
        reason="quota",
        received_at=now,
    )


MODELS = [
    *(AuditEntry, Connection, Credential, Device, DeviceProfile, Enrolment, Gap),
    *(GatewayConfiguration, GatewayEvent, Membership, Quarantined, Site, Tag, User),
]
OWN_PAGES: dict[type[Model], list[str]] = {
    Device: ["{pk}/issue-token/", "{pk}/rotate/", "{pk}/clone/", "{pk}/profile/", "import/"],
    DeviceProfile: ["upload/", "{pk}/upgrade/"],
    Enrolment: ["new/"],
    Credential: ["{pk}/revoke/"],
}


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_page_works_without_a_script_or_style_of_its_own(
    admin: Client, model: type[Model], language: str
) -> None:
    admin.cookies["django_language"] = language
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    rows = list(model._default_manager.all())
    assert rows
    pages = [base, f"{base}?q=x", *(f"{base}{row.pk}/change/" for row in rows)]
    pages += [f"{base}{page.format(pk=rows[0].pk)}" for page in OWN_PAGES.get(model, [])]
    for page in pages:
        answer = admin.get(page)
        html = text_of(answer)
        assert "<script>alert" not in html
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", html)
        assert not re.search(r"<style|\son\w+=\"|\sstyle=\"|javascript:", html)
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize(
    "model", [Connection, Gap, GatewayEvent, Quarantined, Credential], ids=lambda m: m.__name__
)
def test_what_happened_can_neither_be_entered_changed_nor_deleted(
    admin: Client, model: type[Device]
) -> None:
    base = f"/admin/devices/{model.__name__.lower()}/"
    row = model.objects.get()
    assert admin.get(f"{base}add/").status_code == 403
    assert admin.post(f"{base}{row.pk}/change/", {}).status_code == 403
    assert admin.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.usefixtures("everything")
def test_the_administration_speaks_chinese(admin: Client, gateway: Device) -> None:
    admin.cookies["django_language"] = "zh-hans"
    page = text_of(admin.get("/admin/devices/device/"))
    assert "启用所选设备" in page
    page = text_of(admin.get(f"/admin/devices/device/{gateway.pk}/issue-token/"))
    assert "签发令牌" in page
