"""A point: where a value lies in a device, how it is encoded, and what it means."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

NAME_PATTERN: Final = r"^[A-Za-z0-9_.:/-]{1,128}\Z"

Table = Literal["holding", "input", "coil", "discrete"]  # function codes 3, 4, 1 and 2
Type = Literal[
    "bool",  # a coil, a discrete input, or one bit of a register (``bit``, or any that is set)
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
    "bcd16",  # four decimal digits in each register
    "bcd32",
    "bcd64",
    "string",  # two characters in each of ``length`` registers
]
Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]  # of the bytes, A the most significant
Scan = Literal["fast", "slow", "demand"]  # demand: read when somebody asks
Kind = Literal["gauge", "counter", "state"]
Transform = Literal["", "schneider_pf4q"]  # what scale and offset cannot express

BIT_TABLES: Final = frozenset({"coil", "discrete"})
WIDTH: Final[dict[str, int]] = {  # registers of one value; a string has its own length
    "bool": 1,
    "int16": 1,
    "uint16": 1,
    "float16": 1,
    "bcd16": 1,
    "int32": 2,
    "uint32": 2,
    "float32": 2,
    "bcd32": 2,
    "int64": 4,
    "uint64": 4,
    "float64": 4,
    "bcd64": 4,
}

Name = Annotated[str, Meta(pattern=NAME_PATTERN)]
Display = Annotated[str, Meta(max_length=128)]
Millis = Annotated[int, Meta(ge=10, le=86_400_000)]


class Strict(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything read from a file: a misspelled setting is refused, not ignored."""


class WriteRule(Strict, frozen=True, kw_only=True):
    """What may be written to a point, and how carefully."""

    low: float | None = None  # in the point's unit, like all of these
    high: float | None = None
    step: float | None = None
    allowed: list[float] = []  # nothing but these, when given
    confirm: Literal["self", "second_person"] = "self"
    readback: Name | Literal[""] = ""  # point that shows the effect; empty: the point itself


class Point(Strict, frozen=True, kw_only=True):
    """A named point of a device: an entry of a profile, or a tag that a gateway reads."""

    name: Name
    label: Display = ""
    unit: Annotated[str, Meta(max_length=32)] = ""
    decimals: Annotated[int, Meta(ge=0, le=9)] = 2
    kind: Kind = "gauge"

    table: Table = "holding"
    address: Annotated[int, Meta(ge=0, le=65535)]  # on the wire, counted from 0
    model: Annotated[int, Meta(ge=0, le=65534)] = 0  # SunSpec: address counts from this model's ID
    type: Type
    order: Order = "ABCD"
    length: Annotated[int, Meta(ge=0, le=125)] = 0  # registers of a string
    bit: Annotated[int, Meta(ge=0, le=15)] | None = None  # of a register; 0 the least significant
    sentinels: list[int | Literal["nan"]] = []  # raw values that mean "not available"
    scale: float = 1.0
    scale_from: Name | Literal[""] = ""  # point that holds the exponent of ten, read with this one
    offset: float = 0.0  # in the unit, added after scaling
    transform: Transform = ""
    clamp: tuple[float, float] | None = None  # in the unit; what lies outside is cut to it
    range: tuple[float, float] | None = None  # in the unit; what lies outside is UNCERTAIN
    states: dict[int, Display] = {}  # what numbers mean
    bits: dict[int, Display] = {}  # what bits of the number mean, 0 the least significant

    scan: Scan = "fast"
    scan_ms: Annotated[int, Meta(ge=10, le=3_600_000)] = 1000  # not looked at on demand
    deadband: Annotated[float, Meta(ge=0)] = 0.0  # in the unit
    silence_ms: Millis = 30_000

    low_low: float | None = None  # alarm limits and normal band, in the unit
    low: float | None = None
    high: float | None = None
    high_high: float | None = None

    write: WriteRule | None = None
    sim: dict[str, Any] = {}  # see edge/sim/signals.py; empty: the simulator chooses

    @property
    def width(self) -> int:
        """How many registers (or bits, in a bit table) the value takes."""
        return self.length if self.type == "string" else WIDTH[self.type]
