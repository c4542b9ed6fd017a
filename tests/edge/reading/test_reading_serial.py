"""A real serial line as far as a machine without one has it: a pair of pseudo terminals."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import Iterator

import pytest
from bad_device import Asked, behaves
from pymodbus.framer import FramerRTU

from edge.modbus import LinkDown, ModbusLink, NoAnswer
from edge.plan import Block
from edge.serial_line import quiet_s
from edge.wire.configuration import ConnectionConfig, SerialLine

BLOCK = Block("holding", 100, 2, ())


class SerialDevice:
    """Unit 1 on the far end of a line."""

    kind = "rtu_over_tcp"  # the frames are the same

    def __init__(self) -> None:
        self.is_silent = False
        self.asked: list[bytes] = []
        self.was_asked = asyncio.Event()
        self.answer = lambda asked: b"".join(behaves(self, asked))  # type: ignore[arg-type]
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self._slave = slave
        asyncio.get_running_loop().add_reader(self._master, self._take)

    def _take(self) -> None:
        frame = os.read(self._master, 1000)
        self.asked.append(frame)
        self.was_asked.set()
        assert FramerRTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:]))
        if not self.is_silent and frame[0] == 1:
            os.write(self._master, self.answer(Asked(0, frame[0], frame[1:-2])))

    def unplug(self) -> None:
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._slave)
            os.close(self._master)
            self._master = -1


@pytest.fixture
async def line() -> Iterator[SerialDevice]:  # type: ignore[misc]
    line = SerialDevice()
    yield line
    line.unplug()


@contextlib.contextmanager
def link_to(line: SerialDevice, timeout_s: float = 5.0) -> Iterator[ModbusLink]:
    serial = SerialLine(port=line.port, baud=115200)
    link = ModbusLink(ConnectionConfig(name="c", kind="rtu", serial=serial, timeout_s=timeout_s))
    try:
        yield link
    finally:
        link.close()


async def test_registers_are_read_and_written_over_a_serial_port(line: SerialDevice) -> None:
    with link_to(line) as link:
        assert list(await link.read(1, BLOCK)) == [100, 101]
        line.answer = lambda asked: line.asked[-1]
        await link.write(1, 6, 40, [7])
    assert line.asked[-1][:6] == bytes([1, 6, 0, 40, 0, 7])


async def test_a_port_that_is_not_there_is_not_connected(line: SerialDevice) -> None:
    serial = SerialLine(port="/nowhere/tty")
    link = ModbusLink(ConnectionConfig(name="c", kind="rtu", serial=serial))
    with pytest.raises(LinkDown, match="no connection to /nowhere/tty"):
        await link.read(1, BLOCK)


async def test_a_port_is_opened_by_one_process_only(line: SerialDevice) -> None:
    with link_to(line) as first, link_to(line) as second:
        await first.read(1, BLOCK)
        with pytest.raises(LinkDown):
            await second.read(1, BLOCK)


async def test_a_unit_without_an_answer_is_asked_for_an_echo_before_it_is_believed(
    line: SerialDevice,
) -> None:
    with link_to(line, timeout_s=0.2) as link:
        line.is_silent = True
        with pytest.raises(NoAnswer):
            await link.read(1, BLOCK)
        line.is_silent = False
        assert list(await link.read(1, Block("holding", 200, 2, ()))) == [200, 201]
    assert [frame[1] for frame in line.asked] == [3, 8, 3]


async def test_a_line_that_is_unplugged_is_noticed_at_once(line: SerialDevice) -> None:
    with link_to(line, timeout_s=60.0) as link:
        await link.read(1, BLOCK)
        line.is_silent = True
        line.was_asked.clear()
        reading = asyncio.create_task(link.read(1, BLOCK))
        await line.was_asked.wait()
        line.unplug()
        async with asyncio.timeout(10):
            with pytest.raises(NoAnswer):
                await reading


def test_the_line_rests_between_frames_as_the_specification_says() -> None:
    assert quiet_s(SerialLine(port="x", baud=9600, parity="E")) == pytest.approx(3.5 * 11 / 9600)
    assert quiet_s(SerialLine(port="x", baud=115200)) == 0.00175
