"""Start everything, show where, keep it running, stop everything."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from types import FrameType

from project.demo.plan import PLANT, Plan, connection_places, port_near
from project.demo.service import Child, Server, Watcher, stop_orphans, trim_logs
from project.demo.state import State, state_folder
from project.demo.terminal import say
from project.embedded import EmbeddedPostgres, EmbeddedValkey, NotStarted
from project.embedded.files import write_secret
from project.embedded.process import follow_parent, is_free

_READY_WITHIN_S = 60.0
_TRIM_EVERY_S = 60.0
_CONTROL = 15020  # where edge.sim takes orders unless told otherwise
_RTSP = 18554  # of the simulated camera


class Stopped(Exception):
    """Someone pressed Ctrl-C, or asked by signal."""


class Demo:
    """One run."""

    def __init__(self, state: State, host: str, port: int) -> None:
        """Prepare; nothing runs yet."""
        self.state, self.host, self.port = state, host, port
        self.watcher = Watcher()
        self.stopping = threading.Event()

    def run(self) -> None:
        """Run until told to stop.

        Raises:
            NotStarted: a part does not start.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._ask_to_stop)
        try:
            self._start()
            self._keep_running()
        except Stopped:
            pass
        finally:
            say("demo", "stopping")
            self.watcher.stop()
            say("demo", f"stopped; the data stays in {self.state.folder}")
            self.state.release()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _start(self) -> None:
        self.state.publish(f"process {os.getpid()}")
        stop_orphans(self.state.logs)
        if not is_free(self.port, self.host):
            raise NotStarted(f"port {self.port} is in use; choose another: make demo PORT=8001")
        plan = Plan(
            state=self.state,
            host=self.host,
            port=self.port,
            database_url=self._database(),
            redis_url=self._redis(),
            places=connection_places(),
            control=port_near(_CONTROL),
            rtsp=port_near(_RTSP),
        )
        self._write_environment(plan)
        self._prepare(plan.prepare())
        self._start_children(plan.web(), plan.plant(), plan.camera(), plan.worker())
        self._wait_until_ready(plan)
        self._start_children(*map(plan.gateway, PLANT), *plan.managed_gateways())
        self._welcome(plan)

    def _keep_running(self) -> None:
        trimmed_at = time.monotonic()
        while not self.stopping.wait(0.2):
            self.watcher.check(time.monotonic())
            if time.monotonic() - trimmed_at > _TRIM_EVERY_S:
                trim_logs(self.state.logs)
                trimmed_at = time.monotonic()

    # ------------------------------------------------------------ steps of the start

    def _database(self) -> str:
        if url := os.environ.get("DATABASE_URL"):
            say("postgres", "DATABASE_URL says where")
            return url
        server = EmbeddedPostgres(self.state.folder / "postgres")
        self._start_server(Server("postgres", server))
        return server.url

    def _redis(self) -> str:
        if url := os.environ.get("REDIS_URL"):
            say("valkey", "REDIS_URL says where")
            return url
        server = EmbeddedValkey(self.state.folder / "valkey")
        self._start_server(Server("valkey", server))
        return server.url

    def _start_server(self, server: Server) -> None:
        self._check_stop()
        began = time.monotonic()
        self.watcher.start(server, began)
        took = time.monotonic() - began
        say(server.name, f"ready at 127.0.0.1:{server.server.port} after {took:.1f} s")

    def _start_children(self, *children: Child) -> None:
        for child in children:
            self._check_stop()
            self.watcher.start(child, time.monotonic())
            say(child.name, f"started, log in {child.log}")

    def _write_environment(self, plan: Plan) -> None:
        """Let a person run manage.py against this demo: ``set -a; . var/demo.env``."""
        names = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "STATIC_ROOT", "ALLOWED_ORIGINS")
        env = plan.cloud_environment()
        lines = "".join(f"{name}='{env[name]}'\n" for name in names)
        write_secret(self.state.folder / "demo.env", lines)

    def _prepare(self, child: Child) -> None:
        began = time.monotonic()
        child.start()
        try:
            while child.is_alive():
                self._check_stop()
                time.sleep(0.02)
            if child.exit_code != 0:
                raise NotStarted(f"preparing failed: {child.last_words()} (all of it: {child.log})")
        finally:
            child.stop()
        say(
            "prepare", f"database and static files are ready after {time.monotonic() - began:.1f} s"
        )

    def _wait_until_ready(self, plan: Plan) -> None:
        deadline = time.monotonic() + _READY_WITHIN_S
        while not _answers(f"http://127.0.0.1:{plan.port}/readyz"):
            self._check_stop()
            self.watcher.check(time.monotonic())
            if time.monotonic() > deadline:
                log = self.state.logs / "web.log"
                raise NotStarted(f"the web server does not answer; see {log}")
            time.sleep(0.05)

    def _welcome(self, plan: Plan) -> None:
        self.state.publish(f"process {os.getpid()}, {plan.url}")
        say("", "")
        say("Sentinel", plan.url)
        for user in ("admin", "operator"):
            say("", f"log in as {user:<10} password {self.state.password(user)}")
        where = "" if plan.control == _CONTROL else f" --control 127.0.0.1:{plan.control}"
        say("", f"break something: .venv/bin/python -m edge.sim fault{where} SIM001 dead")
        say("", f"register a meter: an SDM630 at {plan.meters}, unit 2 (docs/first-device.md)")
        say("", "Ctrl-C stops everything")

    def _check_stop(self) -> None:
        if self.stopping.is_set():
            raise Stopped


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - a URL of ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def port_from(text: str) -> int:
    """Read the port to listen on.

    Raises:
        NotStarted: it is none.
    """
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 65_535:
        return int(text)
    raise NotStarted(f"PORT: a number from 1 to 65535 is expected, not {text!r}")


def main() -> int:
    """Run the demo and return the exit status."""
    follow_parent()
    try:
        port = port_from(os.environ.get("PORT") or "8000")
        Demo(State(state_folder()), os.environ.get("BIND") or "127.0.0.1", port).run()
    except (NotStarted, OSError, ValueError) as error:
        sys.stderr.write(f"make demo: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
