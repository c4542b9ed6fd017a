"""What the gateways' configuration files say about the plant, for the registry.

The gateway itself reads them with its own, stricter parser; the cloud does not import it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLANT = Path(__file__).resolve().parent.parent / "edge" / "sim" / "plant"


@dataclass(frozen=True, kw_only=True)
class PlantTag:
    """A named point of a device."""

    name: str
    label: str
    unit: str
    decimals: int
    low: float | None  # normal band, in the tag's unit
    high: float | None
    scan_ms: int
    silence_ms: int


@dataclass(frozen=True, kw_only=True)
class PlantDevice:
    """A device behind a gateway."""

    uid: str
    name: str
    area: str
    tags: tuple[PlantTag, ...]


@dataclass(frozen=True, kw_only=True)
class PlantGateway:
    """A gateway and the devices it speaks for."""

    uid: str
    name: str
    area: str
    devices: tuple[PlantDevice, ...]


def read_plant(folder: Path = PLANT) -> list[PlantGateway]:
    """Read every gateway file of a folder, in the order of their names."""
    return [_gateway(tomllib.loads(file.read_text())) for file in sorted(folder.glob("*.toml"))]


def _gateway(table: dict[str, Any]) -> PlantGateway:
    gateway = table["gateway"]
    return PlantGateway(
        uid=gateway["uid"],
        name=gateway.get("name") or gateway["uid"],
        area=gateway.get("area", ""),
        devices=tuple(_device(device) for device in table.get("device", [])),
    )


def _device(table: dict[str, Any]) -> PlantDevice:
    return PlantDevice(
        uid=table["uid"],
        name=table.get("name") or table["uid"],
        area=table.get("area", ""),
        tags=tuple(_tag(tag) for tag in table.get("tag", [])),
    )


def _tag(table: dict[str, Any]) -> PlantTag:
    """Take over a tag; what is missing has the gateway's default."""
    return PlantTag(
        name=table["name"],
        label=table.get("label", ""),
        unit=table.get("unit", ""),
        decimals=table.get("decimals", 2),
        low=table.get("low"),
        high=table.get("high"),
        scan_ms=table.get("scan_ms", 1000),
        silence_ms=table.get("silence_ms", 30_000),
    )
