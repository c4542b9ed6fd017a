"""What is known of alarms when a run is over: what had to be, and what is there."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass


class Outcome(enum.Enum):
    """What the operator was told of an order for one alarm."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Order:
    """An order for one alarm."""

    request_id: str
    action: str
    alarm: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """An alarm as it stands in the end."""

    id: int
    source: str  # rule and source
    state: str
    holds: str  # joined by commas
    rev: int
    occurrence: int
    latching: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the journal."""

    number: int
    transaction: int  # that wrote it
    alarm: int
    occurrence: int
    source_ms: int
    action: str
    before: str
    after: str
    holds: str
    announced: bool
    historical: bool
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """A notification, with its delivery log."""

    id: str
    route: int
    alarm: int
    occurrence: int
    event: str
    state: str
    why: str
    attempts: int
    # results, with "late " before those of claims that had run out; "unanswered": failed for now,
    # and the other side said nothing
    log: tuple[str, ...]


@dataclass
class Evidence:
    """All that is known when a run is over."""

    truth: dict[int, list[tuple[str, int]]]  # alarm -> what it had to do and when (source time)
    orders: list[Order]
    received: Counter[str]  # by id of the notification
    routes: list[int]  # every alarm takes all of them, at once
    rows: list[Row]
    entries: list[Entry]  # in the order of their numbers
    notes: list[Note]
    broken_at: int | None = None  # the number from which the sealed chain is broken
    unsealed: int = 0
