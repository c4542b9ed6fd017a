"""What the hub keeps, what it lets go, and what it survives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from live_page import Page, Plant
from redis.asyncio import Redis
from redis_wire import until

from project.asgi import application
from realtime import fanout
from realtime.groups import site_group
from realtime.hub import Hub

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def forgetful() -> AsyncIterator[Hub]:
    hub = Hub(linger_s=0)
    yield hub
    await hub.stop()


async def members(url: str, settings: Any, site_id: int) -> int:
    """Count the processes that have joined the group of a site."""
    prefix = settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]
    async with Redis.from_url(url) as client:
        ((_, count),) = await client.pubsub_numsub(f"{prefix}__group__{site_group(site_id)}")
    return int(count)


async def test_a_process_joins_a_site_once(
    plant: Plant, page: Page, servers: Any, settings: Any
) -> None:
    for channel in (plant.devices, plant.overview, plant.of_pump):
        await page.subscribe(channel)

    assert await members(servers.valkey.url, settings, plant.site.pk) == 1


async def test_a_site_that_nobody_watches_is_left_and_can_be_had_again(
    plant: Plant, forgetful: Hub, servers: Any, settings: Any
) -> None:
    first = await forgetful.feed(plant.site.pk)
    assert await forgetful.feed(plant.site.pk) is first

    async def left() -> bool:
        return await members(servers.valkey.url, settings, plant.site.pk) == 0

    await until(left)
    second = await forgetful.feed(plant.site.pk)

    assert second is not first
    assert await members(servers.valkey.url, settings, plant.site.pk) == 1


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "readings"},
        {"type": "readings", "site": "own", "from": "x", "n": 1, "text": "{"},
    ],
)
async def test_a_message_that_cannot_be_read_does_not_cost_the_next_one(
    plant: Plant, page: Page, caplog: pytest.LogCaptureFixture, message: dict[str, Any]
) -> None:
    await page.subscribe(plant.of_pump)
    if "site" in message:
        message["site"] = plant.site.pk
    await fanout.send(site_group(plant.site.pk), message)

    await plant.read((0, 1.0))
    await page.value(plant.tags[0], 1.0)
    assert "was dropped" in caplog.text


async def test_a_message_about_a_site_that_was_left_is_no_trouble(
    plant: Plant, page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    await page.subscribe(plant.of_pump)
    stray = {"type": "readings", "site": 999_999, "from": "x", "n": 1, "text": "[]"}
    await fanout.send(site_group(plant.site.pk), stray)

    await plant.read((0, 1.0))
    await page.value(plant.tags[0], 1.0)
    assert "was dropped" not in caplog.text


async def test_the_application_starts_and_stops_with_its_server(plant: Plant) -> None:
    server = ApplicationCommunicator(application, {"type": "lifespan"})
    await server.send_input({"type": "lifespan.startup"})
    assert await server.receive_output(20) == {"type": "lifespan.startup.complete"}

    await server.send_input({"type": "lifespan.shutdown"})
    assert await server.receive_output(20) == {"type": "lifespan.shutdown.complete"}
    await server.wait(20)
