from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from realtime import hub, pipeline, presence


@pytest.fixture(autouse=True)
async def process() -> AsyncIterator[None]:
    """Each test is a web process: what works in its background ends with it."""
    yield
    await hub.close()
    await pipeline.close()
    await presence.stop()
