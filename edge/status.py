"""``python -m edge status``: what the running gateway says of itself.

It answers on a socket in the state folder, so that nothing is written to the disk for it, and a
gateway that does not run cannot look as if it did.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from edge.wire import UnitHealth

logger = logging.getLogger(__name__)

FILE: Final = "status.sock"
TIMEOUT_S: Final = 5.0


class NotRunning(Exception):
    """No gateway runs on this state folder."""


class CameraStatus(Struct):
    """How a camera does."""

    uid: str
    state: str  # of ``CameraState``, in lower case
    fps: float  # pictures a second that were looked at
    detect_ms: float | None  # that the models take for one; None: not known
    place: str = ""  # its source, without a password
    why: str = ""  # no pictures come
    size: tuple[int, int] | None = None  # width and height of a picture as it came; None: none yet


class LiveState(Struct):
    """The state of a running gateway. Times: UTC epoch milliseconds, or seconds where it says."""

    agent: str
    pid: int
    uid: str
    url: str
    running_s: float
    is_up: bool
    why: str  # it is not; empty when it is
    skew_ms: int | None  # the gateway's clock minus the cloud's
    token: str  # look-up part of the one that is shown
    config: int | None  # version of the configuration; 0: none yet; None: its own file
    connections: int
    devices: int
    tags: int
    unknown: int  # tags that the cloud does not know
    waiting: int  # frames in the spool
    oldest_ms: int | None
    spool_bytes: int
    read_errors: int
    units: list[UnitHealth]
    cameras: list[CameraStatus] = []


@asynccontextmanager
async def answering(folder: Path, look: Callable[[], Awaitable[LiveState]]) -> AsyncIterator[None]:
    """Answer everybody who asks at the state folder, while the context is open."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(msgspec.json.encode(await look()))
            await writer.drain()
        except ConnectionError:
            pass  # whoever asked did not wait
        finally:
            writer.close()

    path = folder / FILE
    try:
        _make_room(path)
        server = await asyncio.start_unix_server(answer, path)
        path.chmod(0o600)
    except OSError as error:  # a long path, or a file system without sockets
        logger.warning("nobody can ask for the status of this gateway: %s", error)
        yield
        return
    async with server:
        yield
    path.unlink(missing_ok=True)


def _make_room(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # of a gateway that was killed: its spool is ours, so it is gone


def ask(folder: Path) -> LiveState:
    """Ask the gateway that runs on a state folder.

    Raises:
        NotRunning: there is none, or it does not answer.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(TIMEOUT_S)
        try:
            line.connect(os.fspath(folder / FILE))
            answer = b""
            while part := line.recv(65536):
                answer += part
            return msgspec.json.decode(answer, type=LiveState)
        except (OSError, msgspec.MsgspecError) as error:
            raise NotRunning(f"no gateway runs on {folder}") from error


def describe(state: LiveState) -> list[str]:
    """Say it in lines for the terminal."""
    link = "up" if state.is_up else f"down: {state.why}"
    if state.config is None:
        runs = "its own file"
    else:
        runs = f"version {state.config} of the cloud" if state.config else "none yet"
    lines = [
        f"gateway        {state.uid}, {state.agent}, pid {state.pid},"
        f" running for {_duration(state.running_s)}",
        f"cloud          {state.url}: {link}",
        f"clock          {_skew(state.skew_ms)}",
        f"token          {state.token or '(not of the usual form)'}",
        f"configuration  {runs}: {state.connections} connections, {state.devices} devices,"
        f" {state.tags} tags, {len(state.cameras)} cameras",
        f"spool          {state.waiting} frames wait, {state.spool_bytes / 1024:.0f} KiB",
        f"failed reads   {state.read_errors}",
    ]
    if state.unknown:
        lines.append(f"unknown tags   {state.unknown}: the cloud quarantines their readings")
    units = [_unit(unit) for unit in state.units]
    return lines + units + [_camera(camera) for camera in state.cameras]


def _unit(unit: UnitHealth) -> str:
    counts = f"{unit.requests} requests, {unit.timeouts} timeouts, {unit.refusals} refusals"
    line = f"  {unit.device:20} {unit.state:8} {unit.latency_ms:7.1f} ms  {counts}"
    return f"{line}; {unit.error}" if unit.error else line


def _camera(camera: CameraStatus) -> str:
    line = f"  {camera.uid:20} {camera.state:10} {camera.fps:5.1f} pictures/s"
    return line if camera.detect_ms is None else f"{line}, {camera.detect_ms:.0f} ms each"


def _skew(skew_ms: int | None) -> str:
    if skew_ms is None:
        return "not compared with the cloud yet"
    return f"{abs(skew_ms) / 1000:.1f} s {'ahead of' if skew_ms > 0 else 'behind'} the cloud"


def _duration(seconds: float) -> str:
    minutes, s = divmod(int(seconds), 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    return f"{days} d {h} h" if days else f"{h} h {m} min" if h else f"{m} min {s} s"
