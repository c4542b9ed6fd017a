"""Memory of the web process per idle gateway socket, at 1,000 sockets.

    python -m bench.idle [--sockets 1000] [--server uvicorn]

Every socket is a device of its own, authenticated and greeted, with five tags declared.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
from pathlib import Path

from bench.load import Gateway
from bench.stage import make_gateways, stage


def private_kib(pid: int) -> int:
    """Memory that belongs to this process alone, KiB (Linux)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


async def connect(port: int, specs: list[str]) -> list[Gateway]:
    """Open the sockets, twenty at a time, and wait until each is welcomed."""
    loop = asyncio.get_running_loop()
    gateways: list[Gateway] = []
    for start in range(0, len(specs), 20):
        opened = []
        for spec in specs[start : start + 20]:
            transport, gateway = await loop.create_connection(
                lambda spec=spec: Gateway(spec, 1), "127.0.0.1", port
            )
            gateway.connect(transport, f"127.0.0.1:{port}", "/ws/v1/gateway")
            opened.append(gateway)
        await asyncio.wait_for(asyncio.wait([g.ready for g in opened]), 60)
        gateways += opened
    return gateways


async def measure(port: int, pid: int, specs: list[str], warm: int) -> float:
    gateways = await connect(port, specs[:warm])  # pools and caches fill up once
    before = private_kib(pid)
    gateways += await connect(port, specs[warm:])
    await asyncio.sleep(3)
    grown = private_kib(pid) - before
    for gateway in gateways:
        gateway.transport.abort()
    return grown / (len(specs) - warm)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", default="uvicorn")
    args = parser.parse_args()
    with stage() as running:
        specs = make_gateways(args.sockets + 50, tags=5)
        sizes = []
        for _ in range(args.rounds):
            port = running.start_web(args.server)
            pid = running.webs[-1].pid
            sizes.append(asyncio.run(measure(port, pid, specs, warm=50)))
            running.stop_webs()
        print(
            f"{args.server}, {args.sockets} idle gateway sockets:"
            f" {statistics.median(sizes):.1f} KiB each (median of {args.rounds})"
        )


if __name__ == "__main__":
    main()
