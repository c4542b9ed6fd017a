"""Writing with each of the four functions; pymodbus's server is the judge."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from bad_device import BadDevice
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from edge.modbus import DeviceRefused, ModbusLink, NoAnswer
from edge.plan import Block
from edge.wire.configuration import ConnectionConfig


@pytest.fixture
async def link() -> AsyncIterator[ModbusLink]:
    registers = SimData(0, count=16, values=0, datatype=DataType.REGISTERS)
    server = ModbusTcpServer([SimDevice(1, [registers])], address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    port = server.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    link = ModbusLink(ConnectionConfig(name="c", host="127.0.0.1", port=port, timeout_s=10.0))
    yield link
    link.close()
    await server.shutdown()


@pytest.mark.parametrize(("function", "values"), [(6, [513]), (16, [513]), (16, [1, 2, 65535])])
async def test_registers_that_were_written_are_read_back(
    link: ModbusLink, function: int, values: list[int]
) -> None:
    await link.write(1, function, 3, values)
    assert list(await link.read(1, Block("holding", 3, len(values), ()))) == values


@pytest.mark.parametrize(("function", "values"), [(5, [1]), (15, [1, 0, 1, 1, 0, 0, 1, 1, 1])])
async def test_coils_that_were_written_are_read_back(
    link: ModbusLink, function: int, values: list[int]
) -> None:
    await link.write(1, function, 2, values)
    assert list(await link.read(1, Block("coil", 2, len(values), ()))) == values


async def test_a_write_that_the_device_refuses_says_so(link: ModbusLink) -> None:
    with pytest.raises(DeviceRefused, match="illegal data address"):
        await link.write(1, 6, 99, [1])


async def test_a_write_without_an_answer_is_not_repeated() -> None:
    device = BadDevice("tcp")
    device.behave = lambda _device, _asked: []
    async with device.listening():
        settings = ConnectionConfig(name="c", host="127.0.0.1", port=device.port, timeout_s=0.1)
        link = ModbusLink(settings)
        with pytest.raises(NoAnswer):
            await link.write(1, 6, 3, [1])
        assert len(device.asked) == 1
        link.close()
