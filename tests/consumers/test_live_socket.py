"""An open page is greeted, gets the values it shows, and none that it does not."""

from __future__ import annotations

from typing import Any

import pytest
from live_page import OpenPage, Page, Plant, now_ms, rename

from devices.models import Device, Tag
from realtime import fanout
from realtime.database import in_database
from realtime.groups import site_group

pytestmark = pytest.mark.django_db(transaction=True)


# ---------------------------------------------------------------- greeting


async def test_the_server_greets_with_its_time_and_its_rules(plant: Plant) -> None:
    page = Page(await in_database(plant.sign_in))

    welcome = await page.open()

    assert abs(welcome.pop("s") - now_ms()) < 10_000
    assert welcome == {
        "t": "welcome",
        "v": 1,
        "ping_ms": 5000,
        "stall_ms": 30_000,
        "build": "0.1.0",
    }
    await page.disconnect()


async def test_a_ping_brings_back_its_clock_and_the_servers(page: Page) -> None:
    await page.say(t="ping", c=12.5)

    pong = await page.hear()

    assert abs(pong.pop("s") - now_ms()) < 10_000
    assert pong == {"t": "pong", "c": 12.5}


async def test_an_idle_socket_is_not_silent(
    plant: Plant, open_page: OpenPage, settings: Any
) -> None:
    settings.BROWSER_PING_S = 0.1
    page = await open_page()

    assert (await page.receive_json_from(10)) == {"t": "b", "n": 1, "m": []}


# ---------------------------------------------------------------- telemetry


async def test_the_overview_shows_the_first_tags_of_each_device_and_the_pinned_ones(
    plant: Plant, page: Page
) -> None:
    snap = await page.subscribe(plant.overview)

    assert [row["name"] for row in snap["d"]] == ["t0", "t1", "t2", "t3", "t5"]


async def test_a_device_page_shows_all_its_tags(plant: Plant, page: Page) -> None:
    rows = await plant.read((4, 60.1))
    snap = await page.subscribe(plant.of_pump)

    assert [row["name"] for row in snap["d"]] == ["t0", "t1", "t2", "t3", "t4", "t5"]
    assert snap["d"][0]["t"] is None
    _, t, v, q, r, raw = rows[0]
    assert snap["d"][4] == {
        "k": plant.tags[4].pk,
        "dev": plant.pump.pk,
        "name": "t4",
        "label": "",
        "unit": "",
        "dec": 1,
        "lo": None,
        "hi": None,
        "states": None,
        "bits": None,
        "scan_ms": 1000,
        "stale_ms": 63_000,
        "pin": False,
        "t": t,
        "v": v,
        "q": q,
        "r": r,
        "raw": raw,
    }


async def test_a_change_reaches_exactly_the_pages_that_show_the_tag(
    plant: Plant, open_page: OpenPage
) -> None:
    overview, device = await open_page(), await open_page()
    await overview.subscribe(plant.overview)
    await device.subscribe(plant.of_pump)

    hidden, shown = await plant.read((4, 60.1), (0, 1.0))

    assert await device.hear() == {
        "t": "d",
        "ch": plant.of_pump,
        "d": [hidden[:5], shown[:5]],
    }
    assert await overview.hear() == {"t": "d", "ch": plant.overview, "d": [shown[:5]]}


async def test_the_exact_text_of_a_reading_travels_along(plant: Plant, page: Page) -> None:
    await page.subscribe(plant.of_pump)
    row = [plant.tags[0].pk, now_ms(), None, 192, now_ms(), "18446744073709551615"]

    fanout.publish_readings(plant.site.pk, [row])

    assert (await page.hear())["d"] == [row]


async def test_an_older_reading_never_follows_a_newer_one(plant: Plant, page: Page) -> None:
    await page.subscribe(plant.of_pump)
    newer = [plant.tags[0].pk, 2000, 2.0, 192, 2000]
    older = [plant.tags[0].pk, 1000, 1.0, 192, 3000]
    last = [plant.tags[1].pk, 1000, 3.0, 192, 3000]
    for row in (newer, older, last):
        fanout.publish_readings(plant.site.pk, [[*row, None]])

    seen: list[Any] = []
    while last not in seen:
        seen += (await page.hear())["d"]

    assert seen == [newer, last]


async def test_a_reading_that_the_layer_lost_is_found_by_the_next_number(
    plant: Plant, page: Page
) -> None:
    await page.subscribe(plant.of_pump)
    message = {"type": "readings", "site": plant.site.pk, "from": "elsewhere", "text": "[]"}
    await fanout.send(site_group(plant.site.pk), message | {"n": 1})

    await plant.read((0, 7.0), publish=False)
    await fanout.send(site_group(plant.site.pk), message | {"n": 3})

    await page.value(plant.tags[0], 7.0)


async def test_a_tag_that_did_not_exist_brings_a_new_snapshot(plant: Plant, page: Page) -> None:
    await page.subscribe(plant.of_pump)
    plant.tags.append(await in_database(Tag.objects.create, device=plant.pump, name="new"))

    await plant.read((6, 1.0))

    snap = await page.expect(lambda m: m["t"] == "snap")
    assert "new" in [row["name"] for row in snap["d"]]


async def test_a_channel_that_was_left_is_silent(plant: Plant, page: Page) -> None:
    await page.subscribe(plant.of_pump)
    await page.say(t="unsub", ch=plant.of_pump)
    await page.subscribe(plant.overview)

    await plant.read((4, 1.0), (0, 2.0))

    message = await page.hear()
    assert message["ch"] == plant.overview


async def test_a_hidden_page_gets_events_but_no_telemetry_until_it_is_seen_again(
    plant: Plant, page: Page
) -> None:
    await page.subscribe(plant.devices)
    await page.subscribe(plant.of_pump)
    await page.say(t="vis", hidden=True)
    await page.say(t="ping", c=0)
    await page.expect(lambda m: m["t"] == "pong")
    await plant.read((0, 5.0))
    await rename(plant.pump, "Feed pump")

    event = await page.expect(lambda m: m.get("ch") == plant.devices)
    while event["d"].get("name") != "Feed pump":
        event = await page.expect(lambda m: m["ch"] == plant.devices)
    await page.say(t="vis", hidden=False)
    snap = await page.hear()

    assert (snap["t"], snap["ch"], snap["d"][0]["v"]) == ("snap", plant.of_pump, 5.0)


async def test_a_page_follows_its_device_to_another_site(
    plant: Plant, open_page: OpenPage, settings: Any
) -> None:
    settings.BROWSER_RECHECK_S = 0.1
    page = await open_page()
    await page.subscribe(plant.of_pump)

    def move() -> None:
        plant.foreign.members.add(plant.member)
        Device.objects.filter(pk=plant.pump.pk).update(site=plant.foreign)

    await in_database(move)
    await page.expect(lambda m: m["t"] == "snap")
    rows = await plant.read((0, 7.0), publish=False)
    fanout.publish_readings(plant.foreign.pk, rows)

    await page.value(plant.tags[0], 7.0)
