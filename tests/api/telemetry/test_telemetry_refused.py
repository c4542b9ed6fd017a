"""The HTTP door, through the real application: who may, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from django.db import connection
from django.test import AsyncClient
from django.utils import timezone
from pytest_django.fixtures import Settings
from telemetry_door import GOOD, URL, Door, quarantined, said, stored

from devices.models import Credential, Device, Site, Tag
from devices.registry import revoke_credential, set_enabled
from edge.wire import MAX_FRAME_BYTES
from realtime import http, posting
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("shown", ["", "nonsense", "snt_aaaaaaaaaaaa_" + "b" * 43 + "_cccccc"])
async def test_without_a_valid_token_nothing_is_stored(door: Door, shown: str) -> None:
    answer = await door.post(GOOD, shown)
    assert (answer.status_code, said(answer)["code"]) == (401, "unauthorized")
    assert answer["WWW-Authenticate"].startswith('Bearer realm="sentinel"')
    assert ("invalid_token" in answer["WWW-Authenticate"]) == bool(shown)
    assert await stored() == []


async def test_a_token_that_lost_its_authority_says_why(door: Door, sim: Device) -> None:
    codes = []
    changes = (
        lambda: set_enabled(device=sim, enabled=False),
        lambda: Credential.objects.update(expires_at=timezone.now()),
        lambda: revoke_credential(credential=Credential.objects.get()),
    )
    for change in changes:
        await in_database(change)
        answer = await door.post(GOOD)
        assert answer.status_code == 401
        codes.append(said(answer)["code"])
    assert codes == ["disabled", "expired", "revoked"]
    assert await stored() == []


@pytest.fixture
def strangers(sim: Device) -> None:
    """Devices that are not the token's: at its site, at another one, disabled."""
    west = Site.objects.create(slug="west", name="West works")
    for uid, site, via, enabled in (
        ("NEIGHBOUR", sim.site, None, True),
        ("FAR", west, None, True),
        ("RESTING", sim.site, sim, False),
    ):
        device = Device.objects.create(uid=uid, name=uid, site=site, via=via, enabled=enabled)
        Tag.objects.create(device=device, name="rpm")


@pytest.mark.usefixtures("strangers")
@pytest.mark.parametrize(
    ("uid", "status", "code"),
    [
        ("GHOST", 404, "unknown_device"),
        ("FAR", 404, "unknown_device"),  # another site is none of its business
        ("NEIGHBOUR", 403, "not_yours"),
        ("RESTING", 403, "disabled"),
        ("sim001", 404, "unknown_device"),
    ],
)
async def test_a_token_speaks_for_its_device_and_those_behind_it_only(
    door: Door, uid: str, status: int, code: str
) -> None:
    answer = await door.post({"uid": uid, "data": {"rpm": 1}})
    assert (answer.status_code, said(answer)["code"]) == (status, code)
    assert await stored() == []
    assert await quarantined() == []


async def test_guessing_tokens_is_answered_with_429(door: Door) -> None:
    client = AsyncClient()
    answers = [
        await client.post(
            URL, "{}", content_type="application/json", headers={"authorization": f"Bearer {i}"}
        )
        for i in range(12)
    ]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert said(answers[-1])["code"] == "too_many_failures"
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


