"""Tokens, codes, roles, sites and profiles over the API."""

from __future__ import annotations

import json

import pytest
from api_client import PROFILE, Api, person, problem
from django.contrib.auth.models import User

from devices.enrolment import enrol
from devices.models import Credential, Device, DeviceProfile, Membership, Role, Site

pytestmark = pytest.mark.django_db


def test_a_token_is_shown_once_works_and_is_over_when_it_is_revoked(
    engineer: Api, gateway: Device
) -> None:
    issued = engineer.make("credentials/", device="GW-1")

    shown = engineer.ask(f"credentials/{issued['lookup']}/").content.decode()
    assert issued["token"] not in shown
    assert Credential.objects.get().created_by == engineer.user
    engineer.post(f"credentials/{issued['lookup']}/revoke/")
    assert engineer.get("credentials/", revoked=True)["count"] == 1


def test_a_token_can_be_narrowed_and_does_not_begin_in_the_past(
    engineer: Api, gateway: Device
) -> None:
    issued = engineer.make("credentials/", device="GW-1", scopes=["telemetry"])
    assert issued["scopes"] == ["telemetry"]

    past = engineer.post("credentials/", device="GW-1", expires_at="2020-01-01T00:00:00Z")
    assert problem(past) == (400, "invalid", {"expires_at"})


def test_a_gateway_without_a_used_token_has_none_to_renew(engineer: Api, gateway: Device) -> None:
    assert problem(engineer.post("devices/GW-1/rotate/"))[:2] == (400, "invalid")


def test_a_gateway_comes_in_by_a_code_and_speaks_when_it_is_approved(
    engineer: Api, site: Site
) -> None:
    made = engineer.make("enrolments/", site="east", uid="GW-9")
    enrol(code=made["code"], uid="", agent="sentinel-edge", remote="192.0.2.9")
    assert not engineer.get("devices/GW-9/")["enabled"]

    approved = engineer.post(f"enrolments/{made['id']}/approve/")

    assert approved.json()["approved_by"] == "erin"  # type: ignore[attr-defined]
    assert engineer.get("devices/GW-9/")["enabled"]
    assert made["code"] not in engineer.ask(f"enrolments/{made['id']}/").content.decode()


def test_a_gateway_that_needs_no_approval_stays_as_it_is_when_it_is_approved(
    engineer: Api, site: Site
) -> None:
    made = engineer.make("enrolments/", site="east", uid="GW-9", needs_approval=False)
    enrol(code=made["code"], uid="", agent="sentinel-edge", remote="192.0.2.9")
    engineer.patch("devices/GW-9/", enabled=False)

    approved = engineer.post(f"enrolments/{made['id']}/approve/")

    assert approved.json()["approved_by"] is None  # type: ignore[attr-defined]
    assert not engineer.get("devices/GW-9/")["enabled"]


def test_a_code_that_nobody_used_cannot_be_approved(engineer: Api, site: Site) -> None:
    made = engineer.make("enrolments/", site="east")

    assert problem(engineer.post(f"enrolments/{made['id']}/approve/"))[:2] == (400, "invalid")


def test_an_administrator_gives_changes_and_takes_roles_at_the_own_site_only(
    admin: Api, site: Site, west: Site
) -> None:
    nora = person("nora")
    assert nora.get("sites/")["count"] == 0

    role = admin.make("memberships/", user="nora", site="east", role="viewer")
    assert nora.get("me/")["roles"] == {"east": "viewer"}
    admin.patch(f"memberships/{role['id']}/", role="engineer")
    assert nora.get("me/")["roles"] == {"east": "engineer"}
    elsewhere = admin.post("memberships/", user="nora", site="west", role="viewer")
    assert problem(elsewhere) == (400, "invalid", {"site"})
    assert admin.delete(f"memberships/{role['id']}/").status_code == 204
    assert nora.get("me/")["roles"] == {}


def test_a_role_stays_with_its_user_and_there_is_one_at_each_site(admin: Api, site: Site) -> None:
    nora, otto = person("nora").user, person("otto").user
    role = admin.make("memberships/", user="nora", site="east", role="viewer")

    moved = admin.patch(f"memberships/{role['id']}/", user=otto.username)
    assert problem(moved) == (400, "invalid", {"user"})
    second = admin.post("memberships/", user=nora.username, site="east", role="admin")
    assert second.status_code == 400
    assert Membership.objects.get(user=nora).role == Role.VIEWER


def test_a_site_is_renamed_by_its_administrators_and_made_by_superusers(
    admin: Api, engineer: Api, site: Site
) -> None:
    assert problem(engineer.patch("sites/east/", name="x"))[:2] == (403, "not_allowed")
    assert admin.patch("sites/east/", name="East plant").status_code == 200
    assert problem(admin.patch("sites/east/", time_zone="Mars/Base")) == (
        400,
        "invalid",
        {"time_zone"},
    )
    assert problem(admin.post("sites/", slug="north", name="North"))[:2] == (403, "not_allowed")
    root = Api(User.objects.create_superuser("root"))
    assert root.make("sites/", slug="north", name="North")["role"] == "admin"


def test_a_profile_is_uploaded_once_and_its_mistakes_are_told_in_words(
    engineer: Api, profile: DeviceProfile
) -> None:
    file = json.loads(PROFILE)
    same = engineer.post("profiles/", **file)
    assert same.json()["id"] == profile.pk  # type: ignore[attr-defined]
    newer = engineer.make("profiles/", **{**file, "version": "1.1.0"})
    assert engineer.get(f"profiles/{newer['id']}/")["document"]["version"] == "1.1.0"
    assert engineer.get("profiles/", slug="meter")["count"] == 2

    wrong = engineer.post("profiles/", **{**file, "points": [{"name": "a", "type": "float99"}]})

    assert problem(wrong)[:2] == (400, "invalid")
    assert "float99" in wrong.content.decode()
