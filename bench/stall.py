"""What a page that reads nothing costs, and what a gateway that floods costs the others.

    python -m bench.stall [--server uvicorn] [--server daphne] [--seconds 10] [--rounds 5]

With the defaults of the settings. The plant changes 200 texts of a kilobyte some times a second
while one page reads them and another one reads nothing. The floods: ``bench.flood``.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.sync.client import ClientConnection, connect

from bench.flood import measure_flood
from bench.gateway import Gateway
from bench.stage import Stage, make_gateways, stage

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", action="append", choices=["uvicorn", "daphne"])
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement of floods")
    parser.add_argument("--rounds", type=int, default=5, help="of them, for the medians")
    args = parser.parse_args()
    with stage() as running:
        specs = make_gateways(1 + WORKERS, 1)
        feeder, session, channels = prepare()
        for server in args.server or ["uvicorn", "daphne"]:
            print(server, flush=True)
            port = running.start_web(server, {"GATEWAY_READINGS_PER_S": "1000000"})
            cost = measure_page(running, port, feeder, session, channels)
            print(f"  a page that reads nothing costs {cost}", flush=True)
            before = rss(running.webs[-1].pid)
            measure_flood(port, specs, args.seconds, args.rounds)
            print(f"  all floods: {(rss(running.webs[-1].pid) - before) / 1e6:+.1f} MB", flush=True)
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
