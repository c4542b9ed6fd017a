"""Doors without a session of their own: gateways' doors, and every channel of the live socket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
from access_map import METHODS, word_of
from access_plant import Plant
from access_rules import ACTORS, KEPT_OUT, Who
from access_table import GATEWAYS
from channels.testing import WebsocketCommunicator
from django.test import AsyncClient

from devices.models import Role
from project.asgi import application
from realtime import hub, pipeline, presence
from realtime.database import in_database, settle
from realtime.groups import Kind
from realtime.routing import websocket

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = "http://localhost:8000"
DEADLINE_S = 20.0
# Who may open it: whoever has a session, nobody of the people, nobody.
SOCKETS = {"ws/v1/live": "session", "ws/v1/gateway": "token", "": "nobody"}
# For each kind of channel: of what it is, and the role that it needs there.
CHANNELS: dict[str, tuple[str, Role]] = {
    "devices": ("own", Role.VIEWER),
    "gallery": ("own", Role.VIEWER),
    "alarms": ("own", Role.VIEWER),
    "figures": ("own", Role.VIEWER),
    "tel:site": ("own", Role.VIEWER),
    "tel:device": ("pump", Role.VIEWER),
    "gateways": ("own", Role.VIEWER),
    "health": ("gateway", Role.VIEWER),
}
ABSENT = 999_999


@pytest.fixture(autouse=True)
async def process() -> AsyncIterator[None]:
    """Each test is a web process: what works in its background ends with it."""
    yield
    await hub.close()
    await pipeline.close()
    await presence.stop()
    await settle()


@pytest.fixture
def plant(transactional_db: None) -> Plant:
    return Plant()


def test_every_socket_and_every_kind_of_channel_has_a_row() -> None:
    assert {str(route.pattern) for route in websocket.routes} == set(SOCKETS)
    assert set(get_args(Kind)) == set(CHANNELS)


@pytest.mark.parametrize("route", GATEWAYS)
async def test_doors_of_gateways_open_for_no_session(plant: Plant, route: str) -> None:
    client = AsyncClient()
    client.cookies["sessionid"] = plant.sessions["superuser"]
    for method in METHODS:
        body: dict[str, Any] = dict(GATEWAYS[route].body(plant))
        more = {} if method in {"GET", "HEAD"} else {"content_type": "application/json"}
        answer = await getattr(client, method.lower())(f"/{route}", body, **more)
        assert word_of(answer) in KEPT_OUT, (method, answer.status_code)


@pytest.mark.parametrize("who", ACTORS, ids=lambda who: who.name)
async def test_every_channel_lets_in_whom_the_table_says(plant: Plant, who: Who) -> None:
    socket = _socket("ws/v1/live", plant.sessions[who.name])
    accepted, _ = await socket.connect(DEADLINE_S)
    assert accepted
    if who.name == "anonymous":
        assert await _hear(socket, "err") == {"t": "err", "code": "unauthorized"}
        return
    await _hear(socket, "welcome")
    for kind, (thing, need) in CHANNELS.items():
        answer = await _subscribe(socket, f"{kind}:{getattr(plant, thing).pk}")
        absent = await _subscribe(socket, f"{kind}:{ABSENT}")
        assert absent == ("err", "forbidden")
        assert answer == (("snap", None) if who.has(need, "own") else absent), kind
    await socket.disconnect()


@pytest.mark.parametrize("route", [each for each, key in SOCKETS.items() if key != "session"])
async def test_the_other_sockets_open_for_no_session(plant: Plant, route: str) -> None:
    for session in plant.sessions.values():
        socket = _socket(route, session)
        assert not (await socket.connect(DEADLINE_S))[0]


async def test_a_role_that_is_taken_away_takes_the_channels_away(plant: Plant) -> None:
    await in_database(plant.membership.delete)
    name = f"{plant.membership.role} of own"
    socket = _socket("ws/v1/live", plant.sessions[name])
    await socket.connect(DEADLINE_S)
    await _hear(socket, "welcome")

    assert await _subscribe(socket, f"devices:{plant.own.pk}") == ("err", "forbidden")
    await socket.disconnect()


def _socket(route: str, session: str) -> WebsocketCommunicator:
    headers = [(b"origin", ORIGIN.encode())]
    if session:
        headers.append((b"cookie", f"sessionid={session}".encode()))
    return WebsocketCommunicator(application, f"/{route}", headers, ["sentinel.v1"])


async def _subscribe(socket: WebsocketCommunicator, channel: str) -> tuple[str, str | None]:
    """Subscribe, and return what kind of answer it is, with the code of an error."""
    await socket.send_to(text_data=json.dumps({"t": "sub", "ch": channel}))
    while True:
        for message in await _messages(socket):
            if message.get("ch") == channel and message["t"] in {"snap", "err"}:
                return message["t"], message.get("code")


async def _hear(socket: WebsocketCommunicator, kind: str) -> dict[str, Any]:
    while True:
        for message in await _messages(socket):
            if message["t"] == kind:
                return message


async def _messages(socket: WebsocketCommunicator) -> list[dict[str, Any]]:
    message = json.loads(await socket.receive_from(DEADLINE_S))
    if message["t"] != "b":
        return [message]
    await socket.send_to(text_data=json.dumps({"t": "a", "n": message["n"]}))
    found: list[dict[str, Any]] = message["m"]
    return found
