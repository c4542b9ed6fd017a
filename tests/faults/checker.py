"""The oracle: what the gateways say they spooled against what the database holds. Pure.

Every reading that a gateway put on its disk must be in the database exactly once, or be named as
dropped by a gap record, or lie in quarantine, or still wait in the spool. Nothing else may be
there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Reading(NamedTuple):
    """What makes a reading this one and no other. Two equal ones are legal, so they are counted."""

    device: str  # uid
    tag: str
    source_ms: int
    value: float | None
    quality: int


class Place(NamedTuple):
    """Where a frame stands: a number in one stream of one spool."""

    epoch: str
    stream: str
    seq: int


class Gap(NamedTuple):
    """Numbers that were dropped, and why; in the database, or still in the spool."""

    epoch: str
    stream: str
    seq_from: int
    seq: int
    readings: int
    reason: str

    def places(self) -> Iterator[Place]:
        """Return every number it speaks of."""
        return (Place(self.epoch, self.stream, seq) for seq in range(self.seq_from, self.seq + 1))


class Stand(NamedTuple):
    """Where the gateway's own file stands in one stream."""

    next: int  # number of the next frame
    acked: int  # the cloud said that it has everything up to here


@dataclass
class Evidence:
    """All that is known of one gateway when a run is over."""

    uid: str
    kills: int = 0  # of the gateway, by SIGKILL
    truth: dict[Place, list[Reading]] = field(default_factory=dict)  # what its truth log says
    torn_lines: int = 0  # of the truth log: the gateway was killed while it wrote
    repeated: int = 0  # numbers that the truth log knows twice
    spool: dict[tuple[str, str], Stand] = field(default_factory=dict)  # by epoch and stream
    waiting: set[Place] = field(default_factory=set)  # frames with readings in the spool
    unsent_gaps: list[Gap] = field(default_factory=list)  # gap records in the spool
    positions: dict[tuple[str, str], int] = field(default_factory=dict)  # claimed in the database
    gaps: list[Gap] = field(default_factory=list)  # in the database
    quarantined: list[tuple[str, int, int]] = field(default_factory=list)  # stream, seq, index
    stored: Counter[Reading] = field(default_factory=Counter)
    events: int = 0  # rows of gateway events
    latest: dict[tuple[str, str], Reading] = field(default_factory=dict)  # by device and tag


