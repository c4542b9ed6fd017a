"""The administration, through the real URLs: tokens, and who may do what."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from admin_pages import TOKEN, member, text_of
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from devices.models import (
    Credential,
    Device,
    Role,
    Site,
)
from devices.registry import issue_token
from devices.tokens import Refused, authenticate

pytestmark = pytest.mark.django_db


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


def test_a_form_that_is_sent_again_issues_nothing_and_says_so(
    admin: Client, gateway: Device
) -> None:
    url = f"/admin/devices/device/{gateway.pk}/issue-token/"
    first = {"days": 30, "after": _after(text_of(admin.get(url)))}
    assert TOKEN.search(text_of(admin.post(url, first)))
    again = text_of(admin.post(url, first))
    assert "this form was sent already" in again
    assert not TOKEN.search(again)
    assert Credential.objects.count() == 1
    assert TOKEN.search(text_of(admin.post(url, {"days": 30, "after": _after(again)})))
    assert Credential.objects.count() == 2


def _after(page: str) -> str:
    (newest,) = re.findall(r'name="after" value="([0-9]+)"', page)
    return str(newest)


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
    url = f"/admin/devices/device/{gateway.pk}/issue-token/"
    other = Site.objects.create(slug="west", name="West works")
    assert member(gateway.site, Role.OPERATOR).post(url, {"days": 1}).status_code == 302  # sign in
    assert member(other, Role.ENGINEER).post(url, {"days": 1}).status_code == 404
    assert not Credential.objects.exists()


def test_who_may_not_revoke_tokens_cannot(gateway: Device) -> None:
    credential = issue_token(device=gateway).credential
    client = member(Site.objects.create(slug="west", name="West works"), Role.ENGINEER)
    url = f"/admin/devices/credential/{credential.pk}/revoke/"
    assert client.post(url).status_code == 404
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
