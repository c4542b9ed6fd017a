from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_world import World
from django.core.signals import request_finished, request_started
from django.db import close_old_connections


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """Keep the connection of the test open while its requests end, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield World()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
