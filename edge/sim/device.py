"""A device of the plant: its physics, its registers and its faults."""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec.structs import replace

from edge.config import ConfigError
from edge.profile import Point
from edge.profile.codec import decode, encode, encode_sentinel, is_exponent
from edge.profile.number import limits
from edge.sim.adu import Read, Refusal
from edge.sim.commands import TAG_FAULTS, CommandRefused, InjectFault
from edge.sim.process import Process
from edge.sim.registers import Registers
from edge.sim.waves import text_of
from edge.wire.configuration import DeviceConfig


class SimulatedDevice:
    """Answers for one unit id. Its faults hide the process, which goes on behind them."""

    def __init__(self, config: DeviceConfig, *, seed: int, time_s: float) -> None:
        """Start the device.

        Raises:
            ConfigError: a tag cannot be simulated, or two numbers share a register.
        """
        self.config = config
        self.process = Process(config, seed=seed, time_s=time_s)
        self.dead = False
        self.delay_s = 0.0
        self._busy = False
        self._tags = {tag.name: tag for tag in config.tags}
        # Numbers before the bits that lie in their registers: a bit wins.
        self._in_order = sorted(config.tags, key=lambda tag: tag.bit is not None)
        self._exponents = {tag.scale_from for tag in config.tags if tag.scale_from}
        self._tag_faults: dict[str, set[str]] = {kind: set() for kind in TAG_FAULTS}
        self._registers = Registers(config)
        self.texts: Mapping[str, str] = self._write_texts()
        self._refresh()

    def advance(self, time_s: float) -> None:
        """Move the process on and bring the registers up to date."""
        self.process.advance(time_s)
        self._refresh()

    def serve(self, read: Read) -> list[int] | Refusal:
        """Words or bits of a block, or why not."""
        if self._busy:
            return Refusal.BUSY
        if refusal := self._registers.refusal(read):
            return refusal
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
        if tag.type == "string":
            raise CommandRefused(f"{self.config.uid} {name} is a text; only numbers can be set")
        if name in self._exponents and not is_exponent(value):
            raise CommandRefused(f"{self.config.uid} {name} is an exponent: -10 to 10")
        try:
            encode(tag, value, self._exponent_of(tag))
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
            if fault.kind == "nan" and encode_sentinel(tag) is None:
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

    def shown(self, name: str) -> float | str | None:
        """What a reader makes of the registers of a tag, as they are now."""
        tag = self._tags[name]
        factor = self._tags.get(tag.scale_from)
        exponent = decode(factor, self._registers.words_of(factor)).value if factor else None
        decoded = decode(tag, self._registers.words_of(tag), exponent)
        return decoded.raw if tag.type == "string" else decoded.value

    def _exponent_of(self, tag: Point) -> float | None:
        return self.process.values[tag.scale_from] if tag.scale_from else None

    def _write_texts(self) -> dict[str, str]:
        texts = {tag.name: text_of(tag) for tag in self.config.tags if tag.type == "string"}
        for name, text in texts.items():
            try:
                self._registers.write(self._tags[name], encode(self._tags[name], text))
            except ValueError as error:
                raise ConfigError(f"device {self.config.uid}, tag {error}") from error
        return texts

    def _refresh(self) -> None:
        for tag in self._in_order:
            if tag.type == "string" or tag.name in self._tag_faults["stuck"]:
                continue
            missing = tag.name in self._tag_faults["nan"]
            words = encode_sentinel(tag) if missing else self._encode_nearest(tag)
            self._registers.write(tag, words or [])

    def _encode_nearest(self, tag: Point) -> list[int]:
        """Encode the present value; what does not fit shows the end of the range.

        As a transmitter does.
        """
        value = self.process.values[tag.name]
        try:
            return encode(tag, value, self._exponent_of(tag))
        except ValueError:
            low, high = limits(tag.type)
            end = high if (value - tag.offset) / tag.scale > 0 else low
            plain = replace(tag, scale=1.0, scale_from="", offset=0.0, transform="")
            return encode(plain, end)
