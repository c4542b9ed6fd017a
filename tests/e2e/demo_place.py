"""A place where demos run: a state folder and a port of a test's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil
import psycopg2
from running import running, wait_for

from project.embedded.process import free_port

COMMAND = f"{sys.executable} -m project.demo"


class Place:
    """A state folder and a port, and demos started there."""

    def __init__(self, state: Path, logs: Path, stack: ExitStack) -> None:
        self.state, self.logs, self.stack = state, logs, stack
        self.port = free_port()
        self.page = f"http://127.0.0.1:{self.port}"
        self.log = logs / "demo.log"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing but Python: no setting, no server."""
        shell = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return shell | {"SENTINEL_STATE": str(self.state), "PORT": str(self.port)}

    def start(self) -> subprocess.Popen[bytes]:
        """Start a demo and wait until it says where it is."""
        self.log = self.logs / f"demo-{len(list(self.logs.iterdir()))}.log"
        demo = self.stack.enter_context(running(COMMAND, self.environment, self.log))
        wait_for(lambda: "Ctrl-C stops" in self.log.read_text(), "the welcome", self.log)
        return demo

    def password(self, user: str) -> str:
        """Read what the demo shows for a user."""
        return (self.state / f"{user}.password").read_text()

    def readings(self) -> int:
        """Count what is stored of SIM001's temperature."""
        variables = (self.state / "demo.env").read_text()
        url = re.search(r"DATABASE_URL='(.+)'", variables)
        assert url
        with closing(psycopg2.connect(url[1])) as connection, connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from devices_reading r join devices_tag t on t.id = r.tag_id"
                " join devices_device d on d.id = t.device_id"
                " where d.uid = 'SIM001' and t.name = 'temperature'"
            )
            return int(cursor.fetchone()[0])

    def processes(self) -> list[str]:
        """Command lines of everything that belongs to this folder or port, zombies aside."""
        found = []
        for process in psutil.process_iter(["pid", "cmdline", "environ", "status"]):
            seen = process.info
            ours = str(self.state) in " ".join(seen["cmdline"] or [])
            ours |= (seen["environ"] or {}).get("SENTINEL_STATE") == str(self.state)
            if ours and seen["status"] != psutil.STATUS_ZOMBIE:
                found.append(" ".join(seen["cmdline"] or []))
        return found


@contextmanager
def demo_place(logs: Path) -> Iterator[Place]:
    """Make a place, and end what runs there afterwards."""
    state = Path(tempfile.mkdtemp(prefix="sentinel-demo-"))  # PostgreSQL's user passes through
    state.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, state)
        yield Place(state, logs, stack)
