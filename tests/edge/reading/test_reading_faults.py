"""Every way a device can misbehave: a named quality, plain words, and never a wrong register."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from bad_device import Asked, BadDevice, Behave, behaves, frame, value_answer
from simulated_line import SimClock, tag
from simulated_line import device as configured

from edge.modbus import DeviceRefused, ModbusLink, NoAnswer
from edge.plan import Block
from edge.unit import Unit
from edge.wire import Quality
from edge.wire.configuration import ConnectionConfig


@pytest.fixture(params=["tcp", "rtu_over_tcp"])
async def device(request: pytest.FixtureRequest) -> AsyncIterator[BadDevice]:
    """A device on both kinds of socket, one after the other."""
    device = BadDevice(request.param)
    async with device.listening():
        yield device


def link_to(device: BadDevice, timeout_s: float = 1.0) -> ModbusLink:
    settings = {"name": "c", "kind": device.kind, "host": "127.0.0.1", "port": device.port}
    return ModbusLink(ConnectionConfig(**settings, timeout_s=timeout_s))  # type: ignore[arg-type]


def block(address: int, size: int) -> Block:
    return Block("holding", address, size, ())


async def recovers(link: ModbusLink, device: BadDevice) -> bool:
    """Say whether, once the device behaves, the right register is read."""
    device.behave = behaves
    words = await link.read(1, block(200, 2))
    link.close()
    return list(words) == [200, 201]


def hangs(_device: BadDevice, _asked: Asked) -> list[bytes]:
    return []


def sends_half(device: BadDevice, asked: Asked) -> list[bytes]:
    return [frame(device.kind, asked, value_answer(asked))[:-3]]


def is_another_unit(device: BadDevice, asked: Asked) -> list[bytes]:
    return [frame(device.kind, asked, value_answer(asked), unit=2)]


def answers_another_function(device: BadDevice, asked: Asked) -> list[bytes]:
    return [frame(device.kind, asked, b"\4" + value_answer(asked)[1:])]


def sends_one_register(device: BadDevice, asked: Asked) -> list[bytes]:
    return [frame(device.kind, asked, b"\3\2\0\1")]


def sends_three_registers(device: BadDevice, asked: Asked) -> list[bytes]:
    return [frame(device.kind, asked, b"\3\6\0\1\0\2\0\3")]


def counts_wrongly(device: BadDevice, asked: Asked) -> list[bytes]:
    return [frame(device.kind, asked, b"\3\2" + value_answer(asked)[2:])]


def babbles(_device: BadDevice, _asked: Asked) -> list[bytes]:
    return [b"GET / HTTP/1.1\r\n"]


def floods(_device: BadDevice, _asked: Asked) -> list[bytes]:
    return [b"\x01\x03\xff" * 100] * 8


@pytest.mark.parametrize(
    "behave",
    [
        hangs,
        sends_half,
        is_another_unit,
        answers_another_function,
        sends_one_register,
        sends_three_registers,
        counts_wrongly,
        babbles,
        floods,
    ],
)
async def test_what_is_no_proper_answer_is_a_communication_failure_and_passes(
    device: BadDevice, behave: Behave
) -> None:
    device.behave = behave
    link = link_to(device)
    with pytest.raises(NoAnswer) as caught:
        await link.read(1, block(100, 2))
    assert caught.value.quality == Quality.COMM_FAILURE
    assert str(caught.value)
    assert await recovers(link, device)
    assert device.connections == 2  # nothing on the first could be believed any more


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (hangs, "no answer within"),
        (sends_half, "bytes of an answer within"),
        (answers_another_function, "an answer to function 4 instead of 3"),
        (sends_one_register, "an answer of 4 bytes that does not fit the request"),
    ],
)
async def test_the_failure_is_told_in_plain_words(
    device: BadDevice, behave: Behave, words: str
) -> None:
    device.behave = behave
    link = link_to(device)
    with pytest.raises(NoAnswer, match=words):
        await link.read(1, block(100, 2))
    link.close()


@pytest.mark.parametrize(
    ("code", "quality", "is_busy"),
    [
        (1, Quality.CONFIG_ERROR, False),
        (2, Quality.CONFIG_ERROR, False),
        (3, Quality.CONFIG_ERROR, False),
        (4, Quality.DEVICE_FAILURE, False),
        (5, Quality.DEVICE_FAILURE, True),
        (6, Quality.DEVICE_FAILURE, True),
        (7, Quality.DEVICE_FAILURE, False),
        (8, Quality.DEVICE_FAILURE, False),
        (9, Quality.DEVICE_FAILURE, False),
        (10, Quality.COMM_FAILURE, False),
        (11, Quality.COMM_FAILURE, False),
    ],
)
async def test_an_exception_code_has_its_quality_and_keeps_the_connection(
    device: BadDevice, code: int, quality: Quality, is_busy: bool
) -> None:
    device.behave = lambda d, asked: [frame(d.kind, asked, bytes([asked.pdu[0] | 0x80, code]))]
    link = link_to(device)
    with pytest.raises(DeviceRefused, match=f"exception code {code}, ") as caught:
        await link.read(1, block(100, 2))
    assert (caught.value.quality, caught.value.is_busy) == (quality, is_busy)
    assert await recovers(link, device)
    assert device.connections == 1


async def test_an_answer_that_comes_byte_by_byte_is_understood(device: BadDevice) -> None:
    def dribbles(device: BadDevice, asked: Asked) -> list[bytes]:
        return [bytes([byte]) for byte in behaves(device, asked)[0]]

    device.behave = dribbles
    link = link_to(device, timeout_s=20.0)
    assert list(await link.read(1, block(100, 2))) == [100, 101]
    link.close()
    assert device.connections == 1


def is_busy(device: BadDevice, asked: Asked) -> list[bytes]:
    return [frame(device.kind, asked, bytes([asked.pdu[0] | 0x80, 6]))]


@pytest.mark.parametrize(
    ("behave", "quality", "state"),
    [
        (hangs, Quality.COMM_FAILURE, "down"),
        (sends_half, Quality.COMM_FAILURE, "down"),
        (is_another_unit, Quality.COMM_FAILURE, "down"),
        (babbles, Quality.COMM_FAILURE, "down"),
        (is_busy, Quality.DEVICE_FAILURE, "up"),
    ],
)
async def test_a_tag_has_no_value_while_its_device_misbehaves_and_the_right_one_afterwards(
    device: BadDevice, behave: Behave, quality: Quality, state: str
) -> None:
    clock = SimClock(1000)
    unit = Unit(configured(1, tag("t", 200, scan_ms=1000)), lambda: None, clock)
    link = link_to(device)
    assert await scan(unit, link) == [(200.0, Quality.GOOD)]
    device.behave = behave
    assert await scan(unit, link) == [(None, quality)]
    assert unit.health().state == state
    device.behave = behaves
    clock.spend(60)
    if unit.is_left_alone:
        await unit.probe(link, 1.0)
    assert await scan(unit, link) == [(200.0, Quality.GOOD)]
    assert unit.health().state == "up"
    link.close()


async def scan(unit: Unit, link: ModbusLink) -> list[tuple[float | None, int]]:
    [scan_class] = unit.classes
    steps = [step async for step in unit.scan(link, scan_class)]
    return [(reading.value, reading.quality) for step in steps for reading in step.readings]


class AnswersLate:
    """Keeps its first answer until the next request, and then sends it before everything else."""

    def __init__(self, *, knows_echo: bool) -> None:
        self._knows_echo = knows_echo
        self._late: list[bytes] | None = None

    def __call__(self, device: BadDevice, asked: Asked) -> list[bytes]:
        if self._late is None:
            self._late = behaves(device, asked)
            return []
        late, self._late = self._late, []
        if asked.pdu[0] == 8 and not self._knows_echo:
            return [*late, frame(device.kind, asked, b"\x88\x01")]
        return [*late, *behaves(device, asked)]


@pytest.mark.parametrize("knows_echo", [True, False])
async def test_a_late_answer_is_never_taken_for_another_register(
    device: BadDevice, knows_echo: bool
) -> None:
    device.behave = AnswersLate(knows_echo=knows_echo)
    link = link_to(device)
    with pytest.raises(NoAnswer):
        await link.read(1, block(100, 2))
    assert list(await link.read(1, block(200, 2))) == [200, 201]
    assert list(await link.read(1, block(300, 2))) == [300, 301]
    link.close()


async def test_a_serial_device_that_ignores_echoes_comes_back_a_request_later() -> None:
    device = BadDevice("rtu_over_tcp")

    def ignores_echoes(device: BadDevice, asked: Asked) -> list[bytes]:
        return behaves(device, asked) if asked.pdu[0] == 3 else []

    async with device.listening():
        device.behave = hangs
        link = link_to(device)
        with pytest.raises(NoAnswer):
            await link.read(1, block(100, 2))
        device.behave = ignores_echoes
        with pytest.raises(NoAnswer):
            await link.read(1, block(100, 2))
        assert list(await link.read(1, block(100, 2))) == [100, 101]
        link.close()


async def test_another_unit_of_the_line_is_not_doubted(device: BadDevice) -> None:
    device.behave = hangs
    link = link_to(device)
    with pytest.raises(NoAnswer):
        await link.read(1, block(100, 2))
    device.behave = behaves
    assert list(await link.read(2, block(100, 2))) == [100, 101]
    link.close()
    assert [(asked.unit, asked.pdu[0]) for asked in device.asked] == [(1, 3), (2, 3)]
