"""The HTTP door, through the real application: what it takes, what it refuses, what it stores."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import AsyncClient
from django.utils import timezone
from pytest_django.fixtures import Settings

from devices.models import Credential, Device, DeviceState, Latest, Position, Quarantined, Site, Tag
from devices.posting import forget_keys
from devices.registry import issue_token, revoke_credential, set_enabled
from edge.wire import MAX_FRAME_BYTES, Quality
from realtime import http, pipeline, posting, presence
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/telemetry/"
GOOD = {"uid": "SIM001", "data": {"temperature": 60.1, "rpm": 1200}}


@pytest.fixture(autouse=True)
async def process() -> AsyncIterator[None]:
    """Each test is a web process: what works in its background ends with it."""
    posting._rates = posting._Rates()
    yield
    await pipeline.close()
    await presence.stop()


@pytest.fixture
def sim(db: None) -> Device:
    """A device that posts for itself and for the pump behind it."""
    site = Site.objects.create(slug="east", name="East works")
    sim = Device.objects.create(uid="SIM001", name="Simulator", site=site)
    pump = Device.objects.create(uid="PUMP-1", name="Pump", site=site, via=sim)
    for name in ("temperature", "pressure", "rpm", "state"):
        Tag.objects.create(device=sim, name=name)
    Tag.objects.create(device=pump, name="flow")
    return sim


@pytest.fixture
def token(sim: Device) -> str:
    return issue_token(device=sim).token


class Door:
    """The endpoint, with a token."""

    def __init__(self, token: str) -> None:
        self.token = token

    async def post(self, body: Any, token: str | None = None, **headers: str) -> HttpResponse:
        sent = body if isinstance(body, bytes | str) else json.dumps(body)
        shown = self.token if token is None else token
        fields = {"authorization": f"Bearer {shown}"} if shown else {}
        content_type = headers.pop("content_type", "application/json")
        if not sent:  # of an empty body the client says nothing by itself
            fields["content-type"] = content_type
        answer: HttpResponse = await AsyncClient().post(
            URL, sent, content_type=content_type, headers=fields | headers
        )
        return answer


@pytest.fixture
def door(token: str) -> Door:
    return Door(token)


def said(answer: HttpResponse) -> dict[str, Any]:
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    body: dict[str, Any] = json.loads(answer.content)
    return body


async def stored() -> list[tuple[str, str, float | None, str | None, int]]:
    """Return device, tag, value, text and quality of every stored reading."""

    def read() -> list[tuple[str, str, float | None, str | None, int]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "select d.uid, t.name, r.value, r.raw, r.quality from devices_reading r"
                " join devices_tag t on t.id = r.tag_id join devices_device d on d.id = t.device_id"
                " order by d.uid, t.name, r.source_time"
            )
            return list(cursor.fetchall())

    return await in_database(read)


async def quarantined() -> list[tuple[str, str]]:
    rows = Quarantined.objects.order_by("i").values_list("code", "raw")
    return await in_database(lambda: list(rows))


# ---------------------------------------------------------------- what is stored


async def test_a_report_is_stored_when_it_is_answered(door: Door) -> None:
    answer = await door.post(GOOD)
    assert (answer.status_code, said(answer)) == (200, {"stored": 2, "bad": []})
    assert await stored() == [
        ("SIM001", "rpm", 1200.0, None, Quality.GOOD),
        ("SIM001", "temperature", 60.1, None, Quality.GOOD),
    ]


async def test_numbers_texts_switches_and_missing_values_are_kept_as_what_they_are(
    door: Door,
) -> None:
    data = {"temperature": None, "pressure": True, "rpm": 2**53 + 1, "state": "läuft"}
    assert said(await door.post({"uid": "SIM001", "data": data}))["stored"] == 4
    assert await stored() == [
        ("SIM001", "pressure", 1.0, None, Quality.GOOD),
        ("SIM001", "rpm", 2.0**53, "9007199254740993", Quality.GOOD),
        ("SIM001", "state", None, "läuft", Quality.GOOD),
        ("SIM001", "temperature", None, None, Quality.BAD),
    ]


async def test_a_list_may_hold_reports_of_several_devices_and_times(door: Door) -> None:
    now = int(time.time())
    body = [
        {"uid": "SIM001", "data": {"rpm": 1}, "ts": now - 20},
        {"uid": "SIM001", "data": {"rpm": 2}, "ts": (now - 10) * 1000},
        {"uid": "PUMP-1", "data": {"flow": 3}, "ts": timezone.now().isoformat()},
    ]
    assert said(await door.post(body))["stored"] == 3
    assert [row[:3] for row in await stored()] == [
        ("PUMP-1", "flow", 3.0),
        ("SIM001", "rpm", 1.0),
        ("SIM001", "rpm", 2.0),
    ]
    latest = await in_database(lambda: Latest.objects.get(tag__name="rpm"))
    assert latest.source_time.timestamp() == now - 10


async def test_a_list_may_span_months(door: Door) -> None:
    now = int(time.time())
    days = (300, 200, 30, 0)
    body = [{"uid": "SIM001", "data": {"rpm": day}, "ts": now - day * 86_400} for day in days]
    assert said(await door.post(body))["stored"] == 4
    assert [row[2] for row in await stored()] == list(map(float, days))


async def test_without_a_time_the_server_says_when(door: Door) -> None:
    before = timezone.now() - timedelta(seconds=1)
    await door.post(GOOD)
    latest = await in_database(lambda: Latest.objects.get(tag__name="rpm"))
    assert before <= latest.source_time <= latest.received_time <= timezone.now()


async def test_one_bad_reading_leaves_the_others_alone_and_goes_to_quarantine(door: Door) -> None:
    body = [
        {"uid": "SIM001", "data": {"rpm": 1, "nonsense": 2, "a b": 3}},
        {"uid": "SIM001", "data": {"rpm": [4]}},
        {"uid": "SIM001", "data": {"rpm": 5}, "ts": "2026-01-01T00:00:00"},
        {"uid": "SIM001", "data": {"rpm": 6}, "ts": time.time() + 86_400},
        {"uid": "SIM001", "data": {"rpm": 7}, "ts": 86_400},
        {"uid": "GHOST", "data": {"rpm": 8}},
    ]
    answer = await door.post(body)
    assert answer.status_code == 200
    found = {(bad["item"], bad["uid"], bad["name"]): bad["code"] for bad in said(answer)["bad"]}
    assert found == {
        (0, "SIM001", "nonsense"): "unknown_tag",
        (0, "SIM001", "a b"): "bad_name",
        (1, "SIM001", "rpm"): "bad_value",
        (2, "SIM001", "rpm"): "bad_time",
        (3, "SIM001", "rpm"): "in_future",
        (4, "SIM001", "rpm"): "too_old",
        (5, "GHOST", "rpm"): "unknown_device",
    }
    assert [row[2] for row in await stored()] == [1.0]
    kept = await quarantined()
    assert sorted(code for code, _ in kept) == sorted(found.values())
    assert ("bad_time", 'SIM001/rpm=5 ts="2026-01-01T00:00:00"') in kept


async def test_a_device_that_allows_discovery_gets_the_tags_it_reports(
    door: Door, sim: Device
) -> None:
    await in_database(Device.objects.filter(pk=sim.pk).update, discovery=True)
    answer = await door.post({"uid": "SIM001", "data": {"new/one": 1, "not this": 2}})
    assert [bad["name"] for bad in said(answer)["bad"]] == ["not this"]
    assert [row[:3] for row in await stored()] == [("SIM001", "new/one", 1.0)]


async def test_a_device_that_posts_is_online(door: Door, sim: Device) -> None:
    await door.post(GOOD)
    deadline = time.monotonic() + 20
    while not await is_online(sim):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def is_online(device: Device) -> bool:
    states = DeviceState.objects.filter(device=device, connected=True, session=None)
    return await in_database(states.exists)


# ---------------------------------------------------------------- stored once


async def test_a_repeated_report_with_the_same_key_is_stored_once(door: Door) -> None:
    first = said(await door.post(GOOD, **{"idempotency-key": "report-1"}))
    again = said(await door.post(GOOD, **{"idempotency-key": "report-1"}))
    assert first == {"stored": 2, "bad": []}
    assert again == {"stored": 0, "bad": [], "repeated": True}
    assert len(await stored()) == 2


async def test_simultaneous_reports_with_one_key_are_stored_once(door: Door) -> None:
    async with asyncio.TaskGroup() as group:
        posts = [
            group.create_task(door.post(GOOD, **{"idempotency-key": "report-1"})) for _ in range(12)
        ]
    answers = [said(post.result()) for post in posts]
    assert sum(answer["stored"] for answer in answers) == 2
    assert [answer.get("repeated", False) for answer in answers].count(True) == 11
    assert len(await stored()) == 2


async def test_another_key_another_device_or_no_key_is_another_report(
    door: Door, sim: Device
) -> None:
    other = await in_database(
        lambda: Device.objects.create(uid="SIM002", name="Other", site_id=sim.site_id)
    )
    await in_database(lambda: Tag.objects.create(device=other, name="rpm"))
    token = (await in_database(lambda: issue_token(device=other))).token
    await door.post(GOOD, **{"idempotency-key": "a"})
    await door.post(GOOD, **{"idempotency-key": "b"})
    await door.post(GOOD)
    await door.post({"uid": "SIM002", "data": {"rpm": 1}}, token, **{"idempotency-key": "a"})
    assert len(await stored()) == 7


async def test_keys_are_forgotten_after_a_week_and_spools_are_not(door: Door, sim: Device) -> None:
    await door.post(GOOD, **{"idempotency-key": "old"})
    await in_database(
        lambda: Position.objects.create(device=sim, epoch="00112233445566aa", stream="live", last=9)
    )
    old = timezone.now() - timedelta(days=8)
    await in_database(Position.objects.all().update, updated_at=old)
    await door.post(GOOD, **{"idempotency-key": "new"})
    assert await in_database(forget_keys) == 1
    left = await in_database(lambda: list(Position.objects.values_list("last", flat=True)))
    assert sorted(left) == [1, 9]


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
        rates.take_frame(Authority(pk, 1, "A", 1, None, None, None))
    assert len(rates._buckets) == posting._MAX_BUCKETS
