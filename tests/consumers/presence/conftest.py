from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from presence_peers import (
    Peer,
    authority_of,
)
from pytest_django.fixtures import Settings

from devices.models import Device, Site
from devices.tokens import Authority
from project.embedded import EmbeddedValkey, valkey
from realtime.presence import Presence


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    settings.GATEWAY_HEARTBEAT_S = 0.4


@pytest.fixture
def gateway(db: None) -> Device:
    site = Site.objects.create(slug="east", name="East works")
    return Device.objects.create(uid="GW-1", name="Gateway", site=site)


@pytest.fixture
def authority(gateway: Device) -> Authority:
    return authority_of(gateway)


@pytest.fixture
def peer(authority: Authority) -> Peer:
    return Peer(authority)


@pytest.fixture
async def here() -> AsyncIterator[Presence]:
    presence = Presence()
    yield presence
    await presence.stop()


@pytest.fixture
async def there() -> AsyncIterator[Presence]:
    """Another web process."""
    presence = Presence()
    yield presence
    await presence.stop()


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings) -> Iterator[EmbeddedValkey]:
    """A server that may be flushed and stopped."""
    with EmbeddedValkey(tmp_path, settings=valkey.VOLATILE) as server:
        settings.REDIS_URL = server.url
        yield server
