"""New gateways come in with a code that works once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import AsyncClient
from django.utils import timezone

from devices.enrolment import Enrolled, EnrolmentRefused, approve, create_code, enrol
from devices.models import AuditEntry, Credential, Device, Enrolment, Site
from devices.tokens import Refused, authenticate
from realtime.guard import MAX_ENROLMENTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(django_user_model: type[User]) -> User:
    return django_user_model.objects.create(username="anna")


def use(code: str, uid: str = "GW-NEW") -> Enrolled:
    return enrol(code=code, uid=uid, agent="sentinel-edge 1", remote="192.0.2.7")


def why_refused(code: str, uid: str = "GW-NEW") -> str:
    with pytest.raises(EnrolmentRefused) as refused:
        use(code, uid)
    return refused.value.code


def test_a_code_gives_one_gateway_its_token(site: Site, anna: User) -> None:
    enrolment, code = create_code(site=site, by=anna, needs_approval=False)
    enrolled = use(code)
    assert enrolled.approved
    authority = authenticate(f"Bearer {enrolled.token}")
    assert (authority.device_uid, authority.site_id) == ("GW-NEW", site.pk)
    enrolment.refresh_from_db()
    assert (enrolment.remote, enrolment.agent) == ("192.0.2.7", "sentinel-edge 1")
    assert enrolment.device == Device.objects.get(uid="GW-NEW")


def test_a_gateway_that_needs_approval_waits_disabled_until_somebody_approves(
    site: Site, anna: User
) -> None:
    enrolment, code = create_code(site=site, by=anna)
    enrolled = use(code)
    assert not enrolled.approved
    with pytest.raises(Refused) as refused:
        authenticate(f"Bearer {enrolled.token}")
    assert refused.value.code == "disabled"
    approve(enrolment=enrolment, by=anna)
    assert authenticate(f"Bearer {enrolled.token}").device_uid == "GW-NEW"
    first = enrolment.approved_at
    approve(enrolment=enrolment, by=anna)
    assert enrolment.approved_at == first


def test_a_code_that_nobody_used_cannot_be_approved(site: Site, anna: User) -> None:
    enrolment, _ = create_code(site=site, by=anna)
    with pytest.raises(ValidationError, match="No gateway has come in"):
        approve(enrolment=enrolment, by=anna)


def test_a_code_works_once(site: Site, anna: User) -> None:
    _, code = create_code(site=site, by=anna)
    use(code)
    assert why_refused(code, "GW-SECOND") == "used"
    assert Credential.objects.count() == 1


def test_a_code_ends_after_its_hours(site: Site, anna: User) -> None:
    enrolment, code = create_code(site=site, by=anna, hours=2)
    left = enrolment.expires_at - timezone.now()
    assert timedelta(hours=1, minutes=59) < left <= timedelta(hours=2)
    Enrolment.objects.update(expires_at=timezone.now())
    assert why_refused(code) == "expired"


def test_a_refused_use_does_not_use_the_code_up(site: Site, anna: User) -> None:
    Device.objects.create(uid="GW-TAKEN", name="Taken", site=site)
    _, code = create_code(site=site, by=anna)
    assert why_refused(code, "GW-TAKEN") == "uid_taken"
    assert why_refused(code, "") == "no_uid"
    assert use(code).uid == "GW-NEW"


def test_a_code_for_one_uid_serves_no_other(site: Site, anna: User) -> None:
    _, code = create_code(site=site, by=anna, uid="GW-7")
    assert why_refused(code, "GW-8") == "wrong_uid"
    assert use(code, "").uid == "GW-7"


def test_a_code_for_a_gateway_that_is_there_gives_its_new_hardware_a_token(
    site: Site, device: Device, anna: User
) -> None:
    enrolment, code = create_code(site=site, by=anna, uid=device.uid)
    assert not enrolment.needs_approval  # whoever named it has approved it
    enrolled = use(code, device.uid)
    assert enrolled.approved
    assert authenticate(f"Bearer {enrolled.token}").device_id == device.pk


def test_no_code_is_made_for_what_is_no_gateway_of_the_site(
    site: Site, device: Device, anna: User
) -> None:
    other = Site.objects.create(slug="west", name="West works")
    Device.objects.create(uid="PUMP", name="Pump", site=site, via=device)
    for where, uid in ((other, device.uid), (site, "PUMP"), (site, "no uid!")):
        with pytest.raises(ValidationError):
            create_code(site=where, by=anna, uid=uid)


def test_a_wrong_code_is_not_told_from_an_unknown_one(site: Site, anna: User) -> None:
    _, code = create_code(site=site, by=anna)
    _, other = create_code(site=site, by=anna)
    lookup, secret = code.split("_")[1], other.split("_", 2)[2]
    wrong = [f"sne_{lookup}_{secret}", code[:-1], code.replace("sne", "snt"), "", "\x00", "é" * 69]
    assert {why_refused(each) for each in wrong} == {"bad_code"}


def test_only_a_digest_of_a_code_is_stored(site: Site, anna: User) -> None:
    enrolment, code = create_code(site=site, by=anna)
    secret = code.split("_", 2)[2].rsplit("_", 1)[0]
    assert len(secret) * 6 >= 128  # bits
    row = Enrolment.objects.values_list().get(pk=enrolment.pk)
    assert secret not in str(row)
    assert secret.encode() not in bytes(enrolment.digest)


def test_an_enrolled_token_ends(site: Site, anna: User, settings: Any) -> None:
    settings.TOKEN_LIFE_DAYS = 30
    _, code = create_code(site=site, by=anna)
    use(code)
    ends = Credential.objects.get().expires_at
    assert ends is not None
    assert timedelta(days=29) < ends - timezone.now() <= timedelta(days=30)


def test_who_made_used_and_approved_a_code_is_written_down(site: Site, anna: User) -> None:
    enrolment, code = create_code(site=site, by=anna)
    use(code)
    approve(enrolment=enrolment, by=anna)
    written = set(AuditEntry.objects.values_list("actor", "action", "kind"))
    assert {
        ("system", "create", "enrolment"),
        ("device GW-NEW", "create", "device"),
        ("device GW-NEW", "create", "credential"),
        ("system", "approve", "enrolment"),
    } <= written
    assert code.split("_", 2)[2] not in str(list(AuditEntry.objects.values_list()))


@pytest.mark.django_db(transaction=True)
def test_of_fifty_uses_at_once_exactly_one_gets_a_token(site: Site, anna: User) -> None:
    _, code = create_code(site=site, by=anna)

    def attempt(number: int) -> str:
        try:
            return use(code, f"GW-{number}").token
        except EnrolmentRefused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(attempt, range(50)))
    assert sorted(answers, key=len)[:49] == ["used"] * 49
    assert sum(answer.startswith("snt_") for answer in answers) == 1
    assert Credential.objects.count() == 1
    assert Device.objects.filter(uid__startswith="GW-").count() == 1


# ---------------------------------------------------------------- over HTTP


async def post(body: object, **more: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return await AsyncClient().post(
        "/api/v1/enrol", text, **{"content_type": "application/json"} | more
    )


@pytest.mark.django_db(transaction=True)
async def test_a_code_is_changed_for_a_token_over_http(site: Site, anna: User) -> None:
    code = await _code(site, anna)
    answer = await post({"code": code, "uid": "GW-NEW", "agent": "sentinel-edge 1"})
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert (body["uid"], body["approved"]) == ("GW-NEW", False)
    assert body["token"].startswith("snt_")
    again = await post({"code": code, "uid": "GW-NEW"})
    assert (again.status_code, again.json()["code"]) == (409, "used")


async def _code(site: Site, anna: User) -> str:
    from realtime.database import in_database

    return (await in_database(lambda: create_code(site=site, by=anna)))[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"code": "sne_x"}, 403, "bad_code"),
        ({}, 400, "bad_body"),
        ({"code": "x", "pass": 1}, 400, "bad_body"),
        ({"code": 5}, 400, "bad_body"),
        ({"code": "x", "uid": "\x00"}, 400, "bad_body"),
        ({"code": "x", "agent": "a\nb"}, 400, "bad_body"),
        (b"\xff", 400, "bad_body"),
        ("[" * 4000, 400, "bad_body"),
        (" " * 5000, 413, "too_large"),
    ],
)
async def test_what_is_no_code_is_refused_over_http(body: object, status: int, code: str) -> None:
    answer = await post(body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.django_db(transaction=True)
async def test_an_address_may_try_five_times_a_minute(db: None) -> None:
    answers = [await post({"code": "sne_x"}) for _ in range(MAX_ENROLMENTS + 1)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]
    assert answers[-1].json()["code"] == "too_many"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


@pytest.mark.django_db(transaction=True)
async def test_only_a_json_post_is_looked_at(db: None) -> None:
    assert (await AsyncClient().get("/api/v1/enrol")).status_code == 405
    assert (await post("x", content_type="text/plain")).status_code == 415
