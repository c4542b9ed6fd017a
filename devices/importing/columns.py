"""The tables of an exchange file and their columns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from devices.importing.cells import (
    Cell,
    Value,
    flag_in,
    integer_in,
    number_in,
    record_in,
    text_in,
)

Values = dict[str, Value]  # by column


class Column(NamedTuple):
    """One column: its name in the file and how its cells are read."""

    name: str
    read: Callable[[Cell], Value]
    empty: bool = True  # an empty cell says "none"; else it says nothing: kept, or the default


class Sheet(NamedTuple):
    """One table of a file: a CSV file is one, an XLSX file may have both."""

    name: str
    key: tuple[str, ...]  # columns that say which row of the registry is meant
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """Find a column by its name."""
        return next((column for column in self.columns if column.name == name), None)

    def key_of(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """Say which row of the registry is meant."""
        return tuple(str(values[name]) for name in self.key)


DEVICES: Final = Sheet(
    "devices",
    ("uid",),
    (
        Column("uid", text_in),
        Column("name", text_in, empty=False),
        Column("site", text_in, empty=False),
        Column("area", text_in),
        Column("line", text_in),
        Column("via", text_in),  # UID of its gateway
        Column("profile", text_in),  # "identifier@version"
        Column("connection", text_in),  # name of a Modbus connection of that gateway
        Column("unit_id", integer_in, empty=False),
        Column("enabled", flag_in, empty=False),
        Column("discovery", flag_in, empty=False),
        Column("frames_per_s", number_in),
        Column("readings_per_s", number_in),
    ),
)
TAGS: Final = Sheet(
    "tags",
    ("device", "name"),
    (
        Column("device", text_in),
        Column("name", text_in),
        Column("label", text_in),
        Column("unit", text_in),
        Column("decimals", integer_in, empty=False),
        Column("low", number_in),
        Column("high", number_in),
        Column("scan", text_in, empty=False),
        Column("scan_ms", integer_in, empty=False),
        Column("silence_ms", integer_in, empty=False),
        Column("deadband", number_in, empty=False),
        Column("read", flag_in, empty=False),
        Column("position", integer_in, empty=False),
        Column("pinned", flag_in, empty=False),
        Column("register", record_in),  # what differs from the profile's point
    ),
)
SHEETS: Final = (DEVICES, TAGS)
