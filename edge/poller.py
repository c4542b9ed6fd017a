"""Wakes on the scan grid and reads: one task for each connection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from edge.gather import Gather
from edge.modbus import ModbusLink
from edge.pacing import Grid
from edge.unit import Clock, ScanClass, Unit
from edge.wire.configuration import ConnectionConfig, DeviceConfig


class _Job:
    """One scan class of one unit, and when it is due."""

    def __init__(self, unit: Unit, scan: ScanClass, start: float) -> None:
        self.unit = unit
        self.scan = scan
        self.grid = Grid(start, scan.scan_ms / 1000)
        self.due = start


async def poll_forever(
    connection: ConnectionConfig,
    devices: Sequence[DeviceConfig],
    gather: Gather,
    start: float,
    clock: Clock | None = None,
) -> None:
    """Scan the devices of one connection until cancelled.

    Args:
        connection: where they answer.
        devices: those on this connection; their reads follow one another, as the bus demands.
        gather: takes the readings. Scans wait while it is full.
        start: first moment of all grids, monotonic seconds. Shared by all connections, so that
            scans of the same period fall together and their readings into one frame.
        clock: for tests.
    """
    clock = clock or Clock()
    units = [Unit(device, lambda: _count_error(gather), clock) for device in devices]
    jobs = [_Job(unit, scan, start) for unit in units for scan in unit.classes]
    link = ModbusLink(connection, clock.monotonic)
    try:
        while jobs:
            await asyncio.sleep(max(0.0, min(job.due for job in jobs) - clock.monotonic()))
            due = [job for job in jobs if job.due <= clock.monotonic()]
            with gather.scanning():
                for job in sorted(due, key=lambda job: job.due):
                    await gather.put(*await job.unit.scan(link, job.scan))
                    job.due = job.grid.next_after(clock.monotonic())
    finally:
        link.close()


def _count_error(gather: Gather) -> None:
    gather.read_errors += 1
