"""The registers of one unit, as a Modbus client sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from edge.config import ConfigError
from edge.profile import BIT_TABLES, Point, Table
from edge.profile.codec import encode
from edge.sim import sunspec
from edge.sim.adu import Read, Refusal
from edge.wire.configuration import DeviceConfig

MOST_BITS = 2000  # in one request, by the Modbus specification

Place = tuple[Table, int]


class Registers:
    """Words and bits by table and wire address. What nothing covers does not exist.

    A device that was made from a profile also has what the profile's limits say that a reader may
    touch: gaps up to ``max_gap`` between its points, and the neighbours that ``even_align`` needs.
    """

    def __init__(self, device: DeviceConfig) -> None:
        """Lay out the tags.

        Raises:
            ConfigError: two tags share a register and are not bits in it.
        """
        self._limits = device
        self._owners: dict[Place, set[str]] = {}
        self._words: dict[Place, int] = {}
        bases = sunspec.bases_of(device.tags)
        self._places = {tag.name: places(tag, bases.get(tag.model, 0)) for tag in device.tags}
        if bases:
            self._words |= {("holding", at): word for at, word in sunspec.chain(device.tags)}
        self._own(device)
        if device.profile:
            self._fill_gaps()

    def refusal(self, read: Read) -> Refusal | None:
        """Why the device does not take a read of this place and length, if it does not."""
        bits = read.table in BIT_TABLES
        if not 1 <= read.size <= (MOST_BITS if bits else self._limits.max_registers):
            return Refusal.ILLEGAL_VALUE
        if self._limits.even_align and not bits:
            if read.address % 2:
                return Refusal.ILLEGAL_ADDRESS
            if read.size % 2:
                return Refusal.ILLEGAL_VALUE
        return None

    def write(self, tag: Point, words: Sequence[int]) -> None:
        """Put a tag's words where it lies; a bit of a register leaves the other bits alone."""
        at = self._places[tag.name]
        if tag.bit is not None:
            mask = encode(tag, 1)[0]
            words = [self._words.get(at[0], 0) & ~mask | words[0]]
        self._words.update(zip(at, words, strict=True))

    def read(self, table: Table, address: int, size: int) -> list[int] | None:
        """Words or bits of a block; ``None`` when one of them does not exist."""
        block = [self._words.get((table, address + i)) for i in range(size)]
        words = [word for word in block if word is not None]
        return words if len(words) == size else None

    def words_of(self, tag: Point) -> list[int]:
        """What the registers (or the bit) of a tag hold."""
        return [self._words[place] for place in self._places[tag.name]]

    def owners(self, table: Table, address: int, size: int) -> set[str]:
        """Names of the tags that lie wholly or partly in a block."""
        return {owner for i in range(size) for owner in self._owners.get((table, address + i), ())}

    def _own(self, device: DeviceConfig) -> None:
        numbers: dict[Place, str] = {}
        for tag in device.tags:
            for place in self._places[tag.name]:
                self._owners.setdefault(place, set()).add(tag.name)
                self._words.setdefault(place, 0)
                if tag.bit is None and (other := numbers.setdefault(place, tag.name)) != tag.name:
                    raise ConfigError(
                        f"device {device.uid}, tag {tag.name}: address: "
                        f"shares {place[0]} {place[1]} with tag {other}"
                    )

    def _fill_gaps(self) -> None:
        for table in {table for table, _ in self._words}:
            bits = table in BIT_TABLES
            taken = sorted(address for own, address in self._words if own == table)
            most = self._limits.max_gap * (16 if bits else 1)
            for before, after in pairwise(taken):
                if 0 < after - before - 1 <= most:
                    self._create(table, range(before + 1, after))
            if self._limits.even_align and not bits:
                self._create(table, (address ^ 1 for address in taken))

    def _create(self, table: Table, addresses: Iterable[int]) -> None:
        for address in addresses:
            self._words.setdefault((table, address), 0)


def places(tag: Point, base: int = 0) -> list[Place]:
    """Where a tag lies, ``base`` being the address of its SunSpec model."""
    return [(tag.table, base + tag.address + i) for i in range(tag.width)]
