"""kill -9 of a web process: another one notices that its gateways are gone."""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from running import answers, running, wait_for
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from devices.models import Connection, Device, DeviceState, Site
from devices.registry import issue_token
from edge import wire
from project.embedded.process import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gateway(db: None) -> Device:
    site = Site.objects.create(slug="east", name="East works")
    return Device.objects.create(uid="GW-1", name="Gateway", site=site)


def hello() -> str:
    now_ms = int(time.time() * 1000)
    return wire.encode(wire.Hello(v=1, uid="GW-1", epoch="0" * 16, next={}, wall=now_ms))


def is_connected(device: Device) -> bool:
    return DeviceState.objects.filter(device=device, connected=True).exists()


def test_the_gateways_of_a_killed_process_go_offline_though_nobody_said_goodbye(
    servers: Any, gateway: Device, tmp_path: Path
) -> None:
    token = issue_token(device=gateway).token
    environment = {
        **os.environ,
        "DATABASE_URL": servers.database_url,
        "GATEWAY_HEARTBEAT_S": "0.5",
    }
    logs = [tmp_path / name for name in ("killed.log", "left.log")]
    ports = [free_port(), free_port()]
    commands = [
        f"{sys.executable} -m project.daphne -p {port} project.asgi:application" for port in ports
    ]
    with (
        running(commands[0], environment, logs[0]) as killed,
        running(commands[1], environment, logs[1]),
    ):
        for port in ports:
            url = f"http://127.0.0.1:{port}/healthz"
            wait_for(partial(answers, url), f"a web process on port {port}", *logs)
        with connect(
            f"ws://127.0.0.1:{ports[0]}/ws/v1/gateway",
            additional_headers={"Authorization": f"Bearer {token}"},
        ) as socket:
            socket.send(hello())
            assert '"welcome"' in str(socket.recv(timeout=20))
            assert is_connected(gateway)
            killed.send_signal(signal.SIGKILL)
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=20)
        wait_for(lambda: not is_connected(gateway), "the gateway going offline", *logs)
    assert Connection.objects.get().reason == "web process lost"
