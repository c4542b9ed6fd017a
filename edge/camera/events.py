"""One event for each hazard, from its start to its end, however many boxes and tracks it has. Pure.

Times are monotonic seconds; source times are UTC epoch milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from edge.camera.geometry import gap
from edge.camera.rules import Rule
from edge.wire import Box

MOST_ACTIVE: Final = 20  # events of one camera at a time; a crowd of them tells nobody more
BETTER: Final = 0.05  # a score so much higher is worth another picture
LEAST_BETWEEN_S: Final = 2.0  # two updates
_NEAR: Final = 1.5  # sizes from the middle of a hazard: what appears there is part of it

Kind = Literal["start", "update", "end"]


class Candidate(NamedTuple):
    """A track in the newest picture."""

    track: int
    box: Box  # its label is that of the track
    zone: str
    score: float  # median
    is_confirmed: bool
    since_ms: int  # source time of the first picture that it was seen in


@dataclass
class Hazard:
    """An event that has not ended."""

    id: str
    rule: Rule
    zone: str
    since_ms: int
    started_by: int  # the track
    box: Box
    score: float
    peak: float
    seen_at: float
    told_at: float
    told_peak: float
    tracks: set[int] = field(default_factory=set)


class Phase(NamedTuple):
    """Something to tell."""

    kind: Kind
    hazard: Hazard


class Events:
    """The hazards of one camera. No track is ever in two of them."""

    def __init__(
        self, rules: Mapping[str, Rule], update_every_s: float, new_id: Callable[[], str]
    ) -> None:
        """Begin without any.

        Args:
            rules: of the labels that candidates may have.
            update_every_s: of a hazard that lasts.
            new_id: gives 32 hexadecimal digits, never the same.
        """
        self.active: list[Hazard] = []
        self._rules = rules
        self._update_every_s = update_every_s
        self._new_id = new_id

    def look(self, seen: Sequence[Candidate], live: set[int], now: float) -> list[Phase]:
        """Take what one picture shows.

        Args:
            seen: the tracks in it that count (in a zone, in hours, and so on).
            live: numbers of all tracks that still go on, seen or not.
            now: monotonic seconds.
        """
        for hazard in self.active:
            hazard.tracks &= live
        phases: list[Phase] = []
        for one in sorted(seen, key=lambda one: -one.score):
            if known := self._of_track(one) or self._joined(one):
                _see(known, one, now)
            elif one.is_confirmed and len(self.active) < MOST_ACTIVE:
                phases.append(Phase("start", self._start(one, now)))
        phases.extend(self._go_on(now))
        return phases

    def finish(self) -> list[Phase]:
        """End everything: the camera is not looked at any more."""
        phases = [Phase("end", hazard) for hazard in self.active]
        self.active = []
        return phases

    def change(
        self,
        rules: Mapping[str, Rule],
        update_every_s: float,
        still_counts: Callable[[Hazard], bool],
    ) -> list[Phase]:
        """Go on by other rules: end what they do not hold for any more, the rest goes on."""
        over = [hazard for hazard in self.active if not still_counts(hazard)]
        self.active = [hazard for hazard in self.active if hazard not in over]
        for hazard in self.active:
            hazard.rule = rules[hazard.rule.label]
        self._rules, self._update_every_s = rules, update_every_s
        return [Phase("end", hazard) for hazard in over]

    def _of_track(self, one: Candidate) -> Hazard | None:
        return next((hazard for hazard in self.active if one.track in hazard.tracks), None)

    def _joined(self, one: Candidate) -> Hazard | None:
        """The hazard that a new track belongs to, if any: a fire has many boxes.

        A person is somebody else, unless the track of the first one was lost there.
        """
        for hazard in self.active:
            is_open = hazard.rule.must_move or not hazard.tracks
            if hazard.rule.label == one.box.label and is_open and gap(hazard.box, one.box) < _NEAR:
                hazard.tracks.add(one.track)
                return hazard
        return None

    def _start(self, one: Candidate, now: float) -> Hazard:
        hazard = Hazard(
            id=self._new_id(),
            rule=self._rules[one.box.label],
            zone=one.zone,
            since_ms=one.since_ms,
            started_by=one.track,
            box=one.box,
            score=one.score,
            peak=max(one.box.score, one.score),
            seen_at=now,
            told_at=now,
            told_peak=max(one.box.score, one.score),
            tracks={one.track},
        )
        self.active.append(hazard)
        return hazard

    def _go_on(self, now: float) -> Iterator[Phase]:
        for hazard in list(self.active):
            if now - hazard.seen_at >= hazard.rule.clear_s:
                self.active.remove(hazard)
                yield Phase("end", hazard)
            elif self._is_worth_telling(hazard, now):
                hazard.told_at, hazard.told_peak = now, hazard.peak
                yield Phase("update", hazard)

    def _is_worth_telling(self, hazard: Hazard, now: float) -> bool:
        silent_s = now - hazard.told_at
        is_better = hazard.peak - hazard.told_peak >= BETTER
        return silent_s >= self._update_every_s or (is_better and silent_s >= LEAST_BETWEEN_S)


def _see(hazard: Hazard, one: Candidate, now: float) -> None:
    if now > hazard.seen_at or one.box.score > hazard.box.score:  # the best box of this picture
        hazard.box, hazard.score = one.box, one.score
    hazard.seen_at = now
    hazard.peak = max(hazard.peak, one.box.score)
