"""A detection that is posted over HTTP, by what keeps no socket."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from detection_frames import detection, jpeg
from django.test import AsyncClient
from live_page import Page, Plant

from alarms.models import Detection
from devices.models import Device
from devices.registry import issue_token
from edge import wire
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


async def post(token: str, body: bytes) -> Any:
    return await AsyncClient().post(
        "/api/v1/telemetry/",
        body,
        content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {token}"},
    )


def binary(frame: wire.Detection) -> bytes:
    head = msgspec.json.encode(msgspec.structs.replace(frame, jpeg=b""))
    return len(head).to_bytes(4) + head + frame.jpeg


async def test_a_posted_detection_is_stored_and_shown_and_may_be_posted_again(
    token: str, gallery: str, page: Page
) -> None:
    await page.subscribe(gallery)
    body = binary(detection(1, data=jpeg()))

    answers = [await post(token, body) for _ in range(2)]
    await page.expect(lambda m: m["t"] == "d" and m["d"]["thumb"])
    ended = await post(token, binary(detection(1, "end")))

    assert [(each.status_code, each.json()) for each in (*answers, ended)] == [
        (200, {"stored": 1, "bad": []})
    ] * 3
    assert (await in_database(Detection.objects.get)).state == "ended"


async def test_a_posted_detection_that_cannot_be_stored_says_why(
    plant: Plant, camera: Device, token: str
) -> None:
    other = await in_database(lambda: issue_token(device=plant.gateway, scopes=["telemetry"]))
    cases = {
        "unknown_camera": (422, token, binary(detection(1, camera="NOWHERE"))),
        "bad_binary": (400, token, b"{}"),
        "bad_detection": (400, token, binary(detection(1, data=jpeg())) + b"x"),
        "wrong_scope": (403, other.token, binary(detection(1))),
    }
    for code, (status, shown, body) in cases.items():
        answer = await post(shown, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not await in_database(Detection.objects.exists)
