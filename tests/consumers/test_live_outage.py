"""Redis emptied, killed, frozen, cut off; PostgreSQL away: what an open page shows, and after."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis
from live_page import DEADLINE_S, OpenPage, Page, Plant, rename
from outage import Database
from pytest_django.fixtures import Settings
from redis_wire import Wire, until, use

from project.embedded import EmbeddedValkey, valkey
from realtime import fanout
from realtime.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


class Redis:
    """A server of this test's own, to be ill-treated."""

    def __init__(self, folder: Path) -> None:
        self.server = EmbeddedValkey(folder, settings=valkey.VOLATILE).start()

    @property
    def _pid(self) -> int:
        assert self.server.process is not None
        return self.server.process.pid

    def flush(self) -> None:
        with redis.Redis.from_url(self.server.url) as client:
            client.flushall()

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        self.server.stop()

    def start(self) -> None:
        self.server.start()

    def freeze(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._pid, signal.SIGCONT)


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings) -> Iterator[Redis]:
    server = Redis(tmp_path / "valkey")
    use(settings, server.server.url)
    yield server
    if server.server.process is not None:
        server.thaw()
    server.server.stop()


async def named(page: Page, name: str) -> None:
    await page.expect(lambda m: m["t"] == "d" and m["ch"][:3] == "dev" and m["d"]["name"] == name)


@pytest.fixture
async def looking(own_redis: Redis, plant: Plant, open_page: OpenPage) -> Page:
    """A page that has seen a first reading arrive through the layer."""
    page = await open_page()
    await page.subscribe(plant.devices)
    await page.subscribe(plant.of_pump)
    await plant.read((0, 1.0))
    await page.value(plant.tags[0], 1.0)
    return page


# ---------------------------------------------------------------- Redis


async def test_a_page_does_not_notice_that_redis_was_emptied(
    own_redis: Redis, plant: Plant, looking: Page
) -> None:
    own_redis.flush()

    await plant.read((0, 2.0))
    await looking.value(plant.tags[0], 2.0)
    await rename(plant.pump, "Feed pump")
    await named(looking, "Feed pump")


async def test_a_page_is_kept_current_while_redis_is_dead_and_after(
    own_redis: Redis, plant: Plant, looking: Page, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.kill()
    await plant.read((0, 2.0))
    await looking.value(plant.tags[0], 2.0)
    await rename(plant.pump, "during")
    await named(looking, "during")
    assert "pages are fed from the database" in caplog.text

    own_redis.start()
    await until(lambda: "Redis brings messages again" in caplog.text)
    await plant.read((0, 3.0))
    await looking.value(plant.tags[0], 3.0)
    await rename(plant.pump, "after")
    await named(looking, "after")


async def test_what_was_said_while_nobody_listened_is_found_when_redis_is_back(
    own_redis: Redis, plant: Plant, looking: Page
) -> None:
    own_redis.kill()
    own_redis.start()  # the publisher may be back before the listener
    await plant.read((0, 2.0))

    await looking.value(plant.tags[0], 2.0)


async def test_publishing_never_waits_for_a_frozen_redis(
    own_redis: Redis, plant: Plant, looking: Page, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.freeze()
    await plant.read((0, 2.0))
    await rename(plant.pump, "during")
    await looking.value(plant.tags[0], 2.0)
    await until(lambda: "Redis does not take messages" in caplog.text)
    assert fanout.publisher().failures > 0

    own_redis.thaw()
    await until(lambda: "Redis takes messages again" in caplog.text)
    await plant.read((0, 3.0))
    await looking.value(plant.tags[0], 3.0)


async def test_a_page_opens_while_redis_is_dead(
    own_redis: Redis, plant: Plant, open_page: OpenPage, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.kill()
    page = await open_page()
    await page.subscribe(plant.devices)
    await page.subscribe(plant.of_pump)
    await plant.read((0, 1.0))
    await page.value(plant.tags[0], 1.0)

    own_redis.start()
    await until(lambda: "Redis takes messages again" in caplog.text)
    await plant.read((0, 2.0))
    await page.value(plant.tags[0], 2.0)


@pytest.fixture
async def wire(own_redis: Redis, settings: Settings) -> AsyncIterator[Wire]:
    wire = Wire(own_redis.server.url)
    await wire.open()
    use(settings, wire.url)
    yield wire
    await wire.close()


@pytest.mark.slow
async def test_connections_that_only_look_alive_are_made_anew(
    wire: Wire, plant: Plant, open_page: OpenPage, caplog: pytest.LogCaptureFixture
) -> None:
    page = await open_page()
    await page.subscribe(plant.of_pump)
    await plant.read((0, 1.0))
    await page.value(plant.tags[0], 1.0)

    wire.cut()
    await plant.read((0, 2.0))
    await page.value(plant.tags[0], 2.0)
    await until(lambda: "Redis brings messages again" in caplog.text)
    await plant.read((0, 3.0))
    await page.value(plant.tags[0], 3.0)


# ---------------------------------------------------------------- PostgreSQL


async def test_a_page_outlives_an_absence_of_the_database(
    plant: Plant, page: Page, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await page.subscribe(plant.devices)
    await page.subscribe(plant.of_pump)
    session = await in_database(plant.sign_in)
    with database.away():
        await until(lambda: "the database does not answer the pages" in caplog.text)
        newcomer = Page(session)
        assert (await newcomer.connect(DEADLINE_S))[0]
        assert await newcomer.closed_with() == ("database", 4503)
    await until(lambda: "the database answers the pages again" in caplog.text)

    await plant.read((0, 2.0))
    await page.value(plant.tags[0], 2.0)
    await rename(plant.pump, "after")
    await named(page, "after")
