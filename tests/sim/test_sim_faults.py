"""What each fault does to a client. Proven by the order and content of answers, not by waiting."""

from __future__ import annotations

import math

import pytest
from bench_plant import (
    FAN,
    FLOAT32,
    HOLDING,
    PUMP,
    START_S,
    Streams,
    answer_of,
    break_pump,
    code,
    read_request,
    registers,
    set_pump,
)
from pymodbus.client import AsyncModbusTcpClient

from edge.sim.commands import CommandRefused, InjectFault
from edge.sim.server import MOST_PENDING
from edge.sim.simulation import Simulation


async def test_a_dead_unit_is_silent_and_its_neighbour_is_not(
    plant: Simulation, raw: Streams
) -> None:
    break_pump(plant, "dead")
    reader, writer = raw
    writer.write(read_request(1, PUMP, HOLDING, 0, 1) + read_request(2, FAN, HOLDING, 0, 1))
    assert (await answer_of(reader))[:2] == (2, FAN)
    break_pump(plant, "clear")
    writer.write(read_request(3, PUMP, HOLDING, 0, 1))
    assert (await answer_of(reader))[:2] == (3, PUMP)


async def test_a_slow_unit_answers_late_under_its_own_number_and_holds_nobody_up(
    plant: Simulation, raw: Streams
) -> None:
    break_pump(plant, "slow", seconds=0.2)
    reader, writer = raw
    writer.write(read_request(1, PUMP, HOLDING, 20, 2) + read_request(2, FAN, HOLDING, 0, 1))
    assert (await answer_of(reader))[:2] == (2, FAN)
    transaction, unit, pdu = await answer_of(reader)
    assert (transaction, unit, pdu[:2]) == (1, PUMP, bytes([3, 4]))


async def test_a_slow_unit_that_dies_meanwhile_never_answers(
    plant: Simulation, raw: Streams
) -> None:
    break_pump(plant, "slow", seconds=0.05)
    reader, writer = raw
    writer.write(read_request(1, PUMP, HOLDING, 0, 1) + read_request(2, FAN, HOLDING, 0, 1))
    assert (await answer_of(reader))[:2] == (2, FAN)  # so request 1 has been taken
    break_pump(plant, "dead")
    plant.execute(InjectFault(device="FAN", kind="slow", seconds=0.2))
    writer.write(read_request(3, FAN, HOLDING, 0, 1))
    assert (await answer_of(reader))[:2] == (3, FAN)  # by now the answer to 1 was due


async def test_a_slow_unit_takes_only_so_many_requests_at_once(
    plant: Simulation, raw: Streams
) -> None:
    break_pump(plant, "slow", seconds=3600)
    reader, writer = raw
    for n in range(1, MOST_PENDING + 2):
        writer.write(read_request(n, PUMP, HOLDING, 0, 1))
    assert await answer_of(reader) == (MOST_PENDING + 1, PUMP, bytes([HOLDING | 0x80, 6]))


async def test_a_busy_unit_refuses_every_read_until_it_is_cleared(
    plant: Simulation, client: AsyncModbusTcpClient
) -> None:
    break_pump(plant, "busy")
    assert await code(client, 0, 1) == 6
    break_pump(plant, "clear")
    assert await registers(client, 0, 1)


async def test_a_refused_tag_spoils_every_block_that_touches_it_and_no_other(
    plant: Simulation, client: AsyncModbusTcpClient
) -> None:
    break_pump(plant, "refuse", tag="pressure")
    assert await code(client, 0, 4) == 2
    assert await code(client, 2, 1) == 2  # its second half alone
    assert await registers(client, 0, 1)
    assert await registers(client, 3, 1)


async def test_a_stuck_tag_keeps_its_registers_while_the_process_goes_on(
    plant: Simulation, client: AsyncModbusTcpClient
) -> None:
    break_pump(plant, "stuck", tag="speed")
    speed, pressure = await registers(client, 0, 1), await registers(client, 1, 2)
    plant.advance(START_S + 60)
    plant.advance(START_S + 120)
    assert await registers(client, 0, 1) == speed
    assert await registers(client, 1, 2) != pressure
    break_pump(plant, "clear")
    assert await registers(client, 0, 1) != speed


async def test_a_stuck_tag_does_not_show_a_value_that_is_set(
    plant: Simulation, client: AsyncModbusTcpClient
) -> None:
    break_pump(plant, "stuck", tag="speed")
    speed = await registers(client, 0, 1)
    set_pump(plant, "speed", 1)
    assert await registers(client, 0, 1) == speed


async def test_a_nan_tag_reads_as_not_a_number(
    plant: Simulation, client: AsyncModbusTcpClient
) -> None:
    break_pump(plant, "nan", tag="pressure")
    value = client.convert_from_registers(await registers(client, 1, 2), FLOAT32)
    assert math.isnan(value)
    with pytest.raises(CommandRefused, match="only a float"):
        break_pump(plant, "nan", tag="speed")


async def test_faults_add_up_until_the_device_is_cleared(plant: Simulation) -> None:
    break_pump(plant, "dead")
    break_pump(plant, "slow", seconds=1.5)
    break_pump(plant, "stuck", tag="flow")
    set_pump(plant, "speed", 7)
    device = plant.devices["PUMP"]
    assert device.faults() == ["dead", "slow 1.5", "stuck flow"]
    assert device.process.held == {"speed": 7}
    break_pump(plant, "clear")
    plant.advance(START_S + 0.1)
    assert device.faults() == []
    assert device.process.values["speed"] > 1000


async def test_a_command_for_an_unknown_device_or_tag_names_those_that_exist(
    plant: Simulation,
) -> None:
    with pytest.raises(CommandRefused, match="speed, pressure, trim"):
        set_pump(plant, "velocity", 1)
    del plant.devices["PUMP"]
    with pytest.raises(CommandRefused, match="FAN"):
        set_pump(plant, "speed", 1)
