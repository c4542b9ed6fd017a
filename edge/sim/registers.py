"""The registers of one unit, as a Modbus client sees them."""

from __future__ import annotations

from collections.abc import Sequence

from edge.config import ConfigError
from edge.profile import BIT_TABLES, Point, Table
from edge.wire.configuration import DeviceConfig

MOST_BITS = 2000  # in one request, by the Modbus specification


class Registers:
    """Words and bits by table and wire address. What no tag covers does not exist."""

    def __init__(self, device: DeviceConfig) -> None:
        """Lay out the tags.

        Raises:
            ConfigError: two tags share a register.
        """
        self._most_registers = device.max_registers
        self._owners: dict[tuple[Table, int], str] = {}
        self._words: dict[tuple[Table, int], int] = {}
        for tag in device.tags:
            for place in places(tag):
                other = self._owners.setdefault(place, tag.name)
                if other != tag.name:
                    raise ConfigError(
                        f"device {device.uid}, tag {tag.name}: address: "
                        f"shares {place[0]} {place[1]} with tag {other}"
                    )

    def most(self, table: Table) -> int:
        """How many registers or bits one request may ask for."""
        return MOST_BITS if table in BIT_TABLES else self._most_registers

    def write(self, tag: Point, words: Sequence[int]) -> None:
        """Put a tag's words where it lies."""
        self._words.update(zip(places(tag), words, strict=True))

    def read(self, table: Table, address: int, size: int) -> list[int] | None:
        """Words or bits of a block; ``None`` when one of them does not exist."""
        block = [self._words.get((table, address + i)) for i in range(size)]
        words = [word for word in block if word is not None]
        return words if len(words) == size else None

    def owners(self, table: Table, address: int, size: int) -> set[str]:
        """Names of the tags that lie wholly or partly in a block."""
        block = (self._owners.get((table, address + i)) for i in range(size))
        return {owner for owner in block if owner is not None}


def places(tag: Point) -> list[tuple[Table, int]]:
    """Where a tag lies."""
    return [(tag.table, tag.address + i) for i in range(tag.width)]
