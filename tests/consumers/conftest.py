from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from live_page import OpenPage, Page, Plant
from outage import Database

from realtime import asking, hub, pipeline, presence
from realtime.database import in_database, settle


@pytest.fixture(autouse=True)
async def process() -> AsyncIterator[None]:
    """Each test is a web process: what works in its background ends with it."""
    yield
    await hub.close()
    await asking.close()
    await pipeline.close()
    await presence.stop()
    await settle()


@pytest.fixture
async def no_connection_stays_cut() -> AsyncIterator[None]:
    """Let the thread of the asynchronous ORM connect anew after a cut, as a request would."""
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture
def database(servers: Any, transactional_db: None, no_connection_stays_cut: None) -> Database:
    """The test database, for tests that cut the application off from it."""
    with connection.cursor() as cursor:
        cursor.execute("select current_database(), pg_backend_pid()")
        name, spared = cursor.fetchone()
    return Database(servers.postgres.url, name, spared)


@pytest.fixture
def plant(transactional_db: None) -> Plant:
    """A small plant for pages to look at."""
    return Plant()


@pytest.fixture
async def open_page(plant: Plant) -> AsyncIterator[OpenPage]:
    """Open live sockets of a member; they are closed with the test."""
    session = await in_database(plant.sign_in)
    pages: list[Page] = []

    async def open_one() -> Page:
        pages.append(Page(session))
        await pages[-1].open()
        return pages[-1]

    yield open_one
    for page in pages:
        await page.disconnect()


@pytest.fixture
async def page(open_page: OpenPage) -> Page:
    """One open live socket."""
    return await open_page()
