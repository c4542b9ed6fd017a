"""Reading Modbus TCP: the one file that knows pymodbus.

Every failure is a ``ModbusError`` whose ``quality`` is what the readings of that read carry.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Final

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from edge.plan import Block
from edge.wire import Quality
from edge.wire.configuration import ConnectionConfig

RETRY_FIRST_S: Final = 0.5
RETRY_LONGEST_S: Final = 5.0

_QUALITIES: Final = {  # Modbus exception codes; every other one is a failure of the device
    1: Quality.CONFIG_ERROR,  # illegal function
    2: Quality.CONFIG_ERROR,  # illegal data address
    3: Quality.CONFIG_ERROR,  # illegal data value
    10: Quality.COMM_FAILURE,  # a gateway has no path to the unit
    11: Quality.COMM_FAILURE,  # the unit behind a gateway does not answer
}


class ModbusError(Exception):
    """A read failed."""

    quality: Quality = Quality.BAD


class LinkDown(ModbusError):
    """There is no connection. Every unit on it fails alike; the next read may open it again."""

    quality = Quality.NOT_CONNECTED


class NoAnswer(ModbusError):
    """The unit did not answer in time, or with nonsense. Leave it alone for a while."""

    quality = Quality.COMM_FAILURE


class DeviceRefused(ModbusError):
    """The unit answered with an exception code. Asking the same again will not help."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception code {code}")
        self.code = code
        self.quality = _QUALITIES.get(code, Quality.DEVICE_FAILURE)


class ModbusLink:
    """One connection, opened when it is needed. One read at a time; not for concurrent use.

    A read that times out costs the connection: whatever comes later on it may belong to the read
    that was given up, and a hung peer would otherwise stay hung.
    """

    def __init__(
        self, config: ConnectionConfig, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config
        self._monotonic = monotonic
        self._client: AsyncModbusTcpClient | None = None
        self._closed_by_peer = asyncio.Event()
        self._pause_s = 0.0
        self._not_before = 0.0

    async def read(self, unit: int, block: Block, *, attempts: int = 2) -> list[int]:
        """Read one block: its registers, or its bits as 0 and 1.

        Takes at most ``attempts`` times the timeout of the connection, and once more to connect.

        Raises:
            LinkDown: the connection cannot be opened, or was not tried again so soon.
            NoAnswer: no attempt brought an answer that makes sense.
            DeviceRefused: the unit answered with an exception code.
        """
        for attempt in range(attempts):
            client = await self._open()
            try:
                return await self._request(client, unit, block)
            except NoAnswer:
                self.close()
                if attempt + 1 == attempts:
                    raise
        raise NoAnswer("no attempt was allowed")

    def close(self) -> None:
        """Close the connection; the next read opens it again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _open(self) -> AsyncModbusTcpClient:
        if self._client is not None and self._client.connected:
            return self._client
        self.close()
        if self._monotonic() < self._not_before:
            raise LinkDown("waiting before the next attempt to connect")
        self._closed_by_peer = asyncio.Event()
        client = AsyncModbusTcpClient(
            self._config.host,
            port=self._config.port,
            timeout=self._config.timeout_s,
            retries=0,  # this class repeats a read, on a fresh connection
            reconnect_delay=0,  # and opens connections itself
            trace_connect=_on_close(self._closed_by_peer),
        )
        if not await client.connect():
            client.close()
            self._pause_s = min(max(self._pause_s * 2, RETRY_FIRST_S), RETRY_LONGEST_S)
            self._not_before = self._monotonic() + self._pause_s
            raise LinkDown(f"no connection to {self._config.host}:{self._config.port}")
        self._pause_s = 0.0
        self._client = client
        return client

    async def _request(self, client: AsyncModbusTcpClient, unit: int, block: Block) -> list[int]:
        answer = await self._until_closed(_call(client, unit, block))
        if answer.isError():
            raise DeviceRefused(answer.exception_code)
        bits = block.table in {"coil", "discrete"}
        words = [int(word) for word in (answer.bits if bits else answer.registers)]
        if len(words) < block.size or (len(words) > block.size and not bits):
            raise NoAnswer(f"asked for {block.size} values, got {len(words)}")
        return words[: block.size]  # bits come padded to whole bytes

    async def _until_closed(self, request: Coroutine[None, None, ModbusPDU]) -> ModbusPDU:
        """Wait for the answer, but no longer than the connection lives: pymodbus does not watch."""
        answer = asyncio.create_task(request, name="modbus request")
        closed = asyncio.create_task(self._closed_by_peer.wait(), name="modbus close")
        try:
            await asyncio.wait(
                {answer, closed},
                timeout=self._config.timeout_s + 1.0,  # pymodbus's own timeout comes first
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not answer.done():
                raise NoAnswer("the connection was closed before the answer")
            return answer.result()
        except ModbusException as error:
            raise NoAnswer(str(error)) from error
        finally:
            closed.cancel()
            answer.cancel()


async def _call(client: AsyncModbusTcpClient, unit: int, block: Block) -> ModbusPDU:
    read = {
        "holding": client.read_holding_registers,
        "input": client.read_input_registers,
        "coil": client.read_coils,
        "discrete": client.read_discrete_inputs,
    }[block.table]
    return await read(block.address, count=block.size, device_id=unit)


def _on_close(event: asyncio.Event) -> Callable[[bool], None]:
    def trace(connected: bool) -> None:  # noqa: FBT001 - the signature is pymodbus's
        if not connected:
            event.set()

    return trace
