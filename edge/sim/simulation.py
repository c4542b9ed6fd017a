"""The whole plant in one event loop: devices, their Modbus servers and the 10 Hz clock."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from edge.config import ConfigError
from edge.sim.commands import (
    Answer,
    Command,
    CommandRefused,
    DeviceState,
    InjectFault,
    ListDevices,
    SetValue,
)
from edge.sim.device import SimulatedDevice
from edge.sim.server import ModbusServer
from edge.wire.configuration import ConnectionConfig, Document

logger = logging.getLogger(__name__)

STEP_S = 0.1
SEED = 2026


class Simulation:
    """The plant that some gateway configurations describe."""

    def __init__(
        self,
        configs: Sequence[Document],
        *,
        seed: int = SEED,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Build the plant; nothing listens yet.

        Args:
            configs: one per gateway.
            seed: the same seed and times give the same values.
            clock: seconds since 1970.

        Raises:
            ConfigError: the configurations contradict each other, or a tag cannot be simulated.
        """
        self.devices: dict[str, SimulatedDevice] = {}
        self.addresses: dict[str, str] = {}  # host:port by connection, once it listens
        self._connections: dict[str, ConnectionConfig] = {}
        self._servers: dict[str, ModbusServer] = {}
        self._clock = clock
        for config in configs:
            self._add(config, seed)

    def _add(self, config: Document, seed: int) -> None:
        for connection in config.connections:
            if connection.name in self._connections:
                raise ConfigError(f"connection.name: {connection.name} is used by two gateways")
            self._connections[connection.name] = connection
        units: dict[str, dict[int, SimulatedDevice]] = {c.name: {} for c in config.connections}
        for device in config.devices:
            if device.uid in self.devices:
                raise ConfigError(f"device.uid: {device.uid} is read by two gateways")
            if device.unit in units[device.connection]:
                raise ConfigError(
                    f"device {device.uid}: unit: {device.unit} is taken on {device.connection}"
                )
            simulated = SimulatedDevice(device, seed=seed, time_s=self._clock())
            self.devices[device.uid] = units[device.connection][device.unit] = simulated
        self._servers |= {name: ModbusServer(behind) for name, behind in units.items()}

    async def start(self, *, bind: str = "", free_ports: bool = False) -> None:
        """Listen on every connection's address.

        Args:
            bind: listen on this host instead of the connections' own.
            free_ports: listen on free ports instead; ``addresses`` says on which.

        Raises:
            OSError: an address cannot be used; nothing listens then.
        """
        try:
            for name, server in self._servers.items():
                connection = self._connections[name]
                port = 0 if free_ports else connection.port
                host, port = await server.start(bind or connection.host, port)
                self.addresses[name] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
                logger.info("%s listens on %s", name, self.addresses[name])
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening and cut all connections."""
        for server in self._servers.values():
            await server.stop()
        self.addresses.clear()

    def advance(self, time_s: float) -> None:
        """Move all devices to a time."""
        for device in self.devices.values():
            device.advance(time_s)

    async def run_clock(self) -> None:
        """Advance ten times a second, until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self.advance(self._clock())
            due = max(due + STEP_S, loop.time())  # steps that were missed are not made up for
            await asyncio.sleep(due - loop.time())

    def execute(self, command: Command) -> Answer:
        """Carry out a command.

        Raises:
            CommandRefused: it does not fit the plant.
        """
        match command:
            case InjectFault():
                self._device(command.device).inject(command)
                logger.info("%s: faults: %s", command.device, self._faults(command.device))
            case SetValue():
                self._device(command.device).set_value(command.tag, command.value)
            case ListDevices():
                return Answer(time_s=self._clock(), devices=self._describe())
        return Answer(time_s=self._clock())

    def _device(self, uid: str) -> SimulatedDevice:
        device = self.devices.get(uid)
        if device is None:
            raise CommandRefused(f"the plant has the devices {', '.join(self.devices)}")
        return device

    def _faults(self, uid: str) -> str:
        return ", ".join(self.devices[uid].faults()) or "none"

    def _describe(self) -> list[DeviceState]:
        return [
            DeviceState(
                uid=uid,
                name=device.config.name,
                address=self.addresses.get(device.config.connection, ""),
                unit=device.config.unit,
                faults=device.faults(),
                values={
                    tag.name: device.process.values[tag.name]
                    for tag in device.config.tags
                    if tag.name in device.process.values
                },
                held=sorted(device.process.held),
                texts=dict(device.texts),
            )
            for uid, device in self.devices.items()
        ]


@asynccontextmanager
async def running(
    configs: Sequence[Document],
    *,
    seed: int = SEED,
    clock: Callable[[], float] = time.time,
    bind: str = "",
    free_ports: bool = True,
) -> AsyncIterator[Simulation]:
    """Run a plant inside this event loop; it answers from the first line of the block on."""
    plant = Simulation(configs, seed=seed, clock=clock)
    await plant.start(bind=bind, free_ports=free_ports)
    ticking = asyncio.create_task(plant.run_clock(), name="plant clock")
    try:
        yield plant
    finally:
        ticking.cancel()
        await plant.stop()
        with suppress(asyncio.CancelledError):
            await ticking  # raises what stopped the clock, if anything did
