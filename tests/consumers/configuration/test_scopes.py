"""What a token may be used for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from configured_peer import Configured
from django.test import AsyncClient
from gateway_peer import data

from devices.models import Device
from devices.registry import issue_token
from edge import wire
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING = {"telemetry", "detections", "configure", "commands"}


async def speaker(gateway: Device, *, without: str) -> Configured:
    issued = await in_database(
        lambda: issue_token(device=gateway, scopes=sorted(EVERYTHING - {without}))
    )
    peer = Configured(issued.token)
    await peer.greet(tags=[])
    return peer


@pytest.mark.parametrize(
    ("without", "frame"),
    [
        ("telemetry", data(1, 1.0)),
        ("telemetry", wire.Event(seq=1, at=1, kind="device.up", device="GW-1")),
        (
            "telemetry",
            wire.Gap(stream="live", seq_from=1, seq=1, first=1, last=1, readings=1, reason="age"),
        ),
        ("telemetry", wire.Health([])),
        ("configure", wire.Configured(1)),
        ("configure", wire.Kept("a" * 12)),
        ("commands", wire.Answer(id="1")),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
async def test_a_frame_that_the_token_is_not_for_closes_with_4403(
    gateway: Device, without: str, frame: Any
) -> None:
    peer = await speaker(gateway, without=without)
    await peer.say(frame)
    assert await peer.closed_with() == ("wrong_scope", 4403)


async def test_a_gateway_that_may_only_be_configured_stays_connected_by_its_beats(
    gateway: Device, meter: Device
) -> None:
    issued = await in_database(lambda: issue_token(device=gateway, scopes=["configure"]))
    peer = Configured(issued.token)
    await peer.greet(config=0, tags=[])
    await peer.say(wire.Beat(wall=1))
    await peer.hear_configuration()
    await peer.disconnect()


async def test_a_posted_report_needs_the_scope_too(gateway: Device) -> None:
    issued = await in_database(lambda: issue_token(device=gateway, scopes=["configure"]))
    answer = await AsyncClient().post(
        "/api/v1/telemetry/",
        json.dumps({"uid": "GW-1", "data": {"flow": 1}}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {issued.token}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_scope")
