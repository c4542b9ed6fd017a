"""The present values of one site, kept in memory for the browsers of this process. Pure.

It is filled from the database after the process has joined the site's group, and kept current by
what the group brings, in whatever order: of each tag the newest reading wins. Compared with the
database now and then, it tells what the layer lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from devices.selectors import SiteTag, tag_row
from realtime.conflate import Row
from realtime.groups import Channel


class Board:
    """All tags of a site with their newest readings."""

    def __init__(self, tags: Iterable[SiteTag]) -> None:
        self._definitions: dict[int, dict[str, Any]] = {}
        self._overview: set[int] = set()
        self._newest: dict[int, Row] = {}
        self._version = 0
        self._texts: dict[str, tuple[int, str]] = {}  # channel -> snapshot of this version
        self.replace(tags)

    def replace(self, tags: Iterable[SiteTag]) -> tuple[bool, list[Row]]:
        """Compare with what the database says, and take it over.

        Returns:
            Whether tags were added, removed or described anew; and the readings that were newer
            than ours.
        """
        known = list(tags)
        definitions = {tag.definition["k"]: tag.definition for tag in known}
        overview = {tag.definition["k"] for tag in known if tag.on_overview}
        redefined = (definitions, overview) != (self._definitions, self._overview)
        if redefined:
            self._definitions, self._overview = definitions, overview
            self._newest = {k: row for k, row in self._newest.items() if k in definitions}
            self._version += 1
        newer, _ = self.merge(tag.reading for tag in known if tag.reading is not None)
        return redefined, newer

    def merge(self, rows: Iterable[Row]) -> tuple[list[Row], bool]:
        """Take readings over.

        Returns:
            Those that were newer than ours, and whether one belongs to a tag we do not know.
        """
        newest = self._newest
        newer: list[Row] = []
        strange = False
        for row in rows:
            known = newest.get(row[0])
            if known is None and row[0] not in self._definitions:
                strange = True
            elif known is None or _age(row) > _age(known):
                newest[row[0]] = row
                newer.append(row)
        self._version += bool(newer)
        return newer, strange

    def by_channel(
        self, rows: Iterable[Row], channels: Mapping[str, Channel]
    ) -> dict[str, list[Row]]:
        """Sort readings into the channels that show them."""
        site = next((c.name for c in channels.values() if c.kind == "tel:site"), None)
        devices = {c.id: c.name for c in channels.values() if c.kind == "tel:device"}
        sorted_rows: dict[str, list[Row]] = {}
        for row in rows:
            if site is not None and row[0] in self._overview:
                sorted_rows.setdefault(site, []).append(row)
            name = devices.get(self._definitions[row[0]]["dev"])
            if name is not None:
                sorted_rows.setdefault(name, []).append(row)
        return sorted_rows

    def snapshot(self, channel: Channel) -> str:
        """Write the snapshot message of a telemetry channel; the text is shared while it holds."""
        version, text = self._texts.get(channel.name, (-1, ""))
        if version != self._version:
            rows = [
                tag_row(definition, self._newest.get(k))
                for k, definition in self._definitions.items()
                if self._shows(channel, k, definition)
            ]
            text = msgspec.json.encode({"t": "snap", "ch": channel.name, "d": rows}).decode()
            self._texts[channel.name] = self._version, text
        return text

    def forget(self, channel: Channel) -> None:
        """Drop the snapshot of a channel that nobody watches."""
        self._texts.pop(channel.name, None)

    def _shows(self, channel: Channel, k: int, definition: dict[str, Any]) -> bool:
        if channel.kind == "tel:site":
            return k in self._overview
        return bool(definition["dev"] == channel.id)


def _age(row: Row) -> tuple[int, int]:
    """Order readings of one tag by source time, then by arrival."""
    return row[1], row[4]
