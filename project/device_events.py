"""What happened to a device: what gateways told and what people changed, in one order."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from devices.journal import changes_of, events_of
from devices.models import AuditEntry, Device, GatewayEvent

PAGE: Final = 30
_CURSOR: Final = re.compile(r"(\d{1,17})_([ce])_(\d{1,18})\Z")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_BESIDE: Final = 100  # rows of one moment that are looked through
_FIELDS: Final = 6  # that changed and are named

Place = tuple[int, str, int]  # microseconds of the epoch, which table, row


@dataclass(frozen=True, slots=True)
class Happening:
    """A row of the page."""

    source: Literal["c", "e"]  # a change, or an event
    pk: int
    at: datetime
    event: GatewayEvent | None = None
    change: AuditEntry | None = None

    @property
    def place(self) -> Place:
        """Where it stands; the newest comes first."""
        return (self.at - _EPOCH) // _MICRO, self.source, self.pk

    @property
    def cursor(self) -> str:
        """Say where what is older begins."""
        return "{}_{}_{}".format(*self.place)

    @property
    def fields(self) -> str:
        """Name the fields that changed."""
        if self.change is None or self.change.before is None or self.change.after is None:
            return ""
        names = [*{**self.change.before, **self.change.after}]
        return ", ".join(names[:_FIELDS]) + (" …" if len(names) > _FIELDS else "")


def happenings_of(
    device: Device,
    *,
    before: str = "",
    about: Mapping[str, Collection[int]] | None = None,
    most: int = PAGE,
) -> tuple[list[Happening], str]:
    """Return what happened to a device, the newest first, and where what is older begins.

    Args:
        device: of which.
        before: only what is older than this cursor; what is none counts as empty.
        about: what else the audit trail knows by other names; None: nothing of the trail.
        most: how many at most.
    """
    place = _read(before)
    until = _EPOCH + place[0] * _MICRO if place else None
    events = events_of(device=device, until=until, most=most + _BESIDE)
    rows = [Happening("e", each.pk, each.at, event=each) for each in events]
    if about is not None:
        changes = changes_of(device=device, about=about, until=until, most=most + _BESIDE)
        rows += [Happening("c", each.pk, each.at, change=each) for each in changes]
    rows = [row for row in rows if place is None or row.place < place]
    rows.sort(key=lambda row: row.place, reverse=True)
    return rows[:most], rows[most - 1].cursor if len(rows) > most else ""


def _read(cursor: str) -> Place | None:
    found = _CURSOR.match(cursor)
    return (int(found[1]), found[2], int(found[3])) if found else None
