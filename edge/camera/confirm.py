"""When a track is believed: seen often enough, with a good score, for long enough, moving. Pure.

One good score proves nothing: on videos without fire, the median over the pictures and the demand
that fire flickers took all false alarms away that single pictures gave (``docs/cameras.md``).
"""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Final, NamedTuple

from edge.camera.rules import Rule

GROWTH: Final = 1.5  # of the area since the track began
_BEGINNING: Final = 3  # boxes, whose median area is the first one
_LONGER: Final = 2  # times the pictures, where nobody can say whether it moves


class Look(NamedTuple):
    """What one picture said of a track."""

    score: float | None  # None: it was not seen
    moves: bool | None  # None: cannot be told, pictures come too seldom


class Confirmation:
    """Of one track. Times are monotonic seconds."""

    def __init__(self, rule: Rule, now: float) -> None:
        self._rule = rule
        self._since = now
        self._looks: deque[Look] = deque(maxlen=_LONGER * rule.of)
        self._first_areas: list[float] = []
        self._areas: deque[float] = deque(maxlen=_BEGINNING)

    def see(self, score: float | None, area: float = 0.0, *, moves: bool | None = None) -> None:
        """One more picture was looked at.

        Args:
            score: of its box; None: it was not in the picture.
            area: of the box, in any unit.
            moves: whether what is in the box flickers or drifts; None: cannot be told.
        """
        self._looks.append(Look(score, moves))
        if score is not None:
            self._areas.append(area)
            if len(self._first_areas) < _BEGINNING:
                self._first_areas.append(area)

    @property
    def score(self) -> float:
        """Median of the scores over the recent pictures that it was seen in; 0: none."""
        scores = [look.score for look in self._recent(1) if look.score is not None]
        return float(median(scores)) if scores else 0.0

    def holds(self, now: float) -> bool:
        """Say whether it is believed now."""
        if now - self._since < self._rule.dwell_s or self.score < self._rule.threshold:
            return False
        if not self._rule.must_move or self._grows:
            return self._has_hits(1)
        seen = [look for look in self._recent(1) if look.score is not None]
        known = [look.moves for look in seen if look.moves is not None]
        if not known:
            return self._has_hits(_LONGER)
        return self._has_hits(1) and 2 * sum(known) >= len(known)

    def _has_hits(self, times: int) -> bool:
        seen = sum(look.score is not None for look in self._recent(times))
        return seen >= times * self._rule.hits

    def _recent(self, times: int) -> list[Look]:
        return list(self._looks)[-times * self._rule.of :]

    @property
    def _grows(self) -> bool:
        if len(self._first_areas) < _BEGINNING:
            return False
        return median(self._areas) >= GROWTH * median(self._first_areas)
