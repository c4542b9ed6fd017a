"""How much one gateway process reads, how little a dead unit disturbs, how few reads a map takes.

    python -m bench.reading [--seconds 10]

The simulated devices run in a process of their own. The gateway's side is what ``python -m edge
run`` runs up to the spool on disk; only the cloud is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.stage import cpu_seconds
from edge.gather import Gather
from edge.modbus import ModbusLink
from edge.plan import Block, plan_reads
from edge.poller import Poller
from edge.profile import Point, ReadLimits
from edge.readers import Pollers
from edge.sim.adu import Read
from edge.sim.server import ModbusServer
from edge.store import Store
from edge.wire.configuration import ConnectionConfig, DeviceConfig, Document

CONNECTIONS, UNITS, TAGS = 10, 10, 100
DEAD = 5
QUOTA = 256 * 1024 * 1024


class Device:
    """Answers every read at once, with floats that differ from one read to the next."""

    delay_s = 0.0

    def __init__(self, unit: int) -> None:
        self.dead = unit == DEAD + 100
        self._value = float(unit)

    def serve(self, read: Read) -> list[int]:
        self._value += 0.5
        high, low = struct.unpack(">HH", struct.pack(">f", self._value))
        return [high, low] * (read.size // 2) + [high] * (read.size % 2)


async def serve(servers: int) -> None:
    """The devices: units 1 to 10 that answer, 101 to 110 of which one is dead."""
    ports = []
    for _ in range(servers):
        units = {unit: Device(unit) for unit in [*range(1, 11), *range(101, 111)]}
        ports.append((await ModbusServer(units).start("127.0.0.1", 0))[1])
    print(*ports, flush=True)
    await asyncio.Event().wait()


@contextlib.contextmanager
def simulators(servers: int) -> Iterator[list[int]]:
    command = [sys.executable, "-m", "bench.reading", "--serve", str(servers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield [int(port) for port in process.stdout.readline().split()]
        finally:
            process.terminate()


def connection(port: int, name: str = "c", timeout_s: float = 1.0) -> ConnectionConfig:
    return ConnectionConfig(name=name, host="127.0.0.1", port=port, timeout_s=timeout_s)


def float_tags(count: int, scan_ms: int) -> list[Point]:
    return [
        Point(name=f"t{i}", address=2 * i, type="float32", scan_ms=scan_ms, silence_ms=60_000)
        for i in range(count)
    ]


# ---------------------------------------------------------------- how much


async def read_much(ports: Sequence[int], scan_ms: int, seconds: float) -> None:
    """Read all tags at this period for so long; all of them change, so all are spooled."""
    tags = float_tags(TAGS, scan_ms)
    document = Document(
        connections=[connection(port, f"c{i}") for i, port in enumerate(ports)],
        devices=[
            DeviceConfig(uid=f"D{i}-{unit}", connection=f"c{i}", unit=unit, tags=tags)
            for i in range(len(ports))
            for unit in range(1, UNITS + 1)
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(Path(folder) / "bench.spool", QUOTA, None)
        await store.number_tags([(d.uid, tag.name) for d in document.devices for tag in d.tags])
        gather = Gather()
        pollers = Pollers(gather)
        spooled = asyncio.create_task(spool(gather, store))
        await pollers.apply(document)
        await asyncio.sleep(2.0)  # connections and first reports
        before = sum(unit.requests for unit in pollers.health())
        cpu, began = cpu_seconds_here(), time.monotonic()
        await asyncio.sleep(seconds)
        took, cpu = time.monotonic() - began, cpu_seconds_here() - cpu
        health = pollers.health()
        await pollers.stop()
        gather.close()
        readings = await spooled
        await store.close()
    requests = sum(unit.requests for unit in health) - before
    per_request = TAGS / health[0].blocks
    print(
        f"  scan every {scan_ms:5} ms: {requests * per_request / took:8,.0f} tags/s in"
        f" {requests / took:6,.0f} requests/s, {100 * cpu / took:3.0f} % of one core,"
        f" {sum(unit.overruns for unit in health):,} scans skipped, {readings:,} readings spooled"
    )


async def spool(gather: Gather, store: Store) -> int:
    readings = 0
    while batch := await gather.take():
        readings += len(batch.readings)
        await store.append(batch, "live")
    return readings


def cpu_seconds_here() -> float:
    return cpu_seconds(os.getpid())


# ---------------------------------------------------------------- beside a dead unit


class TimedLink:
    """A link that writes down when each unit is asked."""

    def __init__(self, link: ModbusLink) -> None:
        self._link = link
        self.starts: list[tuple[int, float]] = []

    async def read(
        self, unit: int, block: Block, *, timeout_s: float | None = None, rest_s: float = 0.0
    ) -> Sequence[int]:
        self.starts.append((unit, time.monotonic()))
        return await self._link.read(unit, block, timeout_s=timeout_s, rest_s=rest_s)


async def beside_a_dead_unit(port: int, scan_ms: int, seconds: float, *, dead: bool) -> None:
    config = connection(port)
    link, gather = ModbusLink(config), Gather()
    timed, start = TimedLink(link), time.monotonic()
    poller = Poller(config, gather, start, link=timed)
    units = [unit for unit in range(101, 111) if dead or unit != DEAD + 100]
    tags = float_tags(20, scan_ms)
    poller.change_devices(
        [DeviceConfig(uid=f"D{unit}", connection="c", unit=unit, tags=tags) for unit in units]
    )
    running = asyncio.create_task(poller.run())
    taking = asyncio.create_task(take(gather))
    await asyncio.sleep(seconds)
    running.cancel()
    taking.cancel()
    await asyncio.wait([running, taking])
    link.close()
    period = scan_ms / 1000
    late = sorted(
        1000 * ((at - start) % period)
        for unit, at in timed.starts
        if unit != DEAD + 100 and at - start > 5
    )
    wanted = 9 * (seconds - 5) / period
    p50, p99 = statistics.median(late), late[int(len(late) * 0.99)]
    probes = sum(unit == DEAD + 100 for unit, _ in timed.starts)
    print(
        f"  nine units every {scan_ms} ms, {'one dead beside them' if dead else 'alone':20}:"
        f" start after the grid p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {late[-1]:.1f} ms;"
        f" {len(late)} of {wanted:.0f} scans; the dead one asked {probes} times"
    )


async def take(gather: Gather) -> None:
    while await gather.take():
        pass


# ---------------------------------------------------------------- how few reads


def scattered(count: int, span: int) -> list[Point]:
    draw = random.Random(1)  # the same map in every run
    return [
        Point(name=f"t{i}", address=address, type="float32")
        for i, address in enumerate(sorted(draw.sample(range(0, span, 2), count)))
    ]


def least(tags: Sequence[Point], limits: ReadLimits) -> int:
    """No plan within the limits has fewer: tags further apart than a gap never share a read."""
    clusters, first = [], 0
    for i in range(1, len(tags) + 1):
        if i == len(tags) or tags[i].address - tags[i - 1].address - 2 > limits.max_gap:
            clusters.append(tags[i - 1].address + 2 - tags[first].address)
            first = i
    return sum(math.ceil(size / limits.max_registers) for size in clusters)


def plan_scattered() -> None:
    for span in (2000, 4000, 20000):
        tags = scattered(500, span)
        for limits in (ReadLimits(), ReadLimits(max_gap=32), ReadLimits(max_registers=80)):
            blocks = plan_reads(tags, limits)
            print(
                f"  500 floats over {span:5} registers, reads of {limits.max_registers:3} with"
                f" gaps to {limits.max_gap:2}: {len(blocks):3} requests"
                f" (one for each tag 500, lower bound {least(tags, limits)})"
            )


async def measure(seconds: float) -> None:
    with simulators(CONNECTIONS) as ports:
        print(f"{CONNECTIONS * UNITS * TAGS:,} floats of {CONNECTIONS * UNITS} devices")
        for scan_ms in (1000, 100):
            await read_much(ports, scan_ms, seconds)
        print("One connection with ten units, timeout 1 s")
        for dead in (False, True):
            await beside_a_dead_unit(ports[0], 1000, 5 + 3 * seconds, dead=dead)
    print("Requests that a register map takes")
    plan_scattered()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    asyncio.run(serve(args.serve) if args.serve else measure(args.seconds))


if __name__ == "__main__":
    main()
