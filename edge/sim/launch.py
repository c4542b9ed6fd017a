"""Start a simulated plant as a process of its own, for tests and benchmarks.

Inside an event loop, ``edge.sim.simulation.running`` does the same without a process.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from edge.config import environment_name
from edge.sim import door
from edge.sim.commands import Answer, Command, InjectFault, Kind, SetValue

ROOT = Path(__file__).parents[2]
STOP_S = 10.0


class RunningPlant:
    """A plant that listens."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: str, connections: dict[str, str]
    ) -> None:
        self.process = process
        self.control = control
        self.connections = connections  # host:port by name

    @property
    def environment(self) -> dict[str, str]:
        """Variables that send a gateway, or a later plant, to the ports of this one."""
        return {environment_name(name): place for name, place in self.connections.items()}

    def ask(self, command: Command) -> Answer:
        """Send a command to the control door.

        Raises:
            NoPlant: the plant is gone.
            CommandRefused: it does not do it.
        """
        return door.ask(self.control, command)

    def fault(self, device: str, kind: Kind, *, tag: str = "", seconds: float = 0.0) -> None:
        """Break or mend a device; see ``ask``."""
        self.ask(InjectFault(device=device, kind=kind, tag=tag, seconds=seconds))

    def set(self, device: str, tag: str, value: float) -> float:
        """Hold a tag at a value, and return when its registers changed (seconds since 1970)."""
        return self.ask(SetValue(device=device, tag=tag, value=value)).time_s

    def stop(self) -> int:
        """End the plant as Ctrl-C does, and return its exit status."""
        return _end(self.process)

    def kill(self) -> None:
        """Take the plant away without a farewell."""
        self.process.kill()
        self.process.wait()


@contextmanager
def start_plant(
    *configs: Path | str,
    environ: Mapping[str, str] | None = None,
    free_ports: bool = True,
    ready_s: float = 30.0,
) -> Iterator[RunningPlant]:
    """Start a plant, wait until it listens, and stop it at the end of the block.

    Args:
        configs: the gateways' TOML files.
        environ: on top of this process's environment.
        free_ports: take free ports; otherwise those of the files and of ``environ``.
        ready_s: how long it may take to start.

    Raises:
        RuntimeError: it did not start; what it said about it is on stderr.
    """
    command = [sys.executable, "-m", "edge.sim", "run", "--control", "0"]
    command += ["--free-ports"] * free_ports + [str(Path(config).absolute()) for config in configs]
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, **(environ or {})}
    )
    try:
        ready = json.loads(_first_line(process, ready_s))
        plant = RunningPlant(process, ready["control"], ready["connections"])
        yield plant
    finally:
        _end(process)
        if process.stdout is not None:
            process.stdout.close()


def _end(process: subprocess.Popen[bytes]) -> int:
    process.terminate()  # does nothing to one that has ended
    try:
        return process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _first_line(process: subprocess.Popen[bytes], timeout_s: float) -> bytes:
    if process.stdout is None:
        raise RuntimeError("the plant was started without a pipe")
    deadline, line = time.monotonic() + timeout_s, b""
    while not line.endswith(b"\n"):
        readable, _, _ = select.select(
            [process.stdout], [], [], max(deadline - time.monotonic(), 0)
        )
        data = os.read(process.stdout.fileno(), 4096) if readable else b""
        if not data:
            raise RuntimeError("the plant did not start; see its messages above")
        line += data
    return line
