"""Both servers, each with a plant of its own, started as docs/operations.md says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from abuse_plant import Plant, Registry
from abuse_web import SERVERS, WebServer, collect_static
from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="session")
def registry(servers: Any, django_db_blocker: DjangoDbBlocker) -> Iterator[Registry]:
    """The registry of a database of our own, which no other test empties."""
    servers.postgres.create_database("abuse")
    with django_db_blocker.unblock():
        registry = Registry(servers.postgres.url_of("abuse"))
        yield registry
        registry.close()


@pytest.fixture(scope="session")
def folder(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs and static files of the servers."""
    folder = tmp_path_factory.mktemp("abuse")
    collect_static(folder)
    return folder


@pytest.fixture(scope="session", params=list(SERVERS))
def web(request: pytest.FixtureRequest, registry: Registry, folder: Path) -> Iterator[WebServer]:
    """A web process, started by the documented command, with the defaults of most settings.

    Behind a proxy, so that wrong tokens do not block the whole machine; and each case comes at
    once, on a connection of its own.
    """
    settings = {"TRUSTED_PROXIES": "1", "GATEWAY_CONNECTIONS_PER_S": "1000"}
    web = WebServer(request.param, database_url=registry.url, folder=folder, settings=settings)
    web.start()
    yield web
    web.stop()


@pytest.fixture(scope="session")
def plant(web: WebServer, registry: Registry) -> Plant:
    """The plant behind this server."""
    plant = registry.call(Plant, registry.url)
    for name in ("ABUSER", "HEALTHY"):
        registry.call(plant.add_gateway, name)
    registry.call(plant.add_lapsed)
    return plant
