"""What several of these files need."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from configured_ground import METERS, SIMULATED, Edge, Web, assign_meter, new_gateway, shows
from demo_place import Place, demo_place

from devices.models import Device
from devices.registry import issue_token
from edge.sim.launch import RunningPlant, start_plant

OVERLAP_H = 0.0005  # 1.8 s: how long an old token goes on beside the new one


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Give a test a folder and a port for demos."""
    with demo_place(tmp_path) as place:
        yield place


@pytest.fixture(scope="module")
def meters() -> Iterator[RunningPlant]:
    """Run the two simulated meters of the demo."""
    with start_plant(METERS) as running:
        yield running


@pytest.fixture(scope="module")
def web_server(
    servers: Any, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """Give a module one web server."""
    folder = tmp_path_factory.mktemp("web")
    web = Web(servers.database_url, folder, TOKEN_OVERLAP_HOURS=str(OVERLAP_H))
    yield web
    web.stop()


@pytest.fixture
def web(web_server: Web, transactional_db: None, settings: Any) -> Web:
    """Start the web server, or go on with the one that runs."""
    settings.CHANNEL_PREFIX = os.environ["CHANNEL_PREFIX"]  # what the server took, too
    web_server.start()
    return web_server


@pytest.fixture
def gateway(web: Web) -> Device:
    """Register a gateway."""
    return new_gateway()


@pytest.fixture
def edge(web: Web, gateway: Device, tmp_path: Path) -> Iterator[Edge]:
    """Run the gateway's process."""
    edge = Edge(web.socket_url, tmp_path, issue_token(device=gateway).token)
    edge.start(gateway.uid)
    yield edge
    edge.open.close()


@pytest.fixture
def meter(gateway: Device, meters: RunningPlant) -> Device:
    """Have the gateway read a simulated meter that is in order."""
    meters.fault(SIMULATED, "clear")
    return assign_meter(gateway, meters)


@pytest.fixture
def reading(edge: Edge, meter: Device, meters: RunningPlant) -> Edge:
    """Wait until the gateway reads the meter."""
    shows(edge, meter, meters, 231.5)
    return edge
