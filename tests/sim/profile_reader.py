"""Reads every point of a simulated profile as a gateway does: planned, over a socket, decoded."""

from __future__ import annotations

from msgspec.structs import replace

from edge.modbus import ModbusLink
from edge.plan import Block, plan_reads
from edge.profile import Point
from edge.profile.codec import Decoded, decode
from edge.sim.profiled import CONNECTION
from edge.sim.simulation import Simulation
from edge.wire.configuration import ConnectionConfig, DeviceConfig


def link_to(plant: Simulation) -> ModbusLink:
    host, port = plant.addresses[CONNECTION].rsplit(":", 1)
    config = ConnectionConfig(name=CONNECTION, host=host, port=int(port), timeout_s=30.0)
    return ModbusLink(config)


async def read_all(plant: Simulation, device: DeviceConfig) -> dict[str, Decoded]:
    link = link_to(plant)
    try:
        return await _read_all(link, device)
    finally:
        link.close()


async def _read_all(link: ModbusLink, device: DeviceConfig) -> dict[str, Decoded]:
    tags = await _placed(link, device)
    decoded: dict[str, Decoded] = {}
    for block in plan_reads(tags, device.max_registers, device.max_gap):
        words = await link.read(device.unit, block)
        for tag in sorted(block.tags, key=lambda tag: bool(tag.scale_from)):
            exponent = decoded[tag.scale_from].value if tag.scale_from else None
            decoded[tag.name] = decode(tag, block.words_of(tag, words), exponent)
    return decoded


async def _placed(link: ModbusLink, device: DeviceConfig) -> list[Point]:
    """Points of SunSpec models at the addresses where the device says that its models are."""
    if not any(tag.model for tag in device.tags):
        return device.tags
    bases: dict[int, int] = {}
    at = 40002  # after the mark "SunS"
    while True:
        model, length = await link.read(device.unit, Block("holding", at, 2, ()))
        if model == 0xFFFF:
            break
        bases[model], at = at, at + 2 + length
    return [
        replace(tag, address=tag.address + bases[tag.model], model=0) if tag.model else tag
        for tag in device.tags
    ]
