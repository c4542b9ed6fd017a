"""The gateway's door, spoken to as a gateway does: the real application, database and Redis."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from gateway_peer import Gateway, data, hello

from devices.models import Connection, Device, Gap, Quarantined, Site, Tag
from devices.registry import issue_token, plant_changed
from edge import wire
from realtime import batcher

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plant")]


@pytest.fixture
def plant(db: None) -> Device:
    site = Site.objects.create(slug="east", name="East works")
    gateway = Device.objects.create(uid="GW-1", name="Gateway", site=site)
    pump = Device.objects.create(uid="PUMP-1", name="Pump", site=site, via=gateway)
    for name in ("temperature", "pressure"):
        Tag.objects.create(device=pump, name=name)
    return gateway


@pytest.fixture
def token(plant: Device) -> str:
    return issue_token(device=plant).token


@database_sync_to_async
def stored() -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute("select value from devices_reading order by value")
        return [value for (value,) in cursor.fetchall()]


@database_sync_to_async
def listeners() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity where query = 'listen sentinel_plant'"
            " and state = 'idle' and datname = current_database()"
        )
        return int(cursor.fetchone()[0])


async def test_a_gateway_is_welcomed_with_its_limits_and_positions(token: str) -> None:
    gateway = Gateway(token)
    welcome = await gateway.greet()
    assert welcome["type"] == "welcome"
    assert welcome["last"] == {"events": 0, "live": 0, "history": 0}
    assert welcome["limits"].get("window", wire.Limits().window) == 64
    await gateway.disconnect()


async def test_an_acknowledged_reading_is_in_the_database(token: str) -> None:
    gateway = Gateway(token)
    await gateway.greet()
    await gateway.say(data(1, 20.5))
    assert await gateway.hear() == {"type": "ack", "stream": "live", "seq": 1}
    assert await stored() == [20.5]
    await gateway.disconnect()


async def test_a_repeated_frame_is_acknowledged_but_stored_once(token: str) -> None:
    gateway = Gateway(token)
    await gateway.greet()
    for _ in range(2):
        await gateway.say(data(1, 20.5))
        assert await gateway.hear() == {"type": "ack", "stream": "live", "seq": 1}
    assert await stored() == [20.5]
    await gateway.disconnect()


async def test_a_gateway_that_comes_back_hears_how_far_it_was_stored(token: str) -> None:
    gateway = Gateway(token)
    await gateway.greet()
    await gateway.say(data(1, 20.5))
    await gateway.hear()
    await gateway.disconnect()
    again = Gateway(token)
    assert (await again.greet())["last"]["live"] == 1
    await again.disconnect()


async def test_a_frame_after_a_hole_is_asked_for(token: str) -> None:
    gateway = Gateway(token)
    await gateway.greet()
    await gateway.say(data(3, 20.5))
    assert await gateway.hear() == {
        "type": "nack",
        "stream": "live",
        "last": 0,
        "code": "missing",
    }
    await gateway.disconnect()


async def test_a_gap_is_stored_and_acknowledged(token: str) -> None:
    gateway = Gateway(token)
    await gateway.greet()
    await gateway.say(
        wire.Gap(stream="live", seq_from=1, seq=4, first=1, last=2, readings=40, reason="quota")
    )
    assert (await gateway.hear())["seq"] == 4
    assert await Gap.objects.acount() == 1
    await gateway.disconnect()


async def test_a_bad_reading_is_named_in_the_ack_and_quarantined(token: str) -> None:
    gateway = Gateway(token)
    await gateway.greet()
    await gateway.say(data(1, 20.5, 3.0, tag=[0, 9]))
    ack = await gateway.hear()
    assert ack["bad"] == [{"seq": 1, "i": 1, "code": "unknown_tag"}]
    assert await stored() == [20.5]
    assert await Quarantined.objects.acount() == 1
    await gateway.disconnect()


async def test_unknown_tags_are_named_in_the_welcome(token: str) -> None:
    gateway = Gateway(token)
    welcome = await gateway.greet(tags=[wire.TagDecl(n=5, device="PUMP-1", name="nobody")])
    assert welcome["unknown"] == [5]
    await gateway.disconnect()


async def test_a_device_with_discovery_learns_new_tags(token: str) -> None:
    await Device.objects.filter(uid="PUMP-1").aupdate(discovery=True)
    gateway = Gateway(token)
    welcome = await gateway.greet(tags=[wire.TagDecl(n=5, device="PUMP-1", name="flow")])
    assert "unknown" not in welcome
    await gateway.say(data(1, 7.0, tag=[5]))
    await gateway.hear()
    assert await stored() == [7.0]
    await gateway.disconnect()


async def test_tags_declared_later_are_understood(token: str) -> None:
    gateway = Gateway(token)
    await gateway.greet(tags=[])
    await gateway.say(wire.Tags([wire.TagDecl(n=4, device="PUMP-1", name="pressure")]))
    await gateway.say(data(1, 3.5, tag=[4]))
    assert await gateway.hear() == {"type": "ack", "stream": "live", "seq": 1}
    assert await stored() == [3.5]
    await gateway.disconnect()


async def test_a_gateway_cannot_write_the_tags_of_a_device_that_is_not_its_own(
    token: str,
) -> None:
    site = await Site.objects.aget()
    other = await Device.objects.acreate(uid="OTHER", name="Other", site=site, discovery=True)
    await Tag.objects.acreate(device=other, name="temperature")
    gateway = Gateway(token)
    welcome = await gateway.greet(tags=[wire.TagDecl(n=0, device="OTHER", name="temperature")])
    assert welcome["unknown"] == [0]
    await gateway.disconnect()


async def test_a_connection_leaves_a_row_with_its_end(token: str) -> None:
    gateway = Gateway(token)
    await gateway.greet()
    await gateway.disconnect()
    row = await Connection.objects.aget()
    assert row.closed_at is not None
    assert row.reason == "disconnected"


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (hello(uid="PUMP-1"), ("wrong_uid", 4403)),
        (hello(v=2), ("bad_version", 4400)),
        (wire.Beat(wall=1), ("no_hello", 4400)),
        (data(1, 1.0), ("no_hello", 4400)),
    ],
    ids=["another device's UID", "another version", "a beat first", "data first"],
)
async def test_a_wrong_opening_is_refused(
    token: str, first: wire.Up, answer: tuple[str, int]
) -> None:
    gateway = Gateway(token)
    await gateway.connect()
    await gateway.say(first)
    assert await gateway.closed_with() == answer


async def test_silence_instead_of_hello_is_closed(token: str, settings: Any) -> None:
    settings.GATEWAY_HELLO_TIMEOUT_S = 0.05
    gateway = Gateway(token)
    await gateway.connect()
    assert await gateway.closed_with() == ("no_hello", 4408)


async def test_three_missed_heartbeats_close_the_connection(token: str, settings: Any) -> None:
    settings.GATEWAY_HEARTBEAT_S = 0.05
    gateway = Gateway(token)
    await gateway.greet()
    assert await gateway.closed_with() == ("silent", 4408)


async def test_an_old_socket_is_renewed(token: str, settings: Any) -> None:
    settings.GATEWAY_MAX_LIFE_S = 0.05
    settings.GATEWAY_HEARTBEAT_S = 0.1
    gateway = Gateway(token)
    await gateway.greet()
    assert await gateway.closed_with() == ("recycled", 1001)


async def test_a_flood_is_slowed_and_then_closed(token: str) -> None:
    await Device.objects.filter(uid="GW-1").aupdate(frames_per_s=1.0)
    gateway = Gateway(token)
    await gateway.greet()
    for seq in range(1, 12):
        await gateway.say(data(seq, 1.0))
    heard = [await gateway.hear()]
    while heard[-1]["type"] != "error":
        heard.append(await gateway.hear())
    assert "slow" in {frame["type"] for frame in heard}
    assert heard[-1]["code"] == "rate"
    assert (await gateway.receive_output(timeout=10))["code"] == 4429


async def test_bytes_that_are_no_detection_are_refused(token: str) -> None:
    gateway = Gateway(token)
    await gateway.greet()
    await gateway.send_to(bytes_data=b"\x00")
    assert await gateway.closed_with() == ("bad_binary", 4400)


async def test_a_tag_added_in_the_registry_is_understood_without_waiting(token: str) -> None:
    gateway = Gateway(token)
    flow = wire.TagDecl(n=0, device="PUMP-1", name="flow")
    assert (await gateway.greet(tags=[flow]))["unknown"] == [0]
    pump = await Device.objects.aget(uid="PUMP-1")
    await Tag.objects.acreate(device=pump, name="flow")
    async with asyncio.timeout(20):
        while not await listeners():
            pass
    await database_sync_to_async(plant_changed)(device=pump)
    assert await gateway.closed_with() == ("plant_changed", 1001)
    again = Gateway(token)
    assert "unknown" not in await again.greet(tags=[flow])
    await again.disconnect()


async def test_what_is_turned_away_is_asked_for_again(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway(token)
    await gateway.greet()
    with monkeypatch.context() as overload:
        overload.setattr(batcher, "MAX_QUEUED", -1)
        await gateway.say(data(1, 20.5))
        answer = await gateway.hear()
    assert (answer["type"], answer["last"], answer["code"]) == ("nack", 0, "overloaded")
    await gateway.say(data(1, 20.5))
    assert await gateway.hear() == {"type": "ack", "stream": "live", "seq": 1}
    assert await stored() == [20.5]
    await gateway.disconnect()
