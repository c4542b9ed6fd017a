"""The door to what a camera sees now: how a gateway is asked, and what reaches a browser."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator

import pytest
from configured_peer import Configured
from detection_frames import jpeg
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import AsyncClient
from PIL import Image

from devices.cameras import save_camera
from devices.models import Camera, Device, Membership, Role
from devices.registry import issue_token
from edge import wire
from edge.wire.shown import NONE_YET, NOT_WATCHED, WHY_NONE
from project.picture_now import WORDS
from realtime import asking, screening
from realtime.consumers import downlink
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/cameras/CAM-1/picture/"
AT = 1_800_000_000_000


@pytest.fixture
def camera(gateway: Device) -> Device:
    camera = Device.objects.create(uid="CAM-1", name="Hall", site=gateway.site, via=gateway)
    save_camera(camera=Camera(device=camera, source="rtsp://10.0.0.9/", model_names=["fire"]))
    return camera


@pytest.fixture
async def peer(camera: Device, token: str) -> AsyncIterator[Configured]:
    peer = Configured(token)
    await peer.greet(tags=[])
    yield peer
    await peer.disconnect()


@pytest.fixture(autouse=True)
async def gate() -> AsyncIterator[None]:
    yield
    await screening.close()


async def member(camera: Device, role: Role, **options: bool) -> AsyncClient:
    def sign_in() -> AsyncClient:
        user = User.objects.create_user(f"{role}")
        Membership.objects.create(user=user, site=camera.site, role=role)
        client = AsyncClient(**options)
        client.force_login(user)
        return client

    return await in_database(sign_in)


@pytest.fixture
async def operator(camera: Device) -> AsyncClient:
    return await member(camera, Role.OPERATOR)


async def shows(peer: Configured, data: bytes, **changes: str) -> None:
    """Answer the next question for a picture with these bytes."""
    question = await peer.hear_a("show")
    assert question["camera"] == "CAM-1"
    shown = wire.Shown(changes.get("id", question["id"]), at=AT, age_ms=120, jpeg=data)
    await peer.send_to(bytes_data=wire.encode_message(shown))


async def answered(client: AsyncClient, peer: Configured, data: bytes) -> HttpResponse:
    asked = asyncio.create_task(client.post(URL))
    await shows(peer, data)
    return await asked


def said(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["code"]


async def test_the_picture_comes_written_anew_with_its_time_and_age_and_is_kept_nowhere(
    operator: AsyncClient, peer: Configured
) -> None:
    sent = jpeg(1280, 720, comment=b"<script>") + b"PK\x03\x04 and what follows"
    answer = await answered(operator, peer, sent)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert (answer["X-Picture-At"], answer["X-Picture-Age"]) == (str(AT), "120")
    assert (answer["X-Content-Type-Options"], answer["Content-Disposition"]) == (
        "nosniff",
        "inline",
    )
    assert "no-store" in answer["Cache-Control"]
    assert Image.open(io.BytesIO(answer.content)).size == (1280, 720)
    for trace in (b"<script>", b"PK\x03\x04"):
        assert trace not in answer.content


async def test_a_picture_as_large_as_may_be_passes_between_the_processes(
    operator: AsyncClient, peer: Configured
) -> None:
    noise = Image.effect_noise((1000, 700), 90).convert("RGB")
    stream = io.BytesIO()
    noise.save(stream, "JPEG", quality=30)
    assert wire.MAX_SHOWN_BYTES / 3 < len(stream.getvalue()) <= wire.MAX_SHOWN_BYTES
    assert (await answered(operator, peer, stream.getvalue())).status_code == 200


@pytest.mark.parametrize("data", [b"GIF89a", b"<svg/>", b"\xff\xd8\xff\xe0\0\x10JFIF", jpeg(8, 8)])
async def test_what_is_no_picture_reaches_no_browser(
    operator: AsyncClient, peer: Configured, data: bytes
) -> None:
    answer = await answered(operator, peer, data)
    assert said(answer) == (502, "picture_refused")
    assert data not in answer.content


async def test_why_there_is_none_is_said_in_plain_words(
    camera: Device, operator: AsyncClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downlink, "SHOW_EVERY_S", 0.0)
    assert said(await operator.post(URL)) == (409, "gateway_offline")
    peer = Configured(token)
    await peer.greet(tags=[])
    asked = asyncio.create_task(operator.post(URL))
    question = await peer.hear_a("show")
    await peer.say(wire.Answer(id=question["id"], error="the camera cannot be reached"))
    refused = await asked
    assert said(refused) == (502, "refused")
    assert "the camera cannot be reached" in json.loads(refused.content)["error"]
    assert {*WHY_NONE.values(), NOT_WATCHED, NONE_YET} == set(WORDS)
    monkeypatch.setattr(asking, "TIMEOUT_S", 0.3)
    assert said(await operator.post(URL)) == (504, "no_answer")
    await peer.disconnect()


async def test_a_token_that_may_not_be_asked_is_named(
    camera: Device, gateway: Device, operator: AsyncClient
) -> None:
    scopes = ["telemetry", "configure", "detections"]
    issued = await in_database(lambda: issue_token(device=gateway, scopes=scopes))
    peer = Configured(issued.token)
    await peer.greet(tags=[])
    assert said(await operator.post(URL)) == (409, "wrong_scope")
    shown = wire.Shown("7", at=AT, age_ms=0, jpeg=b"unasked for")
    await peer.send_to(bytes_data=wire.encode_message(shown))
    assert (await peer.hear_a("error"))["code"] == "wrong_scope"
    assert (await peer.receive_output(timeout=10))["code"] == wire.Close.FORBIDDEN


async def test_a_page_cannot_flood_a_gateway_with_questions(
    operator: AsyncClient, peer: Configured
) -> None:
    asked = [asyncio.create_task(operator.post(URL)) for _ in range(8)]
    await shows(peer, jpeg())
    codes = sorted([(await one).status_code for one in asked])
    assert codes == [200, *[429] * 7]
    await peer.says_nothing_of("show")


async def test_a_picture_that_nobody_asked_for_is_no_harm(
    operator: AsyncClient, peer: Configured
) -> None:
    asked = asyncio.create_task(operator.post(URL))
    question = await peer.hear_a("show")
    for id_ in ("7", question["id"]):
        shown = wire.Shown(id_, at=AT, age_ms=0, jpeg=jpeg(64, len(id_) * 16))
        await peer.send_to(bytes_data=wire.encode_message(shown))
    answer = await asked
    assert Image.open(io.BytesIO(answer.content)).size == (64, 256)


async def test_a_gateway_that_answers_registers_with_a_picture_has_not_answered(
    gateway: Device, peer: Configured
) -> None:
    device = await in_database(lambda: Device.objects.get(uid="CAM-1"))
    asked = asyncio.create_task(asking.scan(device=device))
    question = await peer.hear_a("scan")
    shown = wire.Shown(question["id"], at=AT, age_ms=0, jpeg=jpeg())
    await peer.send_to(bytes_data=wire.encode_message(shown))
    with pytest.raises(asking.GatewayRefused, match="with a picture"):
        await asked


async def test_only_operators_of_the_site_may_ask_and_only_cameras_are_asked(
    camera: Device, gateway: Device, peer: Configured
) -> None:
    viewer = await member(camera, Role.VIEWER)
    assert (await viewer.post(URL)).status_code == 403
    operator = await member(camera, Role.OPERATOR)
    assert (await operator.get(URL)).status_code == 405
    assert (await operator.post("/cameras/GW-1/picture/")).status_code == 404
    assert (await AsyncClient().post(URL)).status_code == 302
    stranger = AsyncClient()
    await in_database(lambda: stranger.force_login(User.objects.create_user("stranger")))
    assert (await stranger.post(URL)).status_code == 404
    foreign = await member(camera, Role.ENGINEER, enforce_csrf_checks=True)
    assert (await foreign.post(URL)).status_code == 403
    await peer.says_nothing_of("show")
