"""What a gateway that floods costs the others: how long their acknowledgements take, in rounds.

In each round three gateways send one reading at a time and wait for its acknowledgement: alone;
while another process sends the same flood to a sink, which reads everything and does nothing, so
that it costs only the processor that all share here; and while a fourth gateway floods the server
without pause, connecting again whenever it is cut, or leaves after each thousand frames by itself.
"""

from __future__ import annotations

import multiprocessing
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection

from bench.gateway import Gateway, now_ms
from bench.load import frame_bytes
from edge import wire

KINDS: dict[str, wire.Up] = {
    "frames beyond the window": wire.Data("live", 1, now_ms(), [0], [0], [1.0]),
    "small frames": wire.Beat(wall=now_ms()),
}
SINK = "the same into a sink"
LEAVES = "a thousand frames, then a new connection"
_spawn = multiprocessing.get_context("spawn")


def measure_flood(port: int, specs: list[str], seconds: float, rounds: int) -> None:
    """Print what each kind of flood costs three gateways that work.

    Args:
        port: of the web server.
        specs: a gateway that floods and those that work, see ``make_gateways``.
        seconds: of each measurement.
        rounds: of which the medians are printed.
    """
    took: dict[str, list[float]] = {"alone": [], SINK: []} | {kind: [] for kind in KINDS}
    took[LEAVES] = []
    ends: dict[str, Counter[str]] = {kind: Counter() for kind in (*KINDS, LEAVES)}
    for _ in range(rounds):
        took["alone"].append(p99(acks(port, specs[1:], seconds)))
        with sink_flooded():
            took[SINK].append(p99(acks(port, specs[1:], seconds)))
        for kind, frame in KINDS.items():
            with flooded(flood, port, specs[0], flood_of(frame), ends[kind]):
                took[kind].append(p99(acks(port, specs[1:], seconds)))
        frames = flood_of(KINDS["frames beyond the window"])
        with flooded(come_and_go, port, specs[0], frames, ends[LEAVES]):
            took[LEAVES].append(p99(acks(port, specs[1:], seconds)))
    for name, values in took.items():
        times = statistics.median(v / a for v, a in zip(values, took["alone"], strict=True))
        told = f", closed {dict(ends[name])}" if name in ends else ""
        each = " ".join(f"{value:.0f}" for value in values)
        middle = statistics.median(values)
        print(
            f"  {name}: ack p99 {middle:.0f} ms, {times:.1f} times alone ({each}){told}", flush=True
        )


def acks(port: int, specs: list[str], seconds: float) -> list[float]:
    """Return the milliseconds that each acknowledgement took, sorted."""
    took: list[float] = []
    gateways = [Gateway(port, spec) for spec in specs]
    stop = time.monotonic() + seconds

    def work(gateway: Gateway) -> None:
        while time.monotonic() < stop:
            took.append(gateway.store(1) * 1000)
            time.sleep(0.05)
        gateway.socket.close()

    threads = [threading.Thread(target=work, args=(each,)) for each in gateways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(took)


def p99(values: list[float]) -> float:
    """Return the 99th percentile of sorted values."""
    return values[len(values) * 99 // 100]


# ---------------------------------------------------------------- who floods


@contextmanager
def flooded(
    how: Callable[..., None], port: int, spec: str, frames: bytes, ends: Counter[str]
) -> Iterator[None]:
    """Flood the server beside the block, from a process of its own; count how that was ended."""
    told: Queue[str] = _spawn.Queue()
    with beside(how, port, spec, frames, told):
        ends[told.get()] += 1  # it floods
        yield
    while not told.empty():
        ends[told.get()] += 1


@contextmanager
def sink_flooded() -> Iterator[None]:
    """Flood a process that only reads, beside the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with (
            beside(sink, listener),
            beside(flood_sink, port, flood_of(KINDS["small frames"])),
        ):
            yield


@contextmanager
def beside(work: Callable[..., None], *args: object) -> Iterator[None]:
    """Run this in a process of its own until the end of the block."""
    process = _spawn.Process(target=work, args=args, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def flood_of(frame: wire.Up) -> bytes:
    """Write a thousand websocket frames."""
    return frame_bytes(wire.encode(frame).encode()) * 1000


def flood(port: int, spec: str, frames: bytes, ends: Queue[str]) -> None:
    """Send these frames without pause, and tell how each connection ended."""
    while True:
        gateway = Gateway(port, spec)
        try:
            while True:
                gateway.socket.socket.sendall(frames)
        except OSError:
            ends.put(how_it_ended(gateway.socket))


def come_and_go(port: int, spec: str, frames: bytes, ends: Queue[str]) -> None:
    """Send these frames on one new connection after the other, and wait for no answer."""
    while True:
        try:
            gateway = Gateway(port, spec)
            gateway.socket.socket.sendall(frames)
            gateway.socket.socket.shutdown(socket.SHUT_RDWR)
            ends.put("left")
        except (OSError, ConnectionClosed, InvalidHandshake) as refused:
            ends.put(type(refused).__name__)


def how_it_ended(websocket: ClientConnection) -> str:
    """Return the close code, or that the connection was cut."""
    try:
        while True:
            websocket.recv(timeout=5)
    except ConnectionClosed as closed:
        return str(closed.rcvd.code) if closed.rcvd else "cut"


def flood_sink(port: int, frames: bytes) -> None:
    """Send these frames without pause."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while True:
            connection.sendall(frames)


def sink(listener: socket.socket) -> None:
    """Read whatever comes."""
    connection, _ = listener.accept()
    buffer = bytearray(1 << 16)
    while connection.recv_into(buffer):
        pass
