"""A profile: everything that is known about one type of device, in one JSON file."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, field

from edge.profile.point import Display, Point, Strict, Table, Type

SCHEMA: Final = "sentinel-profile/1"
ID_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,63}\Z"
VERSION_PATTERN: Final = r"^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}\Z"


class ReadLimits(Strict, frozen=True, kw_only=True):
    """What one read of the device may be."""

    max_registers: Annotated[int, Meta(ge=1, le=125)] = 125
    max_gap: Annotated[int, Meta(ge=0, le=124)] = 8  # registers read needlessly to join two blocks
    even_align: bool = False  # reads begin and end at even addresses
    min_gap_ms: Annotated[int, Meta(ge=0, le=10_000)] = 0  # rest between two requests


class Identity(Strict, frozen=True, kw_only=True):
    """A read that tells this type of device from others."""

    table: Table = "holding"
    address: Annotated[int, Meta(ge=0, le=65535)]
    model: int = 0
    type: Type
    length: Annotated[int, Meta(ge=0, le=125)] = 0
    expect: str | int | Literal["nonzero"]  # what it reads as


class Vector(Strict, frozen=True, kw_only=True):
    """Bytes on the wire and what they mean: request and reply as hex, unit id first, no CRC."""

    request: str
    reply: str
    expect: dict[str, float | str | None]  # by point; None: not available
    tolerance: Annotated[float, Meta(ge=0)] = 1e-9  # relative
    source: Display = ""  # "vendor manual", "computed"


class Verified(Strict, frozen=True, kw_only=True):
    """How far the map can be trusted."""

    documents: Annotated[int, Meta(ge=0)] = 0  # independent sources that agree
    hardware: bool = False  # tried on a real device


class Profile(Strict, frozen=True, kw_only=True):
    """One type of device."""

    schema: Literal["sentinel-profile/1"] = SCHEMA
    id: Annotated[str, Meta(pattern=ID_PATTERN)]
    version: Annotated[str, Meta(pattern=VERSION_PATTERN)]
    vendor: Display
    model: Display
    title: Display = ""
    license: Display = "Apache-2.0"
    sources: list[Annotated[str, Meta(max_length=500)]] = field(default_factory=list)
    verified: Verified = Verified()
    numbering: Annotated[int, Meta(ge=0, le=50_000)] = 0  # added to an address, the vendor's number
    serial: Annotated[str, Meta(max_length=32)] = ""  # default of the line, like "9600 8N1"
    limits: ReadLimits = ReadLimits()
    identity: list[Identity] = field(default_factory=list)
    points: Annotated[list[Point], Meta(min_length=1, max_length=2000)]
    vectors: list[Vector] = field(default_factory=list)
