"""A real Modbus TCP server made with pymodbus, whose units a test can silence or have refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

SIZE = 64  # registers of each unit
DEADLINE_S = 30.0


class Plant:
    """Units with registers 0..63, the same ones for all register tables."""

    def __init__(self, *units: int) -> None:
        self.registers = {unit: [0] * SIZE for unit in units}
        self.silent: set[int] = set()
        self.refused: dict[tuple[int, int], ExcCodes] = {}  # (unit, register)
        self.reads: list[tuple[int, int, int]] = []  # unit, address, count
        self.port = 0
        self._changed = asyncio.Condition()
        self._hearing = asyncio.Event()
        self._server: ModbusTcpServer | None = None

    async def start(self) -> None:
        registers = SimData(0, count=SIZE, values=0, datatype=DataType.REGISTERS)
        self._server = ModbusTcpServer(
            [
                SimDevice(unit, [registers], action=partial(self._answer, unit))
                for unit in self.registers
            ],
            address=("127.0.0.1", self.port),
        )
        await self._server.serve_forever(background=True)
        self.port = self._server.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]

    async def stop(self) -> None:
        self._hearing.set()
        if self._server is not None:
            await self._server.shutdown()
            self._server = None

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until a condition on this plant holds; it is looked at after each read."""
        async with asyncio.timeout(DEADLINE_S), self._changed:
            await self._changed.wait_for(true)

    async def _answer(
        self, unit: int, _code: int, _start: int, address: int, count: int,
        registers: list[int], _values: object,
    ) -> ExcCodes | None:  # fmt: skip
        async with self._changed:
            self.reads.append((unit, address, count))
            self._changed.notify_all()
        if unit in self.silent:
            await self._hearing.wait()
        for register in range(address, address + count):
            if (unit, register) in self.refused:
                return self.refused[unit, register]
        registers[:] = self.registers[unit]
        return None
