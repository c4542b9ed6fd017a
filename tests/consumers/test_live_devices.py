"""Devices on an open page: a snapshot, then every event, and what was missed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from live_page import OpenPage, Page, Plant, now_ms, rename

from devices.feed import DEVICES, announce, refresh_devices, renew_epochs
from devices.models import Device, DeviceState, Tag
from devices.selectors import device_row
from devices.signals import announced
from realtime import fanout, receivers
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


async def test_devices_begin_with_a_snapshot_and_go_on_with_events(
    plant: Plant, page: Page
) -> None:
    snap = await page.subscribe(plant.devices)
    await rename(plant.pump, "Feed pump")
    event = await page.hear()

    assert snap["t"] == "snap"
    assert [row["uid"] for row in snap["d"]] == ["GW-1", "PUMP-1"]
    assert snap["d"][0]["status"] == "online"
    assert event == {
        "t": "d",
        "ch": plant.devices,
        "ep": snap["ep"],
        "o": snap["o"] + 1,
        "d": snap["d"][1] | {"name": "Feed pump"},
    }


async def test_a_deleted_device_is_gone(plant: Plant, page: Page) -> None:
    pk = plant.pump.pk
    await page.subscribe(plant.devices)

    await in_database(lambda: plant.pump.delete() and refresh_devices(site_id=plant.site.pk))

    told = [(await page.hear())["d"] for _ in range(2)]  # its gateway carries nothing any more
    assert {"id": pk, "gone": True} in told


async def test_what_one_page_causes_all_pages_see(plant: Plant, open_page: OpenPage) -> None:
    pages = [await open_page(), await open_page()]
    for page in pages:
        await page.subscribe(plant.devices)

    await rename(plant.pump, "Feed pump")

    assert await pages[0].hear() == await pages[1].hear()


async def test_a_page_that_comes_back_gets_what_it_missed(plant: Plant, page: Page) -> None:
    snap = await page.subscribe(plant.devices)
    await page.say(t="unsub", ch=plant.devices)
    for name in ("one", "two"):
        await rename(plant.pump, name)
    await page.subscribe(plant.overview)
    since = {"ep": snap["ep"], "o": snap["o"]}

    await page.say(t="sub", ch=plant.devices, since=since)
    missed = [await page.hear() for _ in range(3)]

    assert [message["t"] for message in missed] == ["d", "d", "resumed"]
    assert [message["o"] - snap["o"] for message in missed] == [1, 2, 2]
    assert [message["d"]["name"] for message in missed[:2]] == ["one", "two"]


async def test_a_page_that_missed_nothing_is_told_so(plant: Plant, page: Page) -> None:
    snap = await page.subscribe(plant.devices)
    since = {"ep": snap["ep"], "o": snap["o"]}

    assert await page.subscribe(plant.devices, since=since) == {
        "t": "resumed",
        "ch": plant.devices,
        **since,
    }


@pytest.mark.parametrize("since", [{"ep": "of another life", "o": 1}, {"ep": "same", "o": 10**9}])
async def test_a_page_that_cannot_go_on_gets_a_snapshot(
    plant: Plant, page: Page, since: dict[str, Any]
) -> None:
    snap = await page.subscribe(plant.devices)
    since["ep"] = since["ep"].replace("same", snap["ep"])

    assert await page.subscribe(plant.devices, since=since) == snap


async def test_events_after_a_replay_follow_without_a_hole(plant: Plant, page: Page) -> None:
    snap = await page.subscribe(plant.devices)
    await page.subscribe(plant.devices, since={"ep": snap["ep"], "o": snap["o"]})

    await rename(plant.pump, "Feed pump")

    assert (await page.hear())["o"] == snap["o"] + 1


@pytest.mark.slow
async def test_a_page_that_joins_in_a_storm_of_events_misses_none(plant: Plant, page: Page) -> None:
    def build_many() -> None:
        """Make snapshots so long that events happen while they are read."""
        Device.objects.bulk_create(
            Device(uid=f"D-{i}", name=f"Device {i}", site=plant.site) for i in range(3000)
        )
        refresh_devices(site_id=plant.site.pk)

    def change() -> None:
        Device.objects.filter(pk=plant.pump.pk).update(name=f"Pump {now_ms()}")
        announce(site_id=plant.site.pk, topic=DEVICES, payload=device_row(plant.pump.pk))

    async def storm() -> None:
        while not over.is_set():
            await in_database(change)

    await in_database(build_many)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(storm())
        for _ in range(40):
            await page.say(t="unsub", ch=plant.devices)
            await page.say(t="sub", ch=plant.devices)
            snap = await page.expect(lambda m: m["t"] == "snap")
            assert [(await page.hear())["o"] for _ in range(2)] == [snap["o"] + 1, snap["o"] + 2]
        over.set()


async def test_a_new_epoch_makes_open_pages_start_over(plant: Plant, page: Page) -> None:
    await page.subscribe(plant.devices)

    await in_database(renew_epochs)

    assert await page.hear() == {"t": "reset", "ch": plant.devices, "why": "epoch"}
    assert (await page.subscribe(plant.devices))["t"] == "snap"


async def test_an_event_that_the_layer_lost_is_read_from_the_database(
    plant: Plant, page: Page
) -> None:
    snap = await page.subscribe(plant.devices)
    announced.disconnect(dispatch_uid="realtime.publish_event")
    try:
        await rename(plant.pump, "lost")
    finally:
        announced.connect(receivers.publish, dispatch_uid="realtime.publish_event")
    await rename(plant.pump, "told")

    events = [await page.hear(), await page.hear()]

    assert [event["d"]["name"] for event in events] == ["lost", "told"]
    assert [event["o"] for event in events] == [snap["o"] + 1, snap["o"] + 2]


async def test_events_that_arrive_out_of_order_are_put_in_order(plant: Plant, page: Page) -> None:
    snap = await page.subscribe(plant.devices)
    rows = [{"id": plant.pump.pk, "name": name} for name in ("first", "second")]
    announced.disconnect(dispatch_uid="realtime.publish_event")
    try:
        for row in rows:
            await in_database(
                lambda row=row: announce(site_id=plant.site.pk, topic=DEVICES, payload=row)
            )
    finally:
        announced.connect(receivers.publish, dispatch_uid="realtime.publish_event")
    for place in (1, 0):
        fanout.publish_event(
            site_id=plant.site.pk,
            topic=DEVICES,
            epoch=snap["ep"],
            offset=snap["o"] + 1 + place,
            payload=rows[place],
        )

    assert [(await page.hear())["o"] for _ in rows] == [snap["o"] + 1, snap["o"] + 2]


async def test_a_device_that_falls_silent_is_announced_as_stale(plant: Plant, page: Page) -> None:
    await page.subscribe(plant.devices)
    await plant.read((0, 1.0))

    def grow_impatient() -> None:
        Tag.objects.filter(device=plant.pump).update(silence_ms=1, scan_ms=1)

    await in_database(grow_impatient)

    event = await page.expect(lambda m: m["t"] == "d" and m["d"]["uid"] == "PUMP-1")
    while event["d"]["status"] != "stale":
        event = await page.hear()
    assert event["d"]["since"] is not None


async def test_a_lost_gateway_takes_its_devices_along(plant: Plant, page: Page) -> None:
    await page.subscribe(plant.devices)
    await plant.read((0, 1.0))
    await page.expect(lambda m: m["t"] == "d" and m["d"]["status"] == "online")

    def lose() -> None:
        DeviceState.objects.filter(device=plant.gateway).update(connected=False)
        refresh_devices(site_id=plant.site.pk, device_ids=[plant.gateway.pk])

    await in_database(lose)

    told = [await page.hear(), await page.hear()]
    assert {m["d"]["uid"]: (m["d"]["status"], m["d"]["detail"]) for m in told} == {
        "GW-1": ("offline", ""),
        "PUMP-1": ("offline", "gateway"),
    }
