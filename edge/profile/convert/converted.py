"""What a conversion gives, and how points and notes are collected. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, count
from typing import Any, Final

from msgspec import Struct, field

from edge.profile.mistakes import point_mistakes
from edge.profile.plain import convert
from edge.profile.point import Order, Point, Table

ORDERS: Final[dict[str, Order]] = {
    "AB": "ABCD",
    "BA": "BADC",
    "ABCD": "ABCD",
    "CDAB": "CDAB",
    "BADC": "BADC",
    "DCBA": "DCBA",
    "ABCDEFGH": "ABCD",
    "GHEFCDAB": "CDAB",
    "BADCFEHG": "BADC",
    "HGFEDCBA": "DCBA",
}
_LONGEST_S: Final = 1e9  # nobody waits longer, and nan and inf are no durations
TABLES: Final[dict[int, Table]] = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}


class ConversionError(ValueError):
    """The file is not what it was said to be. The message says what is expected."""


class Device(Struct, kw_only=True):
    """One device of the other gateway."""

    name: str
    unit: int = 1
    points: list[Point] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)  # as in ``ReadLimits``
    connection: dict[str, Any] = field(default_factory=dict)  # as in ``[[connection]]``

    @property
    def slug(self) -> str:
        """The name as a profile's id or a device's uid."""
        return re.sub("[^a-z0-9]+", "-", self.name.lower()).strip("-")[:64] or "device"


class Converted(Struct, kw_only=True):
    """Everything that could be taken over, and in words what could not."""

    devices: list[Device] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, where: str, what: str) -> None:
        """Say what a person should look at."""
        self.notes.append(f"{where}: {what}")

    def note_rest(self, where: str, rest: Iterable[str], known: dict[str, str]) -> None:
        """Note settings that nothing was made of, with the reason where it is known."""
        for key in sorted(rest):
            self.note(where, f"{key}: {known.get(key, 'is not taken over: it means nothing here')}")

    def add_device(self, device: Device) -> None:
        """Add a device; one that is called like another gets a number."""
        taken = {one.slug for one in self.devices}
        name, numbers = device.name, count(2)
        while device.slug in taken:
            device.name = f"{name[:48]} {next(numbers)}"
        if device.name != name:
            self.note(name, f"is called {device.name} here, because another one has this name")
        self.devices.append(device)

    def tables(self, where: str, key: str, listed: Any) -> list[dict[str, Any]]:
        """Copies of the tables in a list; what is none is noted."""
        if not isinstance(listed, list):
            self.note(where, f"{key}: is left out: a list of tables is expected")
            return []
        if strange := [one for one in listed if not isinstance(one, dict)]:
            self.note(where, f"{key}: {strange[0]!r} is left out: a table is expected")
        return [dict(one) for one in listed if isinstance(one, dict)]

    def add_point(self, device: Device, where: str, fields: dict[str, Any]) -> None:
        """Add a point, or note why it cannot be one."""
        name = re.sub("[^A-Za-z0-9_.:/-]+", "_", str(fields.get("name", "")))[:128] or "unnamed"
        taken = {point.name for point in device.points}
        names = chain([name], (f"{name[:120]}_{i}" for i in count(2)))
        free = next(one for one in names if one not in taken)
        if free != fields.get("name"):
            self.note(where, f"is called {free} here; names are unique, without blanks or accents")
        fields = fields | {"name": free}
        if free != fields.get("label", free) or name != str(fields.get("name")):
            fields.setdefault("label", name)
        mistakes: list[str] = []
        point = convert(fields, Point, mistakes.append)
        if point is not None:
            mistakes += point_mistakes(point)
        if point is None or mistakes:
            self.note(where, f"is left out: {'; '.join(mistakes)}")
            return
        device.points.append(point)


def seconds(text: Any) -> float | None:
    """Read a duration like "1m30s" or "100ms", or a number of seconds; None: it is neither."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        duration_s = float(text) if abs(text) < _LONGEST_S else -1.0
    else:
        duration_s = _seconds_in(str(text))
    return duration_s if 0 <= duration_s < _LONGEST_S else None


def _seconds_in(text: str) -> float:
    parts = re.findall(r"([0-9.]+)(ms|us|µs|s|m|h)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return -1.0
    units = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
    try:
        return sum(float(number) * units[unit] for number, unit in parts)
    except ValueError:
        return -1.0


def scan_fields(period_s: float | None) -> dict[str, Any]:
    """Scan settings of a point for a period, kept within what is allowed."""
    if period_s is None:
        return {}
    scan_ms = min(max(round(period_s * 1000), 10), 3_600_000)
    return {"scan_ms": scan_ms, "silence_ms": max(scan_ms, 30_000)}
