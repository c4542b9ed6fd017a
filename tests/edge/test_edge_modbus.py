"""One connection, against a real Modbus TCP server and against sockets that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from modbus_plant import Plant
from pymodbus.constants import ExcCodes

from edge.modbus import DeviceRefused, LinkDown, ModbusLink, NoAnswer
from edge.plan import Block
from edge.wire import Quality
from edge.wire.configuration import ConnectionConfig

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def link_to(port: int, timeout_s: float = 0.2) -> ModbusLink:
    return ModbusLink(ConnectionConfig(name="c", host="127.0.0.1", port=port, timeout_s=timeout_s))


def block(address: int, size: int) -> Block:
    return Block("holding", address, size, ())


@pytest.fixture
async def link(plant: Plant) -> AsyncIterator[ModbusLink]:
    link = link_to(plant.port, timeout_s=5.0)
    yield link
    link.close()


@contextlib.asynccontextmanager
async def listening(handle: Handler) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_registers_are_read(plant: Plant, link: ModbusLink) -> None:
    plant.registers[1][4:8] = [1, 2, 3, 0xFFFF]
    assert list(await link.read(1, block(4, 4))) == [1, 2, 3, 0xFFFF]
    assert list(await link.read(1, Block("input", 5, 2, ()))) == [2, 3]


async def test_bits_are_read_without_their_padding(plant: Plant, link: ModbusLink) -> None:
    plant.registers[1][0] = 0b101
    assert await link.read(1, Block("coil", 0, 3, ())) == [1, 0, 1]
    assert await link.read(1, Block("discrete", 0, 1, ())) == [1]


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        (ExcCodes.ILLEGAL_FUNCTION, Quality.CONFIG_ERROR),
        (ExcCodes.ILLEGAL_ADDRESS, Quality.CONFIG_ERROR),
        (ExcCodes.ILLEGAL_VALUE, Quality.CONFIG_ERROR),
        (ExcCodes.DEVICE_FAILURE, Quality.DEVICE_FAILURE),
        (ExcCodes.DEVICE_BUSY, Quality.DEVICE_FAILURE),
        (ExcCodes.MEMORY_PARITY_ERROR, Quality.DEVICE_FAILURE),
        (ExcCodes.GATEWAY_PATH_UNAVIABLE, Quality.COMM_FAILURE),
        (ExcCodes.GATEWAY_NO_RESPONSE, Quality.COMM_FAILURE),
    ],
)
async def test_an_exception_code_says_what_is_wrong(
    plant: Plant, link: ModbusLink, code: ExcCodes, quality: Quality
) -> None:
    plant.refused[1, 5] = code
    with pytest.raises(DeviceRefused) as caught:
        await link.read(1, block(4, 4))
    assert (caught.value.code, caught.value.quality) == (code, quality)
    assert len(plant.reads) == 1


async def test_nobody_listening_is_not_connected_and_is_not_tried_again_at_once() -> None:
    async with listening(lambda *_: asyncio.sleep(0)) as port:
        pass
    now = 100.0
    link = ModbusLink(ConnectionConfig(name="c", host="127.0.0.1", port=port), lambda: now)
    with pytest.raises(LinkDown, match="no connection") as caught:
        await link.read(1, block(0, 1))
    assert caught.value.quality == Quality.NOT_CONNECTED
    now += 0.4
    with pytest.raises(LinkDown, match="waiting"):
        await link.read(1, block(0, 1))
    now += 0.2
    with pytest.raises(LinkDown, match="no connection"):
        await link.read(1, block(0, 1))
    now += 0.9  # the pause has doubled
    with pytest.raises(LinkDown, match="waiting"):
        await link.read(1, block(0, 1))


async def test_a_device_that_needs_a_rest_between_requests_gets_it(
    plant: Plant, link: ModbusLink
) -> None:
    await link.read(1, block(4, 1))
    began = time.monotonic()
    await link.read(1, block(4, 1), rest_s=0.05)
    assert time.monotonic() - began >= 0.045


async def test_a_peer_that_never_answers_costs_its_connection() -> None:
    connections = []

    async def swallow(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        requests: list[bytes] = []
        connections.append(requests)
        while request := await reader.read(1000):
            requests.append(request)

    async with listening(swallow) as port:
        link = link_to(port)
        for asked in (1, 2):
            with pytest.raises(NoAnswer, match=r"no answer within 0\.2 s") as caught:
                await link.read(7, block(0, 1))
            assert caught.value.quality == Quality.COMM_FAILURE
            assert [len(requests) for requests in connections] == [1] * asked


async def test_a_late_answer_is_not_taken_for_the_answer_to_the_next_read() -> None:
    answers = asyncio.Event()

    async def answer_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(1000):
            address = int.from_bytes(request[8:10], "big")
            if address == 100:
                await answers.wait()
            writer.write(request[:4] + b"\x00\x05" + request[6:8] + b"\x02" + request[8:10])

    async with listening(answer_late) as port:
        link = link_to(port, timeout_s=0.5)
        with pytest.raises(NoAnswer):
            await link.read(1, block(100, 1))
        answers.set()
        assert list(await link.read(1, block(200, 1))) == [200]
        link.close()


async def test_a_peer_that_closes_is_noticed_at_once_and_connected_to_again() -> None:
    connections = 0

    async def answer_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        request = await reader.read(1000)
        if connections > 1:
            writer.write(request[:4] + b"\x00\x05" + request[6:8] + b"\x02\x00\x2a")
            await writer.drain()

    async with listening(answer_second) as port:
        link = link_to(port, timeout_s=20.0)  # longer than the test may take: no timeout helps
        async with asyncio.timeout(10):
            with pytest.raises(NoAnswer, match="closed before the answer"):
                await link.read(1, block(0, 1))
            assert list(await link.read(1, block(0, 1))) == [42]
        link.close()
    assert connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\x05\x01\x03\x02\x00\x2a",  # one register instead of two
        b"\x00\x09\x01\x03\x06\x00\x01\x00\x02\x00\x03",  # three
        b"\x00\x03\x01\x03\x02",  # cut short
        b"\x00\x05\x02\x03\x02\x00\x2a",  # from another unit
        b"garbage",
    ],
)
async def test_an_answer_that_makes_no_sense_is_no_answer(answer: bytes) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(1000):
            writer.write(request[:4] + answer)

    async with listening(reply) as port:
        link = link_to(port)
        with pytest.raises(NoAnswer):
            await link.read(1, block(0, 2))
        link.close()
