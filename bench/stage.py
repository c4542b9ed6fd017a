"""Real servers and the real application for a measurement, in a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from project.embedded import EmbeddedPostgres, EmbeddedValkey
from project.embedded.process import free_port

WEB = {
    "uvicorn": "uvicorn {application} --host 127.0.0.1 --port {port} --loop uvloop"
    " --http project.server:Http --ws project.server:WebSocket --ws-max-size 1048576"
    " --ws-per-message-deflate false --no-access-log --log-level warning",
    "daphne": "project.daphne -b 127.0.0.1 -p {port} -v 0 {application}",
}


def answers(url: str) -> bool:
    """Wait for something that was just started, half a minute if it refuses connections."""
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


@dataclass
class Stage:
    """What is running. Django is set up against it in this process."""

    folder: Path
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    environment: dict[str, str]
    webs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_web(
        self,
        server: str = "uvicorn",
        settings: Mapping[str, str] | None = None,
        application: str = "project.asgi:application",
    ) -> int:
        """Start one web process and return its port once it answers."""
        port = free_port()
        command = WEB[server].format(port=port, application=application).split()
        command = [sys.executable, "-m", *command]
        log = (self.folder / f"web-{port}.log").open("wb")
        self.webs.append(
            subprocess.Popen(
                command,
                env={
                    **os.environ,
                    **self.environment,
                    "ALLOWED_ORIGINS": f"http://127.0.0.1:{port}",
                    **(settings or {}),
                },
                stdout=log,
                stderr=log,
            )
        )
        if not answers(f"http://127.0.0.1:{port}/healthz"):
            raise SystemExit(Path(log.name).read_text())
        return port

    def stop_webs(self) -> None:
        """Stop the web processes."""
        for web in self.webs:
            web.terminate()
            web.wait(30)
        self.webs.clear()


@contextmanager
def stage() -> Iterator[Stage]:
    """Start PostgreSQL (durable, as in production) and Valkey, migrate, and clean up afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sentinel-bench-"))
    folder.chmod(0o711)
    with (
        EmbeddedPostgres(folder / "postgres") as postgres,
        EmbeddedValkey(folder / "valkey") as valkey,
    ):
        environment = {
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "SECRET_KEY": "bench",
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "STATIC_ROOT": str(folder / "static"),
        }
        os.environ.update(environment)
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        running = Stage(folder, postgres, valkey, environment)
        try:
            yield running
        finally:
            running.stop_webs()
            from django.db import connections

            connections.close_all()
    shutil.rmtree(folder, ignore_errors=True)


def make_gateways(count: int, tags: int) -> list[str]:
    """Register gateways with ``tags`` tags each; returns specs for ``bench.load``."""
    from devices.models import Device, Site, Tag
    from devices.registry import issue_token

    site, _ = Site.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    specs = []
    for number in range(count):
        uid = f"BENCH-{number:04d}"
        device = Device.objects.create(
            uid=uid, name=uid, site=site, frames_per_s=1e6, readings_per_s=1e8
        )
        Tag.objects.bulk_create(Tag(device=device, name=f"t{i}") for i in range(tags))
        token = issue_token(device=device).token
        specs.append(f"{uid}:{token}:{uid}:0:{tags}")
    return specs


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
