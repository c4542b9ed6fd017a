"""A small plant with one tag of every kind, on a clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import struct

from pymodbus.client import AsyncModbusTcpClient

from edge.sim.commands import InjectFault, Kind, SetValue
from edge.sim.simulation import Simulation

START_S = 1_795_600_000.0
PUMP, FAN, NOBODY = 1, 7, 99  # unit ids
HOLDING = 3  # function
FLOAT32 = AsyncModbusTcpClient.DATATYPE.FLOAT32

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

TOML = """
[gateway]
url = "ws://127.0.0.1:8000/ws/v1/gateway"
uid = "GW-BENCH"
spool = "bench.spool"

[[connection]]
name = "bench"
host = "127.0.0.1"
port = 15021

[[device]]
uid = "PUMP"
connection = "bench"
unit = 1
max_registers = 40

[[device.tag]]
name = "speed"
address = 0
type = "uint16"
sim = { wave = "wander", mean = 1450, swing = 100, noise = 3 }

[[device.tag]]
name = "pressure"
address = 1
type = "float32"
sim = { wave = "affinity", of = "speed", rated_of = 1450, rated = 6 }

[[device.tag]]
name = "trim"
address = 3
type = "int16"
scale = 0.1
offset = 50.0
sim = { wave = "constant", value = 47.5 }

[[device.tag]]
name = "flow"
table = "input"
address = 10
type = "float32"
order = "CDAB"
sim = { wave = "constant", value = 240.5 }

[[device.tag]]
name = "ready"
table = "coil"
address = 9
type = "bool"
sim = { wave = "constant", value = 1 }

[[device.tag]]
name = "tripped"
table = "coil"
address = 10
type = "bool"
sim = { wave = "constant", value = 0 }

[[device.tag]]
name = "hours"
address = 20
type = "uint32"
sim = { wave = "counter", of = "ready", per_s = 1, most_of = 1 }

[[device]]
uid = "FAN"
connection = "bench"
unit = 7

[[device.tag]]
name = "speed"
address = 0
type = "uint16"
sim = { wave = "constant", value = 900 }
"""


def place(plant: Simulation) -> tuple[str, int]:
    host, port = plant.addresses["bench"].rsplit(":", 1)
    return host, int(port)


def break_pump(plant: Simulation, kind: Kind, *, tag: str = "", seconds: float = 0.0) -> None:
    plant.execute(InjectFault(device="PUMP", kind=kind, tag=tag, seconds=seconds))


def set_pump(plant: Simulation, tag: str, value: float) -> None:
    plant.execute(SetValue(device="PUMP", tag=tag, value=value))


def read_request(transaction: int, unit: int, function: int, address: int, size: int) -> bytes:
    return struct.pack(">HHHBBHH", transaction, 0, 6, unit, function, address, size)


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    """Transaction, unit and pdu of the next answer."""
    async with asyncio.timeout(30):
        transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
        return transaction, unit, await reader.readexactly(length - 1)


async def registers(client: AsyncModbusTcpClient, address: int, size: int) -> list[int]:
    answer = await client.read_holding_registers(address, count=size, device_id=PUMP)
    assert not answer.isError(), answer
    return list(answer.registers)


async def code(client: AsyncModbusTcpClient, address: int, size: int, unit: int = PUMP) -> int:
    answer = await client.read_holding_registers(address, count=size, device_id=unit)
    assert answer.isError()
    return answer.exception_code
