"""The HTTP door, through the real application: what it stores, and once."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from telemetry_door import GOOD, Door, quarantined, said, stored

from devices.models import Device, DeviceState, Latest, Position, Tag
from devices.posting import forget_keys
from devices.registry import issue_token
from edge.wire import Quality
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


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


async def test_what_is_reached_via_a_gateway_may_post_for_itself_with_a_token_of_its_own(
    sim: Device,
) -> None:
    issued = await in_database(lambda: issue_token(device=sim.children.get()))
    answer = await Door(issued.token).post({"uid": "PUMP-1", "data": {"flow": 3}})
    assert said(answer) == {"stored": 1, "bad": []}
    refused = await Door(issued.token).post({"uid": "SIM001", "data": {"rpm": 1}})
    assert (refused.status_code, said(refused)["code"]) == (403, "not_yours")


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