@dataclass
class Verdict:
    """What became of the readings of one gateway, or of all. Readings, unless it says otherwise."""

    generated: int = 0  # in the truth log
    spooled: int = 0  # of those, not stored yet but safe in the spool
    acked: int = 0  # of those, in frames that the gateway was told are stored
    stored: int = 0  # rows
    lost: int = 0
    duplicated: int = 0
    ghosts: int = 0  # rows that no truth log knows, of frames whose line a kill prevented
    strange: int = 0  # rows that no truth log knows and no kill explains
    quarantined: int = 0
    dropped: int = 0  # in gap records that are explained
    denied: int = 0  # stored although a gap record says that they were dropped
    gaps_explained: int = 0  # records
    gaps_unexplained: int = 0  # records
    gaps_miscounted: int = 0  # records that count readings wrongly
    holes: int = 0  # frame numbers that nothing accounts for
    hasty: int = 0  # streams of which more was acknowledged than stored
    events_lost: int = 0
    events_duplicated: int = 0
    latest_wrong: int = 0  # tags

    def add(self, other: Verdict) -> None:
        """Add the figures of another gateway."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def faults(self) -> dict[str, int]:
        """Everything that must be zero and is not."""
        return {name: value for name in MUST_BE_ZERO if (value := getattr(self, name))}


MUST_BE_ZERO = (
    *("lost", "duplicated", "strange", "denied", "quarantined", "gaps_unexplained"),
    *("gaps_miscounted", "holes", "hasty", "events_lost", "events_duplicated", "latest_wrong"),
)


def check(evidence: Evidence, expected_reasons: Collection[str] = ()) -> Verdict:
    """Judge one gateway.

    Args:
        evidence: what is known of it.
        expected_reasons: of gap records. A record with another reason explains nothing: in a run
            that fills no spool, every gap is a mistake, however well it is recorded.
    """
    return _Check(evidence, expected_reasons).verdict


class _Check:
    def __init__(self, evidence: Evidence, expected_reasons: Collection[str]) -> None:
        self.evidence = evidence
        self.verdict = Verdict()
        gaps = [*evidence.gaps, *evidence.unsent_gaps]
        self.explained = [gap for gap in gaps if gap.reason in expected_reasons]
        self.excused = {place for gap in self.explained for place in gap.places()}
        self.recorded = {place for gap in gaps for place in gap.places()}
        self._count_truth()
        self._judge_gaps(gaps)
        unlogged = self._judge_numbers()
        self._judge_readings(unlogged)
        self._judge_events()
        self._judge_latest()

    def _count_truth(self) -> None:
        evidence, verdict = self.evidence, self.verdict
        for place, readings in evidence.truth.items():
            stand = evidence.spool.get(place[:2], Stand(1, 0))
            verdict.generated += len(readings)
            verdict.acked += len(readings) if place.seq <= stand.acked else 0
            if place in self.excused:
                verdict.dropped += len(readings)
            elif self._waits(place):
                verdict.spooled += len(readings)
        verdict.quarantined = len(evidence.quarantined)
        verdict.stored = evidence.stored.total()

    def _waits(self, place: Place) -> bool:
        """Say whether a frame is only in the spool (one may be stored and its ack be lost)."""
        claimed = self.evidence.positions.get(place[:2], 0)
        return place in self.evidence.waiting and place.seq > claimed

    # ------------------------------------------------------------ gaps and numbers

    def _judge_gaps(self, gaps: list[Gap]) -> None:
        verdict = self.verdict
        verdict.gaps_explained = len(self.explained)
        verdict.gaps_unexplained = len(gaps) - len(self.explained)
        for gap in self.explained:
            really = sum(len(self.evidence.truth.get(place, ())) for place in gap.places())
            # A spool that was killed has forgotten what it gave out, and a line of its truth log
            # may be missing: its records may then count more than was lost, never less.
            exact = self.evidence.kills == 0
            verdict.gaps_miscounted += gap.readings != really if exact else gap.readings < really

    def _judge_numbers(self) -> set[Place]:
        """Find numbers that nothing accounts for; return those that a kill explains."""
        evidence, verdict = self.evidence, self.verdict
        verdict.holes += evidence.repeated + max(0, evidence.torn_lines - evidence.kills)
        named = Counter(place for gap in evidence.gaps for place in gap.places())
        verdict.holes += sum(count - 1 for count in named.values())
        unlogged: set[Place] = set()
        for key in evidence.spool.keys() | evidence.positions.keys():
            stand, claimed = evidence.spool.get(key, Stand(1, 0)), evidence.positions.get(key, 0)
            verdict.hasty += stand.acked > claimed
            numbers = [Place(*key, seq) for seq in range(1, max(stand.next - 1, claimed) + 1)]
            missing = [p for p in numbers if p not in evidence.truth and p not in self.recorded]
            # The spool commits what was gathered in one transaction and the line follows, so a
            # kill in between leaves one row of numbers in each stream without a line.
            if runs(place.seq for place in missing) > evidence.kills:
                verdict.holes += len(missing)
            else:
                unlogged.update(missing)
        beyond = [p for p in evidence.truth if p.seq >= evidence.spool.get(p[:2], Stand(1, 0)).next]
        verdict.holes += len(beyond)
        return unlogged

    # ------------------------------------------------------------ readings

    def _judge_readings(self, unlogged: set[Place]) -> None:
        truth, verdict = self.evidence.truth, self.verdict
        excused: Counter[Reading] = Counter()
        expected: Counter[Reading] = Counter()
        for place, readings in truth.items():
            if place in self.excused:
                excused.update(readings)
            elif not self._waits(place):
                expected.update(readings)
        expected -= self._set_aside()
        stored = self.evidence.stored
        verdict.lost = (expected - stored).total()
        for reading, count in (stored - expected).items():
            denied = min(count, excused[reading])
            verdict.denied += denied
            if expected[reading]:
                verdict.duplicated += count - denied
            elif count > denied:
                verdict.ghosts += 1
                verdict.duplicated += count - denied - 1
        if not any(place.stream != "events" for place in unlogged):
            verdict.strange, verdict.ghosts = verdict.ghosts, 0

    def _set_aside(self) -> Counter[Reading]:
        """Return the readings in quarantine, as the truth log knows them."""
        aside: Counter[Reading] = Counter()
        wanted = set(self.evidence.quarantined)
        for place, readings in self.evidence.truth.items():
            whole = (place.stream, place.seq, -1) in wanted
            aside.update(
                reading
                for i, reading in enumerate(readings)
                if whole or (place.stream, place.seq, i) in wanted
            )
        return aside

    # ------------------------------------------------------------ events and latest

    def _judge_events(self) -> None:
        claimed = [
            Place(*key, seq)
            for key, last in self.evidence.positions.items()
            if key[1] == "events"
            for seq in range(1, last + 1)
        ]
        missing = sum(place not in self.excused for place in claimed) - self.evidence.events
        self.verdict.events_lost, self.verdict.events_duplicated = max(0, missing), max(0, -missing)

    def _judge_latest(self) -> None:
        newest: dict[tuple[str, str], int] = {}
        for reading in self.evidence.stored:
            key = reading.device, reading.tag
            newest[key] = max(reading.source_ms, newest.get(key, 0))
        latest = self.evidence.latest
        self.verdict.latest_wrong = len(newest.keys() ^ latest.keys()) + sum(
            latest[key].source_ms != source_ms or latest[key] not in self.evidence.stored
            for key, source_ms in newest.items()
            if key in latest
        )


def runs(numbers: Iterable[int]) -> int:
    """Count the unbroken rows among ascending numbers."""
    count, last = 0, None
    for number in numbers:
        count += last is None or number != last + 1
        last = number
    return count
