"""A device of the plant: its physics, its registers and its faults."""

from __future__ import annotations

import math
from typing import Final

from msgspec.structs import replace

from edge.profile import Point
from edge.profile.codec import encode
from edge.sim.adu import Read, Refusal
from edge.sim.commands import TAG_FAULTS, CommandRefused, InjectFault
from edge.sim.process import Process
from edge.sim.registers import Registers
from edge.wire.configuration import DeviceConfig

_ENDS: Final = {
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
    "float32": (-3.4028234663852886e38, 3.4028234663852886e38),
}


class SimulatedDevice:
    """Answers for one unit id. Its faults hide the process, which goes on behind them."""

    def __init__(self, config: DeviceConfig, *, seed: int, time_s: float) -> None:
        """Start the device.

        Raises:
            ConfigError: a tag cannot be simulated, or two share a register.
        """
        self.config = config
        self.process = Process(config, seed=seed, time_s=time_s)
        self.dead = False
        self.delay_s = 0.0
        self._busy = False
        self._tags = {tag.name: tag for tag in config.tags}
        self._tag_faults: dict[str, set[str]] = {kind: set() for kind in TAG_FAULTS}
        self._registers = Registers(config)
        self._refresh()

    def advance(self, time_s: float) -> None:
        """Move the process on and bring the registers up to date."""
        self.process.advance(time_s)
        self._refresh()

    def serve(self, read: Read) -> list[int] | Refusal:
        """Words or bits of a block, or why not."""
        if self._busy:
            return Refusal.BUSY
        if not 1 <= read.size <= self._registers.most(read.table):
            return Refusal.ILLEGAL_VALUE
        if self._tag_faults["refuse"] & self._registers.owners(*read):
            return Refusal.ILLEGAL_ADDRESS
        words = self._registers.read(*read)
        return Refusal.ILLEGAL_ADDRESS if words is None else words

    def set_value(self, name: str, value: float) -> None:
        """Hold a tag at a value; its registers show it at once.

        Raises:
            CommandRefused: there is no such tag, or its registers cannot hold the value.
        """
        tag = self._tag(name)
        if not math.isfinite(value):
            raise CommandRefused("a value is a finite number; the fault nan gives NaN")
        try:
            encode(tag, value)
        except ValueError as error:
            raise CommandRefused(f"{self.config.uid} {name}: {error}") from error
        self.process.hold(name, value)
        self._refresh()

    def inject(self, fault: InjectFault) -> None:
        """Add a fault, or clear all faults and values set by hand.

        Raises:
            CommandRefused: the fault does not fit the device.
        """
        if fault.kind in TAG_FAULTS:
            tag = self._tag(fault.tag)
            if fault.kind == "nan" and not tag.type.startswith("float"):
                raise CommandRefused(f"{tag.name} is {tag.type}: only a float can be NaN")
            self._tag_faults[fault.kind].add(tag.name)
        elif fault.kind == "slow":
            self.delay_s = fault.seconds
        elif fault.kind == "dead":
            self.dead = True
        elif fault.kind == "busy":
            self._busy = True
        else:
            self._clear()
        self._refresh()

    def faults(self) -> list[str]:
        """The faults in words, as a command would give them."""
        whole = [
            ("dead", self.dead),
            ("busy", self._busy),
            (f"slow {self.delay_s:g}", self.delay_s),
        ]
        return [text for text, present in whole if present] + [
            f"{kind} {tag}" for kind in sorted(TAG_FAULTS) for tag in sorted(self._tag_faults[kind])
        ]

    def _clear(self) -> None:
        self.dead = self._busy = False
        self.delay_s = 0.0
        for tags in self._tag_faults.values():
            tags.clear()
        self.process.release()

    def _tag(self, name: str) -> Point:
        tag = self._tags.get(name)
        if tag is None:
            raise CommandRefused(f"{self.config.uid} has the tags {', '.join(self._tags)}")
        return tag

    def _refresh(self) -> None:
        for name, tag in self._tags.items():
            if name in self._tag_faults["nan"]:
                self._registers.write(tag, encode(tag, math.nan))
            elif name not in self._tag_faults["stuck"]:
                self._registers.write(tag, _encode_nearest(tag, self.process.values[name]))


def _encode_nearest(tag: Point, value: float) -> list[int]:
    """Encode a value; what does not fit shows the end of the range, as a transmitter does."""
    try:
        return encode(tag, value)
    except ValueError:
        low, high = _ENDS[tag.type]
        end = high if (value - tag.offset) / tag.scale > 0 else low
        return encode(replace(tag, scale=1.0, offset=0.0), end)
