"""Servers as child processes that never outlive their parent, not even one that was killed."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from project.orphans import end_with_parent

# Below the range from which the kernel serves outgoing connections, which could steal a port
# between the moment it is chosen and the moment it is listened on.
_PORTS = range(20_000, 32_000)
POLL_S = 0.01


class NotStarted(RuntimeError):
    """A server did not start. The message says why and where its log is."""


@dataclass(frozen=True)
class Account:
    """Another user to run as; only root can."""

    uid: int
    gid: int

    def own(self, *paths: Path) -> None:
        """Give these files to the account."""
        for path in paths:
            os.chown(path, self.uid, self.gid)


def die_with_parent(with_signal: signal.Signals) -> Callable[[], None]:
    """Make a function for the child, to be called before it executes its program.

    On Linux the kernel sends ``with_signal`` to the child when the *thread* that started it ends,
    so children are started from the main thread. Elsewhere a killed parent leaves its children,
    and the next start finds them by their pid files.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Servers are started from the main thread: they end with the thread.")
    parent = os.getpid()

    def in_child() -> None:
        if sys.platform == "linux":
            end_with_parent(with_signal)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    return in_child


def follow_parent() -> None:
    """End when make ends, however it ends: a killed make would leave us behind."""
    if os.environ.get("MAKELEVEL"):
        end_with_parent(signal.SIGTERM)


def _append_to(log: Path) -> IO[bytes]:
    """Open a log that no other user may read, whatever an earlier start left there."""
    file = open(log, "ab", opener=lambda path, flags: os.open(path, flags, 0o600))  # noqa: SIM115
    os.fchmod(file.fileno(), 0o600)
    return file


def spawn(
    args: Sequence[str | Path],
    *,
    with_signal: signal.Signals,
    log: Path,
    cwd: Path = Path("/"),
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    standard_input: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a server in its own process group (a Ctrl-C on the terminal reaches only us)."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with _append_to(log) as file:
        return subprocess.Popen(  # noqa: S603 - programs of ours
            args,
            stdin=standard_input,
            stdout=file,
            stderr=file,
            cwd=cwd,
            env=server_environment() if env is None else env,
            process_group=0,
            preexec_fn=die_with_parent(with_signal),  # noqa: PLW1509 - main thread only, see there
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def run(args: Sequence[str | Path], *, log: Path, account: Account | None = None) -> bool:
    """Run a program to its end, with its output in ``log``; say whether it succeeded."""
    with _append_to(log) as file:
        done = subprocess.run(  # noqa: S603 - programs of ours
            args,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd="/",
            env=server_environment(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=die_with_parent(signal.SIGKILL),
            check=False,
        )
    return done.returncode == 0


def server_environment() -> dict[str, str]:
    """Make an environment without settings of PostgreSQL clients, in the C locale."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**ours, "LC_ALL": "C", "TZ": "UTC"}


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, timeout_s: float
) -> None:
    """Wait for a server.

    Raises:
        NotStarted: it ended, or was not ready in time.
    """
    deadline = time.monotonic() + timeout_s
    while not ready():
        if process.poll() is not None:
            raise NotStarted(
                f"{log.stem} ended with {process.returncode}; {log} ends with:\n{tail(log)}"
            )
        if time.monotonic() > deadline:
            raise NotStarted(f"{log.stem} was not ready within {timeout_s:g} s; see {log}")
        time.sleep(POLL_S)


def stop(process: subprocess.Popen[bytes], how: signal.Signals, timeout_s: float) -> None:
    """Ask a process to end; kill it if it does not."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tail(log: Path, size: int = 800) -> str:
    """Read the end of a log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - size))
        return file.read().decode(errors="replace").strip()


def is_running(pid: int, name: str) -> bool:
    """Say whether this process exists and runs that program (pids are used again)."""
    if sys.platform == "linux":
        try:
            listed = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        _, _, rest = listed.partition("(")
        program, _, state = rest.rpartition(") ")
    else:
        args = ["/bin/ps", "-p", str(pid), "-o", "state=,comm="]
        done = subprocess.run(args, capture_output=True, text=True, check=False)  # noqa: S603
        state, _, program = done.stdout.strip().partition(" ")
    return name in program and not state.startswith("Z")  # a zombie has ended


def command_line(pid: int) -> str:
    """Return the command line of a process, its words joined by blanks; empty if it has ended."""
    if sys.platform == "linux":
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            words = b""
    else:
        args = ["/bin/ps", "-ww", "-p", str(pid), "-o", "args="]
        words = subprocess.run(args, capture_output=True, check=False).stdout.strip()  # noqa: S603
    return words.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")


def free_port() -> int:
    """Choose a port that nobody listens on at 127.0.0.1.

    Raises:
        NotStarted: there is none.
    """
    for port in random.SystemRandom().sample(_PORTS, 200):
        if is_free(port):
            return port
    raise NotStarted(f"no free port at 127.0.0.1 between {_PORTS.start} and {_PORTS.stop}")


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether this port could be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
