"""Reads every point of a simulated device as the gateway does: planner, socket, decoder."""

from __future__ import annotations

from typing import NamedTuple

from edge.modbus import ModbusLink
from edge.readplan import ScanClass
from edge.report import Reading
from edge.sim.profiled import CONNECTION
from edge.sim.simulation import Simulation
from edge.unit import Unit
from edge.wire.configuration import ConnectionConfig, DeviceConfig


class Seen(NamedTuple):
    readings: dict[str, Reading]
    refusals: int
    requests: int


def link_to(plant: Simulation) -> ModbusLink:
    host, port = plant.addresses[CONNECTION].rsplit(":", 1)
    return ModbusLink(ConnectionConfig(name=CONNECTION, host=host, port=int(port), timeout_s=30.0))


async def read_all(plant: Simulation, device: DeviceConfig) -> Seen:
    link, unit = link_to(plant), Unit(device, on_error=lambda: None)
    readings: dict[str, Reading] = {}
    try:
        for scan in unit.classes:
            readings |= await _scan(unit, link, scan)
        if (on_demand := unit.on_demand()) is not None:
            readings |= await _scan(unit, link, on_demand)
    finally:
        link.close()
    return Seen(readings, unit.counters.refusals, unit.counters.requests)


async def _scan(unit: Unit, link: ModbusLink, scan: ScanClass) -> dict[str, Reading]:
    steps = [step async for step in unit.scan(link, scan)]
    return {reading.tag: reading for step in steps for reading in step.readings}
