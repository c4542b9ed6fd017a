"""Asking Modbus devices over one connection.

Every failure is a ``ModbusError`` whose ``quality`` is what the readings of that read carry, and
whose text says in plain words what happened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Final

from edge.adu import (
    Framing,
    Mbap,
    Nonsense,
    Request,
    Rtu,
    echo_request,
    read_request,
    refusal,
    values_of,
)
from edge.adu import write_request as _write_request
from edge.channel import Channel, open_channel
from edge.plan import Block
from edge.serial_line import quiet_s
from edge.wire import Quality
from edge.wire.configuration import ConnectionConfig

RETRY_FIRST_S: Final = 0.5
RETRY_LONGEST_S: Final = 5.0

_CODES: Final = {  # Modbus exception codes
    1: ("illegal function", Quality.CONFIG_ERROR),
    2: ("illegal data address", Quality.CONFIG_ERROR),
    3: ("illegal data value", Quality.CONFIG_ERROR),
    4: ("device failure", Quality.DEVICE_FAILURE),
    5: ("acknowledged, but still at work", Quality.DEVICE_FAILURE),
    6: ("device busy", Quality.DEVICE_FAILURE),
    7: ("negative acknowledge", Quality.DEVICE_FAILURE),
    8: ("memory parity error", Quality.DEVICE_FAILURE),
    10: ("the gateway before it has no path to it", Quality.COMM_FAILURE),
    11: ("it does not answer the gateway before it", Quality.COMM_FAILURE),
}
_LATER: Final = frozenset({5, 6})


class ModbusError(Exception):
    """A request failed."""

    quality: Quality = Quality.BAD


class LinkDown(ModbusError):
    """There is no connection. Every unit on it fails alike; the next read may open it again."""

    quality = Quality.NOT_CONNECTED


class NoAnswer(ModbusError):
    """No answer, or nonsense. Leave the unit alone for a while; a write may have happened."""

    quality = Quality.COMM_FAILURE


class DeviceRefused(ModbusError):
    """The unit answered with an exception code. Only when ``is_busy`` asking again may help."""

    def __init__(self, code: int) -> None:
        words, self.quality = _CODES.get(code, ("unknown code", Quality.DEVICE_FAILURE))
        super().__init__(f"exception code {code}, {words}")
        self.code = code
        self.is_busy = code in _LATER


class ModbusLink:
    """One connection, opened when it is needed. One request at a time; not for concurrent use.

    A request that gets no proper answer costs the connection: whatever comes later on it may
    belong to that request, and a hung peer would otherwise stay hung. On a serial line (also
    behind a TCP port) even that is not enough, because a frame does not say what it answers. There
    the unit has to echo a fresh number before anything from it is believed again.
    """

    def __init__(
        self, config: ConnectionConfig, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config
        self._monotonic = monotonic
        self._channel: Channel | None = None
        self._pause_s = 0.0
        self._not_before = 0.0  # of the next attempt to connect
        self._why_down = ""
        self._quiet_s = quiet_s(config.serial) if config.serial else 0.0
        self._last = 0.0  # end of the last request
        self._is_serial = config.kind in {"rtu", "rtu_over_tcp"}
        # Of the link and not of one connection: a gateway may answer on a new one what it was
        # asked on the last, and must not find the same transaction there.
        self._framing: Framing = Rtu() if self._is_serial else Mbap()
        self._doubtful: set[int] = set()  # units that may still answer an old request
        self._echoing: set[int] = set()  # units that are known to answer an echo
        self._nonces = count(1)

    async def read(
        self, unit: int, block: Block, *, timeout_s: float | None = None, rest_s: float = 0.0
    ) -> Sequence[int]:
        """Read one block, once: its registers, or its bits as 0 and 1.

        Args:
            unit: who is asked.
            block: what is read.
            timeout_s: for the answer; None: the timeout of the connection.
            rest_s: least time since the last request.

        Raises:
            LinkDown: the connection cannot be opened, or was not tried again so soon.
            NoAnswer: no answer came that makes sense.
            DeviceRefused: the unit answered with an exception code.
        """
        request = read_request(unit, block.table, block.address, block.size)
        answer = await self._ask(request, timeout_s, rest_s)
        return values_of(block.table, block.size, answer)

    async def write(
        self, unit: int, function: int, address: int, values: Sequence[int], *, rest_s: float = 0.0
    ) -> None:
        """Write with function 5, 6, 15 or 16, once: a write is never repeated by itself.

        Raises:
            LinkDown: the connection cannot be opened; nothing was written.
            NoAnswer: it may have been written or not. Read back before writing again.
            DeviceRefused: the unit answered with an exception code.
            ValueError: the function takes other values.
        """
        await self._ask(_write_request(unit, function, address, values), None, rest_s)

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    async def _ask(self, request: Request, timeout_s: float | None, rest_s: float) -> bytes:
        timeout_s = timeout_s or self._config.timeout_s
        channel = await self._open()
        await self._rest(rest_s)
        if request.unit in self._doubtful:
            await self._fence(channel, request.unit, timeout_s)
            await self._rest(rest_s)
        answer = await self._exchange(channel, request, timeout_s)
        code = refusal(request, answer)
        if code is not None:
            raise DeviceRefused(code)
        return answer

    async def _exchange(
        self, channel: Channel, request: Request, timeout_s: float, *, patient: bool = False
    ) -> bytes:
        try:
            return await channel.exchange(request, timeout_s, patient=patient)
        except (OSError, Nonsense) as error:
            self.close()
            if self._is_serial:
                self._doubtful.add(request.unit)
            raise NoAnswer(str(error)) from error
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._last = self._monotonic()

    async def _fence(self, channel: Channel, unit: int, timeout_s: float) -> None:
        """See that nothing old is still to come: a device answers one request after another."""
        request = echo_request(unit, next(self._nonces) % 0x10000)
        try:
            await self._exchange(channel, request, timeout_s, patient=True)
        except NoAnswer:
            if unit not in self._echoing:
                # Perhaps it ignores echoes; it was silent for this long, so the next request
                # goes to it directly.
                self._doubtful.discard(unit)
            raise
        self._doubtful.discard(unit)
        self._echoing.add(unit)

    async def _rest(self, rest_s: float) -> None:
        rest_s = max(rest_s, self._quiet_s)
        if rest_s and (left := self._last + rest_s - self._monotonic()) > 0:
            await asyncio.sleep(left)

    async def _open(self) -> Channel:
        if self._channel is not None and self._channel.is_open:
            return self._channel
        self.close()
        if self._monotonic() < self._not_before:
            raise LinkDown(f"{self._why_down}; waiting before the next attempt")
        try:
            self._channel = await open_channel(self._config, self._framing)
        except (OSError, ValueError) as error:  # ValueError: a host name that cannot be one
            self._pause_s = min(max(self._pause_s * 2, RETRY_FIRST_S), RETRY_LONGEST_S)
            self._not_before = self._monotonic() + self._pause_s
            self._why_down = f"no connection to {_where(self._config)}: {_why(error)}"
            raise LinkDown(self._why_down) from error
        self._pause_s = 0.0
        return self._channel


def _where(config: ConnectionConfig) -> str:
    return config.serial.port if config.serial else f"{config.host}:{config.port}"


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
