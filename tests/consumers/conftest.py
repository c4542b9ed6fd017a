from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.db import connection
from outage import Database

from realtime import hub, pipeline, presence
from realtime.database import settle


@pytest.fixture(autouse=True)
async def process() -> AsyncIterator[None]:
    """Each test is a web process: what works in its background ends with it."""
    yield
    await hub.close()
    await pipeline.close()
    await presence.stop()
    await settle()


@pytest.fixture
def database(servers: Any, transactional_db: None) -> Database:
    """The test database, for tests that cut the application off from it."""
    with connection.cursor() as cursor:
        cursor.execute("select current_database(), pg_backend_pid()")
        name, spared = cursor.fetchone()
    return Database(servers.postgres.url, name, spared)
