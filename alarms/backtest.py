"""What a rule would have done: stored readings through the same judging as live ones.

A month of readings each second is judged in seconds where the condition has a band: numpy finds the
readings that leave it, and only those are looked at. Readings are judged in the order of their
source times, also those that came late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from alarms.conditions.engine import bands, due, expire, feed
from alarms.conditions.limits import Band
from alarms.conditions.model import NO_BAND, Change, Memory, Sample, Spec
from alarms.models import Kind, Rule
from alarms.peaks import Peak
from alarms.replay import Chunk, Replay
from alarms.specs import spec_of
from alarms.tally import Counts, Tally
from devices.trends import Window

OFF_DELAYS_S: Final = (1, 2, 5, 8, 10, 15, 20, 30, 60, 120, 300)
ENOUGH: Final = 0.9  # of the chattering activations that a proposed off-delay removes
_BLOCK: Final = 64  # readings that are compared at once, at first


@dataclass(frozen=True, slots=True)
class Report:
    """What a rule would have done from ``since`` to ``until``, epoch milliseconds."""

    since: int
    until: int
    samples: int  # that were stored of its operands
    counts: Counts
    unknown: tuple[str, ...]  # operands of which nothing is stored: what needs them is unknown


@dataclass(frozen=True, slots=True)
class Proposal:
    """An off-delay that ends chattering."""

    off_delay_s: int
    removed: float  # share of the chattering activations, 0 to 1


def backtest(rule: Rule, *, since: dt.datetime, until: dt.datetime) -> Report:
    """Judge the stored readings of a rule's operands. Nothing is kept.

    Args:
        rule: of a tag, or an expression; it need not be saved.
        since: how it was before is known to conditions of several operands, but not judged.
        until: at most now.

    Raises:
        ValueError: the rule lacks what its kind needs, or is of a kind without stored readings.
    """
    return _run(rule, _spec_of(rule), _window(since, until))


def propose_off_delay(rule: Rule, *, since: dt.datetime, until: dt.datetime) -> Proposal | None:
    """Find the shortest off-delay that removes nearly all chattering, by judging anew with it.

    The changes alone would not do: while an off-delay runs the rule is still on the active side of
    its deadband, where a value ends the delay that would not have raised it again.

    Returns:
        ``None``: nothing chatters, or no delay is enough.

    Raises:
        ValueError: as `backtest`.
    """
    spec, window = _spec_of(rule), _window(since, until)
    before = _run(rule, spec, window).counts.chattering
    candidates = [s for s in OFF_DELAYS_S if s * 1000 > spec.delays.off_ms] if before else []
    found: Proposal | None = None
    # With a longer delay it is active whenever it is with a shorter one, and every activation is
    # one of the shorter one's too: what is enough stays enough, so halving finds the shortest.
    while candidates:
        middle = len(candidates) // 2
        delays = replace(spec.delays, off_ms=candidates[middle] * 1000)
        left = _run(rule, replace(spec, delays=delays), window).counts.chattering
        removed = 1 - left / before
        if removed >= ENOUGH:
            found, candidates = Proposal(candidates[middle], removed), candidates[:middle]
        else:
            candidates = candidates[middle + 1 :]
    return found


def _spec_of(rule: Rule) -> Spec:
    if rule.kind == Kind.EXPRESSION:
        return spec_of(rule, source="site")
    if rule.tag_id is None:
        raise ValueError("only rules of tags and expressions have stored readings")
    return spec_of(rule, source=f"tag:{rule.tag_id}")


def _window(since: dt.datetime, until: dt.datetime) -> Window:
    until = min(until, timezone.now())
    return Window(*(round(at.timestamp() * 1000) for at in (min(since, until), until)))


def _run(rule: Rule, spec: Spec, window: Window) -> Report:
    replay = Replay(spec.condition.operands, window)
    judge = _Judge(spec, replay.memory(), Tally(ZoneInfo(rule.site.time_zone)))
    samples = 0
    for chunk in replay.chunks():
        samples += len(chunk)
        judge.take(chunk)
    counts = judge.finish(window)
    return Report(window.from_ms, window.to_ms, samples, counts, replay.unknown)


class _Judge:
    """Feeds chunks to the engine, skipping what lies within the band of a single operand."""

    def __init__(self, spec: Spec, memory: Memory, tally: Tally) -> None:
        self._spec, self._memory, self._tally = spec, memory, tally
        self._peak = Peak(spec)
        self._single = len(spec.condition.operands) == 1  # several need each other's values

    def take(self, chunk: Chunk) -> None:
        value = np.where(chunk.good, chunk.value, np.nan)
        row = 0
        while row < len(chunk):
            band = self._band()
            quiet = row if band == NO_BAND else self._quiet_until(chunk, value, row, band)
            self._peak.pass_over(self._memory, value[row:quiet])
            row = quiet + (_BLOCK if band == NO_BAND else 1)
            for sample in chunk.samples(quiet, row):
                self._feed(sample)

    def _quiet_until(self, chunk: Chunk, value: NDArray[np.float64], row: int, band: Band) -> int:
        """Return the first row from ``row`` on that is outside of a band or ends a delay."""
        loud = _next_loud(value, row, band)
        if (end := due(self._spec, self._memory)) is None:
            return loud
        return min(loud, max(row, int(np.searchsorted(chunk.at, end))))

    def finish(self, window: Window) -> Counts:
        self._count(expire(self._spec, self._memory, window.to_ms))
        return self._tally.finish(window.from_ms, window.to_ms, self._peak.value)

    def _band(self) -> Band:
        if not self._single:
            return NO_BAND
        (band,) = bands(self._spec, self._memory).values()
        return band

    def _feed(self, sample: Sample) -> None:
        self._count(feed(self._spec, self._memory, (sample,)))
        self._peak.look(self._memory)

    def _count(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if change.active:
                self._peak.begin(change)
            self._tally.add(change, self._peak.value)
            if not change.active:
                self._peak.end()


def _next_loud(value: NDArray[np.float64], row: int, band: Band) -> int:
    """Return the first row from ``row`` on whose value is outside of a band, or is NaN."""
    low, high = (-inf if band[0] is None else band[0]), (inf if band[1] is None else band[1])
    size = _BLOCK
    while row < len(value):
        block = value[row : row + size]
        loud = ~((block >= low) & (block <= high))
        if loud.any():
            return row + int(loud.argmax())
        row, size = row + len(block), size * 2
    return len(value)
