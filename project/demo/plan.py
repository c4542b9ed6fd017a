"""Which processes make the platform, each with the one command that starts it."""

from __future__ import annotations

import os
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from project.demo.service import Child
from project.demo.state import ROOT, State
from project.embedded.process import free_port, is_free

PLANT = sorted((ROOT / "edge" / "sim" / "plant").glob("*.toml"))
METERS = ROOT / "project" / "demo" / "meters.toml"  # for the simulator only: see seed_demo
CAMERA_GATEWAY = "GW-CAMERAS"  # configured by the server, like that of the meters: see seed_demo
# what a gateway may see of our environment: it runs elsewhere in earnest, without our secrets
_HARMLESS = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "PYTHONDEVMODE", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before the first process starts."""

    state: State
    host: str
    port: int
    database_url: str
    redis_url: str
    places: dict[str, str]  # SENTINEL_CONNECTION_*: host:port of every simulated PLC
    control: int  # port at which the simulated plant takes orders
    rtsp: int  # port of the simulated camera

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://localhost:{self.port}/"

    @property
    def meters(self) -> str:
        """Where the simulated meters are, host:port."""
        return self.places["SENTINEL_CONNECTION_METERS"]

    def cloud_environment(self) -> dict[str, str]:
        """Environment of the web server, the worker and the management commands."""
        ours = {
            "SECRET_KEY": self.state.secret("secret_key"),
            "ALLOWED_ORIGINS": f"http://localhost:{self.port},http://127.0.0.1:{self.port}",
            "STATIC_ROOT": str(self.state.folder / "static"),
            "MEDIA_ROOT": str(self.state.folder / "media"),
        }
        fixed = {
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "PYTHONUNBUFFERED": "1",
        }
        return ours | dict(os.environ) | fixed

    def prepare(self) -> Child:
        """Migrate, collect static files, seed: ends by itself."""
        command = ["-m", "project.demo.prepare", str(self.state.folder), self.meters]
        command.append(f"127.0.0.1:{self.rtsp}")
        return self._child("prepare", command, self.cloud_environment())

    def web(self) -> Child:
        """Serve pages, sockets and ingest."""
        command = ["-m", "uvicorn", "project.asgi:application", "--host", self.host]
        command += ["--port", str(self.port), "--loop", "uvloop"]
        command += ["--http", "project.server:Http", "--ws", "project.server:WebSocket"]
        command += ["--ws-max-size", "1048576", "--ws-per-message-deflate", "false"]
        command += ["--timeout-graceful-shutdown", "5", "--no-access-log"]
        return self._child("web", command, self.cloud_environment())

    def worker(self) -> Child:
        """Run the background tasks and their schedule."""
        schedule = str(self.state.folder / "beat")
        command = ["-m", "celery", "-A", "project", "worker", "--beat", "-s", schedule]
        command += ["--concurrency", "2", "--loglevel", "INFO"]  # one may make an export
        return self._child("worker", command, self.cloud_environment())

    def plant(self) -> Child:
        """Simulate the PLCs."""
        files = map(str, [*PLANT, METERS])
        command = ["-m", "edge.sim", "run", *files, "--control", str(self.control)]
        return self._child("plant", command, _outside() | self.places)

    def camera(self) -> Child:
        """Simulate an RTSP camera."""
        folder = str(self.state.folder / "camera")
        command = ["-m", "edge.sim.rtsp", folder, str(self.rtsp), str(free_port())]
        return self._child("camera", command, _outside())

    def gateway(self, file: Path) -> Child:
        """Run the gateway of one configuration file."""
        uid = gateway_uid(file)
        ours = {"SENTINEL_SPOOL": str(self.state.folder / f"{uid.lower()}.spool")}
        return self._gateway(uid, ["--config", str(file)], self.places | ours)

    def managed_gateways(self) -> list[Child]:
        """Run the gateways that know nothing but their URL, UID and token."""
        return [self._managed(uid) for uid in (gateway_uid(METERS), CAMERA_GATEWAY)]

    def _managed(self, uid: str) -> Child:
        folder = self.state.folder / uid.lower()
        return self._gateway(uid, ["--state", str(folder), "--uid", uid], {})

    def _gateway(self, uid: str, options: list[str], env: dict[str, str]) -> Child:
        ours = {
            "SENTINEL_URL": f"ws://127.0.0.1:{self.port}/ws/v1/gateway",
            "SENTINEL_TOKEN_FILE": str(self.state.folder / f"{uid.lower()}.token"),
        }
        command = ["-m", "edge", "run", *options]
        return self._child(uid.lower(), command, _outside() | env | ours)

    def _child(self, name: str, command: list[str], env: dict[str, str]) -> Child:
        log = self.state.logs / f"{name}.log"
        return Child(name, [sys.executable, *command], log=log, env=env, cwd=ROOT)


def gateway_uid(file: Path) -> str:
    """Read the UID of the gateway that this file describes."""
    return str(tomllib.loads(file.read_text())["gateway"]["uid"])


def connection_places() -> dict[str, str]:
    """Choose a port for every simulated PLC: its own, or a free one where that is busy."""
    places = {}
    for file in [*PLANT, METERS]:
        for connection in tomllib.loads(file.read_text())["connection"]:
            port = port_near(connection["port"])
            name = connection["name"].upper().replace("-", "_")
            places[f"SENTINEL_CONNECTION_{name}"] = f"127.0.0.1:{port}"
    return places


def port_near(wanted: int) -> int:
    """Take the usual port, or a free one where that is busy."""
    return wanted if is_free(wanted) else free_port()


def _outside() -> dict[str, str]:
    known = {name: os.environ[name] for name in _HARMLESS if name in os.environ}
    return known | {"PYTHONUNBUFFERED": "1"}
