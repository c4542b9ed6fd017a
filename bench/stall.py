"""What a page that reads nothing costs, and what a gateway that floods costs the others.

    python -m bench.stall [--server uvicorn] [--server daphne] [--seconds 10]

With the defaults of the settings. The plant changes 200 texts of a kilobyte some times a second
while one page reads them and another one reads nothing. Then three gateways send one reading at a
time and wait for its acknowledgement, first alone, then while a fourth one floods without pause,
connecting again whenever it is cut.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from bench.load import frame_bytes
from bench.stage import Stage, make_gateways, stage
from edge import wire

TAGS, TEXT = 200, "x" * 1000
WORKERS = 3
GIVE_UP_S = 120.0


def rss(pid: int) -> int:
    """Bytes of RAM that a process holds (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def holds(pid: int, peer_port: int) -> bool:
    """Say whether a process has a connection to this local port (Linux)."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(str(link.readlink()))
        except FileNotFoundError:
            continue  # closed while we looked
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(
        int(row[2].split(":")[1], 16) == peer_port and f"socket:[{row[9]}]" in inodes
        for row in rows
    )


class Gateway:
    """A gateway that waits for each acknowledgement."""

    def __init__(self, port: int, spec: str) -> None:
        uid, token, _, _, tags = spec.split(":")
        url = f"ws://127.0.0.1:{port}/ws/v1/gateway"
        header = {"Authorization": f"Bearer {token}"}
        self.socket: ClientConnection = connect(
            url, additional_headers=header, proxy=None, ping_interval=None, legacy=True
        )
        self._seq = 0
        hello = wire.Hello(
            v=1,
            uid=uid,
            epoch=secrets.token_hex(8),
            next={},
            wall=_now_ms(),
            tags=[wire.TagDecl(n=n, device=uid, name=f"t{n}") for n in range(int(tags))],
        )
        self.socket.send(wire.encode(hello))
        self.socket.recv()

    def store(self, count: int, text: str = "") -> float:
        """Send one frame; return the seconds until it was acknowledged."""
        self._seq += 1
        values: list[float | None] = [None if text else 1.5] * count
        texts = dict.fromkeys(range(count), f"{self._seq} {text}") if text else None
        every = list(range(count))
        frame = wire.Data("live", self._seq, _now_ms(), [0] * count, every, values, None, texts)
        began = time.perf_counter()
        self.socket.send(wire.encode(frame))
        while True:
            answer = wire.decode_down(self.socket.recv())
            if isinstance(answer, wire.Ack) and answer.seq >= self._seq:
                return time.perf_counter() - began


@contextmanager
def repeated(work: Callable[[], object], pause_s: float) -> Iterator[None]:
    """Do this again and again beside the block, with a pause."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(pause_s):
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


# ---------------------------------------------------------------- a page that reads nothing


def page(port: int, session: str, channels: list[str], *, small: bool = False) -> ClientConnection:
    """Open the live socket; ``small``: with the smallest buffer that the kernel gives."""
    import socket

    raw = socket.socket()
    if small:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    raw.connect(("127.0.0.1", port))
    live = connect(
        f"ws://127.0.0.1:{port}/ws/v1/live",
        sock=raw,
        origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
        additional_headers={"Cookie": f"sessionid={session}"},
        max_size=None,
        max_queue=1 if small else None,  # nothing is read ahead
        ping_interval=None,
        legacy=True,
    )
    live.recv()
    for channel in channels:
        live.send(json.dumps({"t": "sub", "ch": channel}))
    return live


def acknowledge(live: ClientConnection) -> None:
    message = json.loads(live.recv())
    if message["t"] == "b":
        live.send(json.dumps({"t": "a", "n": message["n"]}))


def measure_page(running: Stage, port: int, spec: str, session: str, channels: list[str]) -> str:
    """Return what a page costs that reads nothing, in words."""
    pid = running.webs[-1].pid
    gateway = Gateway(port, spec)
    reading = page(port, session, channels)
    with (
        repeated(lambda: acknowledge(reading), 0),
        repeated(lambda: gateway.store(TAGS, TEXT), 0.1),
    ):
        time.sleep(10)  # until the server is as large as it gets with one page
        before = peak = rss(pid)
        began = time.monotonic()
        stalled = page(port, session, channels, small=True)
        local_port = stalled.socket.getsockname()[1]
        while holds(pid, local_port):
            peak = max(peak, rss(pid))
            if time.monotonic() - began > GIVE_UP_S:
                return f"it is still open after {GIVE_UP_S:.0f} s"
            time.sleep(0.2)
        seconds = time.monotonic() - began
    return f"at most {(peak - before) / 1e6:.1f} MB more, and is gone after {seconds:.0f} s"


# ---------------------------------------------------------------- a gateway that floods


def flood(port: int, spec: str, frames: bytes, seconds: float, ends: Queue[str]) -> None:
    """Send these frames without pause, and tell how each connection ended; a process of its own."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        gateway = Gateway(port, spec)
        try:
            while True:
                gateway.socket.socket.sendall(frames)
        except OSError:
            ends.put(how_it_ended(gateway.socket))


def how_it_ended(socket: ClientConnection) -> str:
    try:
        while True:
            socket.recv(timeout=5)
    except ConnectionClosed as closed:
        return str(closed.rcvd.code) if closed.rcvd else "cut"


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


def measure_flood(running: Stage, port: int, specs: list[str], seconds: float) -> None:
    """Print what each kind of flood costs three gateways that work."""
    pid = running.webs[-1].pid
    kinds = {
        "frames beyond the window": wire.Data("live", 1, _now_ms(), [0], [0], [1.0]),
        "small frames": wire.Beat(wall=_now_ms()),
    }
    quiet = acks(port, specs[1:], seconds)
    print(f"  acks alone: p50 {statistics.median(quiet):.0f}, p99 {p99(quiet):.0f} ms", flush=True)
    spawn = multiprocessing.get_context("spawn")
    for name, frame in kinds.items():
        frames = frame_bytes(wire.encode(frame).encode()) * 1000
        ends: Queue[str] = spawn.Queue()
        before = rss(pid)
        flooder = spawn.Process(target=flood, args=(port, specs[0], frames, seconds + 3, ends))
        flooder.start()
        told = [ends.get()]  # it floods
        busy = acks(port, specs[1:], seconds)
        flooder.join()
        while not ends.empty():
            told.append(ends.get())
        print(
            f"  flood of {name}: p50 {statistics.median(busy):.0f}, p99 {p99(busy):.0f} ms"
            f" ({p99(busy) / p99(quiet):.1f} times), {(rss(pid) - before) / 1e6:+.1f} MB,"
            f" closed {dict(Counter(told))}",
            flush=True,
        )


def p99(values: list[float]) -> float:
    return values[len(values) * 99 // 100]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", action="append", choices=["uvicorn", "daphne"])
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    with stage() as running:
        specs = make_gateways(1 + WORKERS, 1)
        feeder, session, channels = prepare()
        for server in args.server or ["uvicorn", "daphne"]:
            print(server, flush=True)
            port = running.start_web(server, {"GATEWAY_READINGS_PER_S": "1000000"})
            cost = measure_page(running, port, feeder, session, channels)
            print(f"  a page that reads nothing costs {cost}", flush=True)
            measure_flood(running, port, specs, args.seconds)
            running.stop_webs()


def prepare() -> tuple[str, str, list[str]]:
    """Register what feeds the pages, and who looks at them; give the flooder ordinary limits."""
    from django.contrib.auth.models import User
    from django.test import Client

    from devices.models import Device, Site, Tag
    from devices.registry import issue_token

    Device.objects.update(frames_per_s=None, readings_per_s=None)
    site = Site.objects.get(slug="bench")
    device = Device.objects.create(uid="FEEDER", name="Feeder", site=site)
    Tag.objects.bulk_create(Tag(device=device, name=f"t{i}") for i in range(TAGS))
    client = Client()
    client.force_login(User.objects.create_superuser("bench", password="bench"))
    channels = [f"devices:{site.pk}", f"tel:site:{site.pk}", f"tel:device:{device.pk}"]
    spec = f"FEEDER:{issue_token(device=device).token}:FEEDER:0:{TAGS}"
    return spec, client.cookies["sessionid"].value, channels


if __name__ == "__main__":
    main()
