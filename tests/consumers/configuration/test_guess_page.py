"""The word-order wizard's door: what it asks a live gateway, and how it answers a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from configured_peer import Configured
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import AsyncClient

from devices.models import Device, Membership, Role
from edge import wire
from realtime import asking
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/gateways/GW-1/guess/"
QUESTION: dict[str, Any] = {
    "connection": "line-1",
    "unit": 1,
    "table": "holding",
    "address": 52,
    "count": 2,
}


@pytest.fixture
async def peer(token: str) -> AsyncIterator[Configured]:
    peer = Configured(token)
    await peer.greet(tags=[])
    yield peer
    await peer.disconnect()


async def member(gateway: Device, role: Role) -> AsyncClient:
    def sign_in() -> AsyncClient:
        user = User.objects.create_user(f"{role}")
        Membership.objects.create(user=user, site=gateway.site, role=role)
        client = AsyncClient()
        client.force_login(user)
        return client

    return await in_database(sign_in)


@pytest.fixture
async def engineer(gateway: Device, token: str) -> AsyncClient:
    return await member(gateway, Role.ENGINEER)


async def ask(client: AsyncClient, **changes: Any) -> HttpResponse:
    body = json.dumps(QUESTION | changes)
    answer: HttpResponse = await client.post(URL, body, content_type="application/json")
    return answer


async def answered(
    client: AsyncClient, peer: Configured, *words: int, error: str = "", **changes: Any
) -> HttpResponse:
    """Ask, and have the gateway answer."""
    asked = asyncio.create_task(ask(client, **changes))
    question = await peer.hear_a("probe")
    await peer.say(wire.Answer(id=question["id"], words=list(words), error=error, latency_ms=2.5))
    return await asked


async def test_the_registers_come_with_what_they_may_hold(
    engineer: AsyncClient, peer: Configured
) -> None:
    answer = json.loads((await answered(engineer, peer, 0x4366, 0x3333)).content)
    assert (answer["words"], answer["latency_ms"]) == ([0x4366, 0x3333], 2.5)
    best = answer["guesses"][0]
    assert (best["type"], best["order"], best["width"], best["values"]) == (
        *("float32", "ABCD", 2),
        ["230.2"],
    )
    scores = [guess["score"] for guess in answer["guesses"]]
    assert scores == sorted(scores, reverse=True)


async def test_earlier_reads_are_shown_beside_the_present_one(
    engineer: AsyncClient, peer: Configured
) -> None:
    asked = await answered(engineer, peer, 0x4366, 0x4CCD, earlier=[[0x4366, 0x3333], [1, 2, 3]])
    best = json.loads(asked.content)["guesses"][0]
    assert best["values"] == ["230.2", "230.3"]  # what was of another length is no read


async def test_bits_are_shown_as_they_are(engineer: AsyncClient, peer: Configured) -> None:
    answer = json.loads((await answered(engineer, peer, 1, 0, table="coil")).content)
    assert (answer["words"], answer["guesses"]) == ([1, 0], [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": 256},
        {"table": "memory"},
        {"address": -1},
        {"count": 0},
        {"count": 126},
        {"connection": ""},
        {"earlier": [[65536, 1]]},
        {"write": 1},
        {"unit": "1"},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_and_not_passed_on(
    engineer: AsyncClient, wrong: dict[str, Any]
) -> None:
    answer = await ask(engineer, **wrong)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "bad_request")


async def test_a_gateway_that_is_away_or_refuses_or_keeps_silent_is_named(
    engineer: AsyncClient, gateway: Device, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    away = await ask(engineer)
    assert (away.status_code, json.loads(away.content)["code"]) == (409, "gateway_offline")
    peer = Configured(token)
    await peer.greet(tags=[])
    refused = await answered(engineer, peer, error="there is no connection line-1")
    assert refused.status_code == 502
    assert "there is no connection line-1" in json.loads(refused.content)["error"]
    monkeypatch.setattr(asking, "TIMEOUT_S", 0.3)
    silent = await ask(engineer)
    assert (silent.status_code, json.loads(silent.content)["code"]) == (504, "no_answer")
    await peer.disconnect()


async def test_who_is_no_engineer_may_not_ask(gateway: Device) -> None:
    operator = await member(gateway, Role.OPERATOR)
    assert (await ask(operator)).status_code == 403
    assert (await operator.get(URL)).status_code == 403


async def test_who_is_not_of_the_site_or_not_signed_in_learns_nothing(gateway: Device) -> None:
    assert (await ask(AsyncClient())).status_code == 302

    def stranger() -> AsyncClient:
        client = AsyncClient()
        client.force_login(User.objects.create_user("stranger"))
        return client

    assert (await ask(await in_database(stranger))).status_code == 404


async def test_another_site_cannot_have_a_signed_in_engineer_ask(gateway: Device) -> None:
    def sign_in() -> AsyncClient:
        user = User.objects.create_superuser("root")
        client = AsyncClient(enforce_csrf_checks=True)
        client.force_login(user)
        return client

    assert (await ask(await in_database(sign_in))).status_code == 403