async def test_a_token_that_posts_too_often_is_told_when_to_come_back(
    door: Door, sim: Device
) -> None:
    await in_database(Device.objects.filter(pk=sim.pk).update, frames_per_s=0.01)
    answers = [await door.post(GOOD) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert said(answers[1])["code"] == "rate"
    assert 90 <= int(answers[2]["Retry-After"]) <= 100
    assert len(await stored()) == 2


# ---------------------------------------------------------------- what is refused


BIG = json.dumps({"uid": "SIM001", "data": {"state": "x" * MAX_FRAME_BYTES}})
MANY = json.dumps({"uid": "SIM001", "data": {f"t{i}": i for i in range(1001)}})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b"\x00", 400, "bad_json"),
        ('{"uid": "SIM001", "data": {"rpm": NaN}}', 400, "bad_json"),
        ('{"uid": "SIM001", "data": {"rpm": Infinity}}', 400, "bad_json"),
        ('{"uid": "SIM001", "data": {"state": "\\ud800"}}', 400, "bad_json"),
        ('{"uid": "SIM001", "data": {"rpm": ' + "[" * 100_000, 400, "bad_json"),
        ("[" * 100_000, 400, "bad_body"),
        ("null", 400, "bad_body"),
        ('"text"', 400, "bad_body"),
        ("{}", 400, "bad_body"),
        ('{"uid": "SIM001"}', 400, "bad_body"),
        ('{"uid": "SIM001", "data": [1]}', 400, "bad_body"),
        ('{"uid": "SIM001\\u0000", "data": {"rpm": 1}}', 400, "bad_body"),
        ('{"uid": "\' or 1=1 --", "data": {"rpm": 1}}', 400, "bad_body"),
        ('{"uid": "SIM001", "data": {"rpm": 1}, "extra": 1}', 400, "bad_body"),
        ('{"uid": "SIM001", "data": {}}', 400, "empty"),
        ("[]", 400, "empty"),
        (MANY, 413, "too_many_readings"),
        (BIG, 413, "too_large"),
        ('{"uid": "SIM001", "data": {"rpm": 1e999}}', 422, "nothing_stored"),
        ('{"uid": "SIM001", "data": {"rpm": ' + "9" * 5000 + "}}", 422, "nothing_stored"),
        ('{"uid": "SIM001", "data": {"rpm": {"v": 1}}}', 422, "nothing_stored"),
        (
            '{"uid": "SIM001", "data": {"rpm": ' + "[" * 400 + "]" * 400 + "}}",
            422,
            "nothing_stored",
        ),
        ('{"uid": "SIM001", "data": {"state": "\\u0000"}}', 422, "nothing_stored"),
        ('{"uid": "SIM001", "data": {"unheard": 1}}', 422, "nothing_stored"),
        ('{"uid": "SIM001", "data": {"\\u0000": 1}}', 422, "nothing_stored"),
        ('{"uid": "SIM001", "data": {"rpm": 1}, "ts": "yesterday"}', 422, "nothing_stored"),
        ('{"uid": "SIM001", "data": {"rpm": 1}, "ts": 1e12}', 422, "nothing_stored"),
        ('{"uid": "SIM001", "data": {"rpm": 1}, "ts": -1}', 422, "nothing_stored"),
        ('{"uid": "SIM001", "data": {"rpm": 1}, "ts": 1e999}', 422, "nothing_stored"),
        ('{"uid": "SIM001", "data": {"rpm": 1}, "ts": "infinity"}', 422, "nothing_stored"),
    ],
)
async def test_a_bad_body_gets_its_answer_and_nothing_is_stored(
    door: Door, body: str | bytes, status: int, code: str
) -> None:
    answer = await door.post(body)
    shown = said(answer)
    assert (answer.status_code, shown["code"]) == (status, code)
    assert shown["message"]
    assert await stored() == []
    assert bool(await quarantined()) == (status == 422)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
async def test_reports_are_sent_with_post_only(door: Door, method: str) -> None:
    answer = await getattr(AsyncClient(), method)(URL)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"content_type": "text/plain"}, 415, "bad_media_type"),
        ({"content_type": "application/x-www-form-urlencoded"}, 415, "bad_media_type"),
        ({"content_type": "multipart/form-data; boundary=x"}, 415, "bad_media_type"),
        ({"content_type": "application/json; charset=utf-16"}, 415, "bad_media_type"),
        ({"content_type": ""}, 415, "bad_media_type"),
        ({"content-encoding": "gzip"}, 415, "bad_encoding"),
        ({"idempotency-key": "x" * 129}, 400, "bad_key"),
        ({"idempotency-key": "a b"}, 400, "bad_key"),
        ({"idempotency-key": "é"}, 400, "bad_key"),
    ],
)
async def test_headers_that_promise_something_else_are_refused(
    door: Door, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await door.post(GOOD, **headers)
    assert (answer.status_code, said(answer)["code"]) == (status, code)
    assert await stored() == []


async def test_utf8_may_be_said(door: Door) -> None:
    answer = await door.post(GOOD, content_type="Application/JSON; charset=UTF-8")
    assert answer.status_code == 200


# ---------------------------------------------------------------- when the database is away


@pytest.fixture
def blocked(sim: Device) -> Iterator[None]:
    """The readings table, out of reach."""
    with closing(psycopg2.connect(**connection.get_connection_params())) as blocker:
        with blocker.cursor() as cursor:
            cursor.execute("lock table devices_reading in access exclusive mode")
        yield


async def test_what_cannot_be_stored_in_time_is_answered_with_503(
    door: Door, blocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "STORE_TIMEOUT_S", 0.3)
    answer = await door.post(GOOD)
    assert (answer.status_code, said(answer)["code"]) == (503, "database")
    assert int(answer["Retry-After"]) > 0


async def test_a_server_that_has_too_much_to_store_says_so(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    from realtime import batcher

    monkeypatch.setattr(batcher, "MAX_QUEUED", -1)
    answer = await door.post(GOOD)
    assert (answer.status_code, said(answer)["code"]) == (503, "overloaded")
    assert await stored() == []


async def test_no_token_shows_in_the_logs(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        await door.post(GOOD)
        await door.post(b"{")
        await door.post(GOOD, door.token[:-1])
    assert door.token.split("_", 2)[2][:20] not in caplog.text


def test_the_rates_of_a_bounded_number_of_tokens_are_remembered(settings: Settings) -> None:
    from devices.tokens import Authority

    rates = posting._Rates()
    for pk in range(posting._MAX_BUCKETS + 10):
        rates.take_frame(Authority(pk, 1, "A", 1, None, None, None, frozenset()))
    assert len(rates._buckets) == posting._MAX_BUCKETS
