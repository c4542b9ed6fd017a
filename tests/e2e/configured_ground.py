"""A web server, a simulated meter and a gateway that has no file: all of them processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection
from running import answers, documented, running, wait_for

from devices.models import (
    Device,
    DeviceProfile,
    DeviceState,
    GatewayConfiguration,
    ModbusConnection,
    Site,
    Tag,
)
from devices.profiles import apply_profile, load_shipped_profiles
from devices.registry import create_device, save_connection, save_tags
from edge.sim.launch import RunningPlant
from project.embedded.process import free_port

METERS = Path(__file__).parents[2] / "project" / "demo" / "meters.toml"
SIMULATED = "MTR001"  # what the simulator calls the meter that is read here
KILLED = Path(__file__).parents[1] / "edge" / "agent" / "killed.py"
_HARMLESS = ("PATH", "HOME", "LANG")


class Web:
    """The web server, at the same port every time it is started."""

    def __init__(self, database_url: str, folder: Path, **settings: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.socket_url = f"ws://127.0.0.1:{port}/ws/v1/gateway"
        self.log = folder / "web.log"
        self._environment = os.environ | settings
        self._environment |= {"DATABASE_URL": database_url, "PORT": str(port)}
        self._open = ExitStack()
        self._runs = False

    def start(self) -> None:
        """Start it, unless it runs, and return when it answers."""
        if self._runs:
            return
        command = f"{sys.executable} -m {documented('web')}"
        self._open.enter_context(running(command, self._environment, self.log))
        wait_for(lambda: answers(f"{self.url}/healthz"), "the web server", self.log)
        self._runs = True

    def stop(self) -> None:
        """Take it away."""
        self._open.close()
        self._runs = False


@dataclass
class Edge:
    """A gateway's folder and the process on it."""

    url: str
    folder: Path
    token: str = ""
    process: subprocess.Popen[bytes] | None = None
    open: ExitStack = field(default_factory=ExitStack)

    @property
    def log(self) -> Path:
        """What it wrote."""
        return self.folder / "gateway.log"

    @property
    def truth(self) -> Path:
        """Its own record of what it spooled."""
        return self.folder / "truth.log"

    def start(self, uid: str = "", *, kill_at: int = 0) -> None:
        """Run it; with a uid it is told everything anew, without one its folder must be enough.

        Args:
            uid: its own.
            kill_at: it dies before the n-th touch of its tokens and configuration; 0: never.
        """
        state = self.folder / "state"
        told = f"--url {self.url} --uid {uid}" if uid else ""
        command = f"{sys.executable} {KILLED} {kill_at} {state} run --state {state} {told}"
        self.process = self.open.enter_context(running(command, self._environment, self.log))

    def kill(self) -> None:
        """End it without a word."""
        assert self.process
        self.process.kill()
        self.process.wait()
        self.open.close()

    def verb(self, *words: str) -> tuple[int, str]:
        """Run another verb on its folder; return exit code and what it said."""
        command = [sys.executable, "-m", "edge", *words, "--state", str(self.folder / "state")]
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until it is so; show the log when that does not happen."""
        wait_for(condition, what, self.log)

    @property
    def _environment(self) -> dict[str, str]:
        own = {"PYTHONPATH": str(Path(__file__).parents[2]), "SENTINEL_TRUTH_LOG": str(self.truth)}
        if self.token:
            own["SENTINEL_TOKEN"] = self.token
        return {name: os.environ[name] for name in _HARMLESS if name in os.environ} | own


def new_gateway() -> Device:
    """Register a gateway that has nothing to read yet, beside the profiles that come along."""
    load_shipped_profiles()
    site = Site.objects.create(slug="east", name="East works")
    return create_device(uid="GW-1", name="Gateway", site=site)


def assign_meter(gateway: Device, meters: RunningPlant) -> Device:
    """Have a gateway read the simulated meter as its profile says."""
    host, _, port = meters.connections["meters"].rpartition(":")
    line = ModbusConnection(gateway=gateway, name="meters", host=host, port=int(port))
    save_connection(connection=line)
    meter = create_device(uid="METER", name="Meter", site=gateway.site, via=gateway)
    meter.modbus, meter.unit_id = line, 1
    apply_profile(device=meter, profile=DeviceProfile.objects.get(slug="eastron-sdm630"))
    return meter


def change_tag(device: Device, name: str, **point: object) -> None:
    """Say of a tag what its profile says otherwise."""
    tag = Tag.objects.get(device=device, name=name)
    tag.point = point
    save_tags(device=device, tags=[tag])


def readings(device: Device, tag: str) -> Iterator[float | None]:
    """Values that were stored of a tag, the newest source time first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select r.value from devices_reading r join devices_tag t on t.id = r.tag_id"
            " where t.device_id = %s and t.name = %s order by r.source_time desc",
            [device.pk, tag],
        )
        for (value,) in cursor.fetchall():
            yield value


def latest(device: Device, tag: str) -> float | None:
    """The newest value that was stored of a tag; None: there is none, or it has no value."""
    return next(readings(device, tag), None)


def shows(
    edge: Edge, meter: Device, meters: RunningPlant, volts: float, scale: float = 1.0
) -> None:
    """Hold the meter's voltage at a value, and wait until that is stored."""
    meters.set(SIMULATED, "v_l1", volts)
    edge.until(lambda: latest(meter, "v_l1") == volts * scale, f"{volts} V being stored")


def runs(gateway: Device) -> int | None:
    """Version of its configuration that a gateway runs."""
    return DeviceState.objects.get(device=gateway).config_version


def newest(gateway: Device) -> GatewayConfiguration:
    return gateway.configurations.latest("version")


def is_connected(gateway: Device) -> bool:
    return DeviceState.objects.filter(device=gateway, connected=True).exists()
