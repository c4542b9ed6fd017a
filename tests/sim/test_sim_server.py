"""The plant as a Modbus client meets it."""

from __future__ import annotations

import asyncio
import struct

import pytest
from bench_plant import (
    FAN,
    FLOAT32,
    HOLDING,
    NOBODY,
    PUMP,
    START_S,
    Streams,
    answer_of,
    code,
    place,
    read_request,
    registers,
    set_pump,
)
from pymodbus.client import AsyncModbusTcpClient

from edge.sim.commands import CommandRefused
from edge.sim.simulation import Simulation

# ------------------------------------------------------------------ reads


async def test_a_float_reads_back_in_its_word_order(client: AsyncModbusTcpClient) -> None:
    answer = await client.read_input_registers(10, count=2, device_id=PUMP)
    assert [f"{word:04x}" for word in answer.registers] == ["8000", "4370"]
    value = client.convert_from_registers(answer.registers, FLOAT32, word_order="little")
    assert value == 240.5


async def test_scale_and_offset_are_undone_in_the_register(client: AsyncModbusTcpClient) -> None:
    assert await registers(client, 3, 1) == [0x10000 - 25]  # 47.5 = 50 - 25 x 0.1


async def test_coils_are_packed_from_the_lowest_bit(client: AsyncModbusTcpClient) -> None:
    answer = await client.read_coils(9, count=2, device_id=PUMP)
    assert list(answer.bits[:2]) == [True, False]


async def test_units_of_one_server_have_registers_of_their_own(
    client: AsyncModbusTcpClient,
) -> None:
    fan = await client.read_holding_registers(0, count=1, device_id=FAN)
    assert fan.registers == [900]
    assert await registers(client, 0, 1) != [900]


async def test_a_set_value_is_in_the_registers_when_the_command_returns(
    plant: Simulation, client: AsyncModbusTcpClient
) -> None:
    set_pump(plant, "speed", 1234)
    assert await registers(client, 0, 1) == [1234]


async def test_what_depends_on_a_set_value_follows_with_the_next_step(
    plant: Simulation, client: AsyncModbusTcpClient
) -> None:
    set_pump(plant, "speed", 725)
    plant.advance(START_S + 0.1)
    pressure = client.convert_from_registers(await registers(client, 1, 2), FLOAT32)
    assert pressure == 6.0 / 4


async def test_a_set_value_outside_its_registers_is_refused(plant: Simulation) -> None:
    with pytest.raises(CommandRefused, match="cannot hold"):
        set_pump(plant, "speed", 65536)
    with pytest.raises(CommandRefused, match="finite"):
        set_pump(plant, "flow", float("nan"))


async def test_a_process_value_beyond_its_register_shows_the_end_of_the_range(
    plant: Simulation, client: AsyncModbusTcpClient
) -> None:
    device = plant.devices["PUMP"]
    device.process.hold("trim", 1e9)
    device.process.hold("speed", -1)
    plant.advance(START_S + 0.1)
    assert await registers(client, 3, 1) == [2**15 - 1]
    assert await registers(client, 0, 1) == [0]


async def test_a_counter_of_seconds_counts_the_steps(
    plant: Simulation, client: AsyncModbusTcpClient
) -> None:
    async def hours() -> int:
        return client.convert_from_registers(await registers(client, 20, 2), client.DATATYPE.UINT32)

    before = await hours()
    for second in range(1, 6):
        plant.advance(START_S + second)
    assert await hours() == before + 5


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(("address", "size"), [(4, 1), (3, 2), (19, 1), (22, 1), (65535, 1)])
async def test_a_register_without_a_tag_is_an_illegal_address(
    client: AsyncModbusTcpClient, address: int, size: int
) -> None:
    assert await code(client, address, size) == 2


async def test_a_table_without_tags_is_an_illegal_address(client: AsyncModbusTcpClient) -> None:
    answer = await client.read_discrete_inputs(9, count=1, device_id=PUMP)
    assert answer.exception_code == 2


async def test_a_block_that_is_longer_than_the_device_allows_is_an_illegal_value(
    client: AsyncModbusTcpClient,
) -> None:
    assert await code(client, 0, 41) == 3


@pytest.mark.parametrize(("function", "size"), [(HOLDING, 0), (HOLDING, 126), (1, 0), (1, 2001)])
async def test_a_size_that_the_specification_forbids_is_an_illegal_value(
    raw: Streams, function: int, size: int
) -> None:
    reader, writer = raw
    writer.write(read_request(1, PUMP, function, 0, size))
    assert await answer_of(reader) == (1, PUMP, bytes([function | 0x80, 3]))


async def test_a_write_is_an_illegal_function_and_changes_nothing(
    client: AsyncModbusTcpClient,
) -> None:
    before = await registers(client, 0, 1)
    answer = await client.write_register(0, 7, device_id=PUMP)
    assert answer.exception_code == 1
    assert await registers(client, 0, 1) == before


async def test_a_unit_that_nobody_has_is_answered_like_a_serial_gateway_does(
    client: AsyncModbusTcpClient,
) -> None:
    assert await code(client, 0, 1, unit=NOBODY) == 11


async def test_a_client_that_does_not_speak_modbus_is_cut_off(
    plant: Simulation, raw: Streams, client: AsyncModbusTcpClient
) -> None:
    reader, writer = raw
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await reader.read() == b""
    assert await registers(client, 0, 1)


async def test_requests_in_one_segment_are_all_answered(raw: Streams) -> None:
    reader, writer = raw
    writer.write(b"".join(read_request(n, FAN, HOLDING, 0, 1) for n in range(1, 6)))
    answers = [await answer_of(reader) for _ in range(5)]
    assert answers == [(n, FAN, struct.pack(">BBH", 3, 2, 900)) for n in range(1, 6)]


async def test_a_stopped_plant_refuses_connections(plant: Simulation, raw: Streams) -> None:
    address = place(plant)
    await plant.stop()
    assert await raw[0].read() == b""
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*address)
