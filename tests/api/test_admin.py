"""The administration, through the real URLs: what it shows and what it does."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from devices.connections import Opening, open_connection
from devices.models import (
    Connection,
    Credential,
    Device,
    Gap,
    GatewayEvent,
    Quarantined,
    Site,
    Tag,
    TopicEvent,
)
from devices.registry import issue_token, revoke_credential
from devices.tokens import Refused, authenticate

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r"snt_[a-z2-7]{12}_[A-Za-z0-9_-]{43}_[a-z2-7]{6}")


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin", password="x"))
    return client


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(slug="east", name="East works")


@pytest.fixture
def gateway(site: Site) -> Device:
    return Device.objects.create(uid="GW-1", name="Gateway", site=site, area="Hall 1")


@pytest.fixture
def pump(site: Site, gateway: Device) -> Device:
    pump = Device.objects.create(uid="PUMP-1", name="Pump", site=site, via=gateway)
    Tag.objects.create(device=pump, name="flow")
    return pump


def staff(*permissions: str) -> Client:
    """Log somebody in who may do only this."""
    user = User.objects.create_user("staff", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def connect(device: Device) -> None:
    pk = issue_token(device=device).credential.pk
    open_connection(Opening(uuid4(), pk, device.pk, "192.0.2.9", "sentinel-edge", 3))


def text_of(answer: HttpResponse) -> str:
    assert answer.status_code == 200, answer
    return answer.content.decode()


def device_form(device: Device, **changes: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "uid": device.uid,
        "name": device.name,
        "site": device.site_id,
        "area": device.area,
        "enabled": "on",
    }
    for prefix in ("tags", "credentials", "state"):
        fields |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return fields | changes


def edit(admin: Client, device: Device, **changes: object) -> HttpResponse:
    url = f"/admin/devices/device/{device.pk}/change/"
    answer: HttpResponse = admin.post(url, device_form(device, **changes))
    return answer


# ---------------------------------------------------------------- devices


def test_the_list_shows_the_state_that_the_live_pages_show(
    admin: Client, gateway: Device, pump: Device
) -> None:
    page = text_of(admin.get("/admin/devices/device/"))
    assert page.count('data-status="new"') == 2
    connect(gateway)
    page = text_of(admin.get("/admin/devices/device/"))
    assert re.search(r'data-status="online"><i class="d"[^>]*></i> online</span>', page)


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
        ("state__connected__exact=1", ["GW-1"]),
        ("via__isempty=0", ["PUMP-1"]),
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


# ---------------------------------------------------------------- tokens


def test_a_token_is_shown_once_and_works(admin: Client, gateway: Device) -> None:
    url = f"/admin/devices/device/{gateway.pk}/issue-token/"
    assert url in text_of(admin.get(f"/admin/devices/device/{gateway.pk}/change/"))
    assert not TOKEN.search(text_of(admin.get(url)))
    assert not Credential.objects.exists()
    answer = admin.post(url, {"days": 30})
    assert "no-store" in answer["Cache-Control"]
    (token,) = TOKEN.findall(text_of(answer))
    authority = authenticate(f"Bearer {token}")
    assert authority.device_uid == "GW-1"
    credential = Credential.objects.get()
    assert credential.created_by == User.objects.get(username="admin")
    assert credential.expires_at is not None
    assert abs(credential.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=5)
    for page in (
        f"/admin/devices/device/{gateway.pk}/change/",
        f"/admin/devices/credential/{credential.pk}/change/",
        "/admin/devices/credential/",
        f"/admin/devices/device/{gateway.pk}/history/",
    ):
        shown = text_of(admin.get(page))
        assert credential.lookup in shown
        assert token not in shown


def test_a_token_without_a_term_is_valid_until_it_is_revoked(
    admin: Client, gateway: Device
) -> None:
    admin.post(f"/admin/devices/device/{gateway.pk}/issue-token/", {"days": ""})
    assert Credential.objects.get().expires_at is None


@pytest.mark.parametrize("days", ["0", "-1", "x", "99999", "1.5"])
def test_a_term_that_cannot_be_issues_nothing(admin: Client, gateway: Device, days: str) -> None:
    page = text_of(admin.post(f"/admin/devices/device/{gateway.pk}/issue-token/", {"days": days}))
    assert "errorlist" in page
    assert not Credential.objects.exists()


def test_revoking_a_token_is_asked_for_and_done(admin: Client, gateway: Device) -> None:
    issued = issue_token(device=gateway)
    url = f"/admin/devices/credential/{issued.credential.pk}/revoke/"
    assert url in text_of(admin.get(f"/admin/devices/credential/{issued.credential.pk}/change/"))
    text_of(admin.get(url))
    assert authenticate(f"Bearer {issued.token}").device_uid == "GW-1"
    assert admin.post(url).status_code == 302
    with pytest.raises(Refused, match="revoked"):
        authenticate(f"Bearer {issued.token}")


def test_several_tokens_are_revoked_at_once(admin: Client, gateway: Device) -> None:
    pks = [issue_token(device=gateway).credential.pk for _ in range(3)]
    admin.post("/admin/devices/credential/", {"action": "revoke", "_selected_action": pks[:2]})
    assert Credential.objects.filter(revoked_at=None).values_list("pk", flat=True).get() == pks[2]


# ---------------------------------------------------------------- who may


def test_who_may_not_issue_tokens_gets_none(gateway: Device) -> None:
    client = staff("view_device", "change_device", "view_credential")
    page = text_of(client.get(f"/admin/devices/device/{gateway.pk}/change/"))
    assert "issue-token" not in page
    url = f"/admin/devices/device/{gateway.pk}/issue-token/"
    assert client.get(url).status_code == 403
    assert client.post(url, {"days": 1}).status_code == 403
    assert not Credential.objects.exists()


def test_who_may_not_revoke_tokens_cannot(gateway: Device) -> None:
    credential = issue_token(device=gateway).credential
    client = staff("view_credential")
    url = f"/admin/devices/credential/{credential.pk}/revoke/"
    assert client.post(url).status_code == 403
    data = {"action": "revoke", "_selected_action": [credential.pk]}
    client.post("/admin/devices/credential/", data)
    credential.refresh_from_db()
    assert credential.revoked_at is None


def test_strangers_are_sent_to_the_login(gateway: Device) -> None:
    for url in ("", f"devices/device/{gateway.pk}/issue-token/", "devices/credential/1/revoke/"):
        assert Client().post(f"/admin/{url}").status_code == 302
    assert not Credential.objects.exists()


def test_a_page_of_another_site_cannot_issue_a_token(gateway: Device) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root", password="x"))
    url = f"/admin/devices/device/{gateway.pk}/issue-token/"
    assert client.post(url, {"days": 1}).status_code == 403
    assert not Credential.objects.exists()


@pytest.mark.parametrize("pk", [0, 99999999])
def test_what_does_not_exist_is_not_found(admin: Client, pk: int) -> None:
    assert admin.get(f"/admin/devices/device/{pk}/issue-token/").status_code == 404
    assert admin.get(f"/admin/devices/credential/{pk}/revoke/").status_code == 404


# ---------------------------------------------------------------- every page


@pytest.fixture
def everything(gateway: Device, pump: Device) -> None:
    """One row of each kind, with text that would like to be a script."""
    now = timezone.now()
    evil = "<script>alert(1)</script>"
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


MODELS = [Connection, Credential, Device, Gap, GatewayEvent, Quarantined, Site]


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_page_works_without_a_script_or_style_of_its_own(
    admin: Client, model: type[Device], language: str
) -> None:
    admin.cookies["django_language"] = language
    base = f"/admin/devices/{model.__name__.lower()}/"
    pages = [base, f"{base}?q=x", *(f"{base}{row.pk}/change/" for row in model.objects.all())]
    if model is Device:
        pages += [f"{base}{row.pk}/issue-token/" for row in model.objects.all()]
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
