"""Counts how often and how long a condition was active, in bounded memory. Pure.

Times are source times in epoch milliseconds.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from alarms.conditions.model import Change

LISTED: Final = 200  # occurrences, and episodes: half of them the first, half the last
CHATTERING: Final = 3  # activations ...
CHATTERING_MS: Final = 60_000  # ... within this time make chattering, see docs/glossary.md


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Once active."""

    since: int
    until: int | None  # None: still active at the end
    peak: float | None  # furthest from normal of what was compared: see alarms/peaks.py


@dataclass(frozen=True, slots=True)
class Episode:
    """Activations in quick succession, from the first to the last one."""

    since: int
    until: int
    activations: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What a rule would have done."""

    activations: int
    active_ms: int  # altogether
    longest_ms: int
    per_day: dict[str, int]  # activations by ISO date of the plant's calendar, every day in order
    occurrences: tuple[Occurrence, ...]  # the first and the last ones, at most ``LISTED``
    episodes: tuple[Episode, ...]  # the same
    episode_count: int
    chattering: int  # activations in episodes


T = TypeVar("T")


class _Ends(Generic[T]):
    """Keeps the first and the last ones of many."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[T] = []
        self._last: deque[T] = deque(maxlen=LISTED // 2)

    def add(self, item: T) -> None:
        self.count += 1
        (self._first if len(self._first) < LISTED // 2 else self._last).append(item)

    def all(self) -> tuple[T, ...]:
        return (*self._first, *self._last)


class _Chattering:
    """Finds the longest runs of activations of which any neighbouring three are close together."""

    def __init__(self) -> None:
        self.episodes = _Ends[Episode]()
        self.activations = 0
        self._running: Episode | None = None
        self._number = self._last_in = 0  # of the newest activation, and the newest in an episode
        self._newest: deque[int] = deque(maxlen=CHATTERING)

    def add(self, at: int) -> None:
        self._number += 1
        self._newest.append(at)
        if len(self._newest) < CHATTERING or at - self._newest[0] > CHATTERING_MS:
            return
        fresh = min(CHATTERING, self._number - self._last_in)
        self.activations += fresh
        if self._running is not None and fresh < CHATTERING:
            total = self._running.activations + fresh
            self._running = replace(self._running, until=at, activations=total)
        else:
            self.finish()
            self._running = Episode(self._newest[0], at, CHATTERING)
        self._last_in = self._number

    def finish(self) -> None:
        if self._running is not None:
            self.episodes.add(self._running)
        self._running = None


class Tally:
    """Takes changes in order of time."""

    def __init__(self, zone: dt.tzinfo) -> None:
        self._zone = zone
        self._days: Counter[dt.date] = Counter()
        self._occurrences = _Ends[Occurrence]()
        self._chattering = _Chattering()
        self._since: int | None = None
        self._active_ms = self._longest_ms = 0

    def add(self, change: Change, peak: float | None) -> None:
        """Count one change; ``peak`` is what an occurrence that ends with it reached."""
        if change.active:
            self._since = change.at
            self._days[self._date(change.at)] += 1
            self._chattering.add(change.at)
        elif self._since is not None:
            self._end(self._since, change.at, Occurrence(self._since, change.at, peak))

    def finish(self, since: int, until: int, peak: float | None) -> Counts:
        """End the counting of what happened from ``since`` to ``until``; call it once."""
        if self._since is not None:
            self._end(self._since, until, Occurrence(self._since, None, peak))
        self._chattering.finish()
        return Counts(
            activations=self._occurrences.count,
            active_ms=self._active_ms,
            longest_ms=self._longest_ms,
            per_day=self._per_day(since, until),
            occurrences=self._occurrences.all(),
            episodes=self._chattering.episodes.all(),
            episode_count=self._chattering.episodes.count,
            chattering=self._chattering.activations,
        )

    def _end(self, since: int, until: int, occurrence: Occurrence) -> None:
        self._since = None
        self._active_ms += until - since
        self._longest_ms = max(self._longest_ms, until - since)
        self._occurrences.add(occurrence)

    def _per_day(self, since: int, until: int) -> dict[str, int]:
        first, last = self._date(since), self._date(max(since, until - 1))
        days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
        return {day.isoformat(): self._days[day] for day in days}

    def _date(self, ms: int) -> dt.date:
        return dt.datetime.fromtimestamp(ms / 1000, self._zone).date()
