"""From the gateway's socket to the gallery: stored once, screened, told, served."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from detection_frames import detection, jpeg, now_ms
from django.contrib.auth.models import User
from django.test import Client
from gateway_peer import Gateway
from live_page import Message, Page, Plant

from alarms.models import Detection, Snapshot, SnapshotUpload
from devices.models import Device, Quarantined
from devices.registry import issue_token
from edge import wire
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


async def tell(gateway: WebsocketCommunicator, frame: wire.Detection) -> Any:
    """Send a detection as gateways do, and return the answer."""
    message = wire.encode_stored(frame)
    if isinstance(message, bytes):
        await gateway.send_to(bytes_data=message)
    else:
        await gateway.send_to(text_data=message)
    return json.loads(await gateway.receive_from(timeout=10))


def of(message: Message, **fields: Any) -> bool:
    """Say whether a message is an event of the gallery with these fields."""
    return message["t"] == "d" and fields.items() <= message["d"].items()


async def test_a_hazard_is_acknowledged_stored_and_shown_with_its_picture(
    plant: Plant, gallery: str, gateway: Gateway, page: Page
) -> None:
    snap = await page.subscribe(gallery)
    data = jpeg()

    assert await tell(gateway, detection(1, data=data)) == {
        "type": "ack",
        "stream": "events",
        "seq": 1,
    }
    started = await page.expect(lambda m: of(m, state="active", thumb=None))
    shown = await page.expect(lambda m: m["t"] == "d" and m["d"]["thumb"])

    row = await in_database(Detection.objects.get)
    assert snap["d"] == []
    assert started["d"]["camera"] == "CAM-1"
    assert started["d"]["area"] == "Hall 2"
    assert shown["o"] == started["o"] + 1
    assert started["d"]["picture"] == "pending"
    assert shown["d"] == started["d"] | {
        "picture": "ready",
        "thumb": shown["d"]["thumb"],
        "image": shown["d"]["image"],
        "width": 640,
        "height": 360,
        "boxes": [{"label": "fire", "score": 0.9, "x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}],
    }
    assert (row.state, row.historical, row.site_id) == ("active", False, plant.site.pk)
    assert not await in_database(SnapshotUpload.objects.exists)


async def test_a_picture_is_served_to_a_member_and_to_nobody_else(
    plant: Plant, gallery: str, gateway: Gateway, page: Page
) -> None:
    await page.subscribe(gallery)
    await tell(gateway, detection(1, data=jpeg()))
    shown = await page.expect(lambda m: m["t"] == "d" and m["d"]["thumb"])

    def ask(user: User | None, url: str) -> Any:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client.get(url)

    def stranger() -> User:
        other = User.objects.create_user("stranger")
        plant.foreign.members.add(other)
        return other

    other = await in_database(stranger)
    for url in (shown["d"]["image"], shown["d"]["thumb"]):
        seen = await in_database(ask, plant.member, url)
        assert seen.status_code == 200
        assert seen.content[:3] == b"\xff\xd8\xff"
        assert seen.headers["Content-Type"] == "image/jpeg"
        assert seen.headers["X-Content-Type-Options"] == "nosniff"
        assert seen.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert seen.headers["Content-Disposition"].startswith('inline; filename="CAM-1_fire_')
        assert (await in_database(ask, other, url)).status_code == 404
        assert (await in_database(ask, None, url)).status_code == 302
        wrong = url.replace("full", "x").replace("thumb", "x")
        assert (await in_database(ask, plant.member, wrong)).status_code == 404


async def test_a_repeated_frame_is_acknowledged_and_stored_once(gateway: Gateway) -> None:
    frame = detection(1, data=jpeg())

    answers = [await tell(gateway, frame) for _ in range(2)]

    assert answers[0] == answers[1] == {"type": "ack", "stream": "events", "seq": 1}
    assert await in_database(Detection.objects.count) == 1
    assert await in_database(Snapshot.objects.count) == 1


async def test_the_phases_of_an_event_are_one_detection_with_an_end(
    gallery: str, gateway: Gateway, page: Page
) -> None:
    await page.subscribe(gallery)
    begun = now_ms() - 500
    for seq, phase in enumerate(("start", "update", "end"), 1):
        why = "stopped" if phase == "end" else "over"
        await tell(gateway, detection(seq, phase, at=begun + 100 * seq, since=begun, why=why))

    ended = await page.expect(lambda m: of(m, state="ended"))

    row = await in_database(Detection.objects.get)
    assert (ended["d"]["ended"], ended["d"]["why"]) == (begun + 300, "stopped")
    assert (row.state, row.ended_at, row.ended_why) == ("ended", row.at, "stopped")


async def test_an_end_without_its_start_makes_the_detection(gateway: Gateway) -> None:
    await tell(gateway, detection(1, "end"))
    await tell(gateway, detection(2, "update", at=now_ms() - 100, since=now_ms() - 5000))

    row = await in_database(Detection.objects.get)
    assert row.state == "ended"
    assert (row.at - row.since).total_seconds() > 4


async def test_what_waited_in_the_spool_is_marked_historical(gateway: Gateway) -> None:
    hour_ago = now_ms() - 3_600_000
    await tell(gateway, detection(1, at=hour_ago, since=hour_ago))
    await tell(gateway, detection(2, "end"))

    assert (await in_database(Detection.objects.get)).historical


async def test_a_long_dwell_makes_nothing_historical(gateway: Gateway) -> None:
    await tell(gateway, detection(1, since=now_ms() - 600_000))

    assert not (await in_database(Detection.objects.get)).historical


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"camera": "NOWHERE"}, "unknown_camera"),
        ({"camera": "PUMP-2"}, "unknown_camera"),  # of another gateway
        ({"at": 4_000_000_000_000}, "in_future"),
        ({"at": 1000, "since": 1000}, "too_old"),
    ],
)
async def test_a_detection_that_cannot_be_is_quarantined_and_the_next_one_is_stored(
    plant: Plant, gateway: Gateway, changes: dict[str, Any], code: str
) -> None:
    other = await in_database(
        lambda: Device.objects.create(uid="GW-3", name="Third", site=plant.site)
    )
    await in_database(
        lambda: Device.objects.create(uid="PUMP-2", name="Camera", site=plant.site, via=other)
    )

    answer = await tell(gateway, detection(1, data=jpeg(), **changes))
    await tell(gateway, detection(2, id=uuid.UUID(int=8).hex))

    kept = await in_database(Quarantined.objects.get)
    assert answer["bad"] == [{"seq": 1, "i": -1, "code": code}]
    assert (kept.code, kept.seq, kept.stream) == (code, 1, "events")
    assert json.loads(kept.raw)["type"] == "detection"
    assert (await in_database(Detection.objects.get)).event == uuid.UUID(int=8)


async def test_an_event_that_changes_its_class_is_quarantined(gateway: Gateway) -> None:
    await tell(gateway, detection(1))

    answer = await tell(gateway, detection(2, "update", label="smoke"))

    assert answer["bad"][0]["code"] == "contradiction"
    assert (await in_database(Detection.objects.get)).label == "fire"


async def test_two_gateways_that_use_one_event_id_have_two_detections(
    plant: Plant, gateway: Gateway
) -> None:
    def another() -> str:
        device = Device.objects.create(uid="GW-3", name="Third", site=plant.site)
        Device.objects.create(uid="CAM-3", name="Camera", site=plant.site, via=device)
        return issue_token(device=device).token

    peer = Gateway(await in_database(another))
    await peer.greet(uid="GW-3", tags=[])
    await tell(gateway, detection(1))
    await tell(peer, detection(1, camera="CAM-3"))
    await peer.disconnect()

    assert await in_database(Detection.objects.count) == 2


async def test_a_picture_with_another_digest_closes_with_4400_and_is_not_stored(
    gateway: Gateway,
) -> None:
    message = wire.encode_stored(detection(1, data=jpeg()))
    assert isinstance(message, bytes)
    await gateway.send_to(bytes_data=message[:-1] + b"\x00")

    assert await gateway.closed_with() == ("bad_detection", 4400)
    assert not await in_database(Detection.objects.exists)


async def test_a_token_without_the_scope_sends_no_detection(plant: Plant, camera: Device) -> None:
    issued = await in_database(
        lambda: issue_token(device=plant.gateway, scopes=["telemetry", "configure"])
    )
    peer = Gateway(issued.token)
    await peer.greet(tags=[])
    await peer.send_to(text_data=wire.encode(detection(1)))

    assert await peer.closed_with() == ("wrong_scope", 4403)


async def test_a_token_for_detections_alone_sends_no_readings(plant: Plant, camera: Device) -> None:
    issued = await in_database(lambda: issue_token(device=plant.gateway, scopes=["detections"]))
    peer = Gateway(issued.token)
    await peer.greet(tags=[])

    assert (await tell(peer, detection(1)))["type"] == "ack"
    await peer.say(wire.Event(seq=2, at=1, kind="device.up", device="GW-1"))
    assert await peer.closed_with() == ("wrong_scope", 4403)


async def test_a_picture_that_the_gate_refuses_leaves_the_detection_without_one(
    gallery: str, gateway: Gateway, page: Page
) -> None:
    bomb = b"GIF89a" + b"x" * 100
    await page.subscribe(gallery)
    await tell(gateway, detection(1, data=bomb))
    await tell(gateway, detection(2, "update", data=jpeg()))
    await page.expect(lambda m: m["t"] == "d" and m["d"]["thumb"])

    rows = await in_database(lambda: list(Snapshot.objects.values_list("state", "reason")))
    assert sorted(rows) == [("ready", ""), ("refused", "not_jpeg")]
    assert not await in_database(SnapshotUpload.objects.exists)
