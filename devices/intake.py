"""What comes in through any door, and what the sender hears of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from devices.copying import Columns
from edge import wire

_READING_BYTES: Final = 256  # of a picture that weigh as much as a reading


def stream_of(frame: wire.Stored) -> wire.Stream:
    """Return the stream that the number of a frame counts in."""
    return "events" if isinstance(frame, wire.Event | wire.Detection) else frame.stream


def weight_of(frame: wire.Stored | wire.Shown) -> int:
    """Return how many readings a frame is worth, where memory and rates are limited."""
    if isinstance(frame, wire.Data):
        return len(frame.v)
    jpeg = frame.jpeg if isinstance(frame, wire.Detection | wire.Shown) else b""
    return 1 + len(jpeg) // _READING_BYTES


class TagNumbers(dict[int, int]):
    """Wire number -> tag id; 0, which no tag has, for a number that means nothing here."""

    def __missing__(self, number: int) -> int:
        return 0


@dataclass(eq=False, slots=True)
class Sender:
    """One authenticated connection or request: who may store, and what its tag numbers mean."""

    device_id: int
    site_id: int
    credential_id: int
    epoch: str = ""
    tags: TagNumbers = field(default_factory=TagNumbers)
    declared: dict[int, tuple[str, str]] = field(default_factory=dict)  # number -> uid, name
    devices: dict[str, int] = field(default_factory=dict)  # uid -> id it may speak for
    positions: dict[wire.Stream, int] = field(
        default_factory=dict
    )  # stream -> Position id; none: unfenced


@dataclass(slots=True)
class Entry:
    """One frame that waits to be stored."""

    sender: Sender
    frame: wire.Stored
    received_ms: int


@dataclass(slots=True)
class Receipt:
    """What became of a sender's frames in one transaction."""

    acks: dict[wire.Stream, int] = field(default_factory=dict)  # stream -> stored up to this number
    missing: dict[wire.Stream, int] = field(default_factory=dict)  # stream -> last before a hole
    bad: dict[wire.Stream, list[wire.Bad]] = field(default_factory=lambda: defaultdict(list))
    stored: int = 0  # readings
    refused: str = ""  # "revoked": nothing of it was stored

    def add(self, later: Receipt) -> None:
        """Join what became of later frames of the same sender."""
        self.acks.update(later.acks)
        self.missing.update(later.missing)
        self.stored += later.stored
        self.refused = later.refused or self.refused
        for stream, bad in later.bad.items():
            self.bad[stream].extend(bad)


@dataclass(slots=True)
class Outcome:
    """What one transaction did."""

    receipts: dict[Sender, Receipt]
    advanced: dict[int, list[list[object]]]  # site id -> rows for the pages, newest per tag
    stored: int = 0  # readings
    detections: list[Entry] = field(default_factory=list)  # new ones, for alarms.detections
    pictures: int = 0  # that wait for the image gate
    readings: Columns | None = None  # as stored, by tag and source time, for alarms.judging

    def add(self, other: Outcome) -> None:
        """Join what a later savepoint of the same transaction did."""
        self.stored += other.stored
        self.detections += other.detections
        self.pictures += other.pictures
        for site, rows in other.advanced.items():
            self.advanced.setdefault(site, []).extend(rows)
        for sender, receipt in other.receipts.items():
            self.receipts.setdefault(sender, Receipt()).add(receipt)
