"""A line and a clock in simulated time: what is asked when can be told to the microsecond."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from edge.gather import Gather
from edge.modbus import DeviceRefused, NoAnswer
from edge.plan import Block
from edge.poller import Poller
from edge.profile import Point
from edge.steps import Clock
from edge.wire.configuration import ConnectionConfig, DeviceConfig


class Over(Exception):
    """The simulated time is up."""


class SimClock(Clock):
    def __init__(self, until_s: float) -> None:
        self.now_s = 0.0
        self.until_s = until_s

    def monotonic(self) -> float:
        return self.now_s

    def wall_ms(self) -> int:
        return round(self.now_s * 1000)

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        await asyncio.sleep(0)
        if not event.is_set():
            self.spend(seconds)

    def spend(self, seconds: float) -> None:
        if self.now_s + seconds > self.until_s:
            raise Over
        self.now_s += seconds


class Asked(NamedTuple):
    at_s: float
    unit: int
    address: int
    size: int
    took_s: float


class Line:
    """Every unit takes as long as ``latency_s`` says; those in ``dead`` never answer."""

    def __init__(self, clock: SimClock, timeout_s: float) -> None:
        self.clock = clock
        self.timeout_s = timeout_s
        self.latency_s: dict[int, float] = {}
        self.dead: set[int] = set()
        self.asked: list[Asked] = []
        self.refuse: Callable[[int, Block], int | None] = lambda _unit, _block: None

    async def read(
        self, unit: int, block: Block, *, timeout_s: float | None = None, rest_s: float = 0.0
    ) -> Sequence[int]:
        timeout_s = timeout_s or self.timeout_s
        latency_s = self.latency_s.get(unit, 0.005)
        silent = unit in self.dead or latency_s > timeout_s
        began, took_s = self.clock.now_s, timeout_s if silent else latency_s
        self.asked.append(Asked(began, unit, block.address, block.size, took_s))
        self.clock.spend(took_s)
        if silent:
            raise NoAnswer(f"no answer within {timeout_s:g} s")
        if code := self.refuse(unit, block):
            raise DeviceRefused(code)
        return [0] * block.size

    def starts(self, unit: int) -> list[float]:
        return [asked.at_s for asked in self.asked if asked.unit == unit]


def tag(name: str, address: int, **more: object) -> Point:
    return Point(**{"name": name, "address": address, "type": "uint16"} | more)  # type: ignore[arg-type]


def device(unit: int, *tags: Point, **more: object) -> DeviceConfig:
    settings: dict[str, object] = {"uid": f"D{unit}", "connection": "c", "unit": unit}
    return DeviceConfig(**settings | {"tags": list(tags)} | more)  # type: ignore[arg-type]


class Scene:
    """A poller on a simulated line."""

    def __init__(self, *devices: DeviceConfig, until_s: float, timeout_s: float = 1.0) -> None:
        self.clock = SimClock(until_s)
        self.line = Line(self.clock, timeout_s)
        connection = ConnectionConfig(name="c", host="h", timeout_s=timeout_s)
        self.gather = Gather()
        self.poller = Poller(connection, self.gather, 0.0, self.clock, self.line)
        self.poller.change_devices(devices)

    async def play(self) -> None:
        """Run until the simulated time is up."""
        try:
            await self.poller.run()
        except Over:
            pass
