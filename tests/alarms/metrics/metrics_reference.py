"""Every figure once more, slowly and in another way: by walking through the entries."""

from __future__ import annotations

import statistics
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise

from alarms.metrics import Span, off_delay_for
from alarms.metrics.load import Flood, Floods, Mix, Rate
from alarms.metrics.nuisance import NEWEST, Nuisance
from alarms.metrics.response import Response, Shelving
from bench.alarm_month import START, Entry, S, time_of

BIN = 600 * S


class Reference:
    """The figures of some entries, which are in the order in which they were written."""

    def __init__(self, entries: Sequence[Entry], span: Span) -> None:
        microsecond = timedelta(microseconds=1)
        self.start, self.end = ((at - START) // microsecond for at in (span.start, span.end))
        self.real = [e for e in entries if not e.historical]
        self.within = [e for e in self.real if self.start <= e.at < self.end]
        self.told = [e for e in self.within if e.action == "raise" and e.announced]

    def rate(self) -> Rate:
        counts = [0] * -(-(self.end - self.start) // BIN)
        for entry in self.told:
            counts[(entry.at - self.start) // BIN] += 1
        bins = (self.end - self.start) / BIN
        return Rate(counts, len(self.told) / bins, max(counts), sum(n > 10 for n in counts))

    def floods(self) -> Floods:
        """Walk from one change of the count to the next: raises come, and are ten minutes old."""
        changes = Counter(e.at for e in self.told)
        leaves = Counter(e.at + BIN for e in self.told)
        window: deque[int] = deque()
        found: list[list[int]] = []
        lasts = False
        for at in sorted(changes | leaves):
            window.extend([at] * changes[at])
            while window and window[0] <= at - BIN:
                window.popleft()
            if lasts and len(window) < 5:
                found[-1][1] = at
                lasts = False
            elif not lasts and len(window) >= 10:
                found.append([at, self.end])
                lasts = True
        floods = [
            Flood(
                time_of(began),
                time_of(ended) if ended < self.end else None,
                sum(n for at, n in changes.items() if began - BIN < at <= ended),
            )
            for began, ended in found
        ]
        share = sum(min(b, self.end) - a for a, b in found) / (self.end - self.start)
        return Floods(floods[::-1], share)

    def mix(self) -> Mix:
        counts = Counter(e.priority for e in self.told)
        return Mix({priority: counts[priority] for priority in (1, 2, 3, 4)})

    def chattering(self) -> Nuisance:
        before: dict[int, list[int]] = {}
        times: Counter[int] = Counter()
        for entry in self.told:
            seen = before.setdefault(entry.alarm, [])
            times[entry.alarm] += len(seen) > 1 and entry.at - seen[-2] < 60 * S
            seen.append(entry.at)
        return _nuisance(times)

    def fleeting(self) -> Nuisance:
        raised = {(e.alarm, e.occurrence): e for e in self.told}
        times: Counter[int] = Counter()
        for entry in self.within:
            began = raised.get((entry.alarm, entry.occurrence))
            if began and entry.action == "clear" and entry.before == "unacknowledged":
                times[entry.alarm] += entry.source - began.source < 10 * S
        return _nuisance(times)

    def bad_actors(self, besides: Iterable[int]) -> tuple[list[object], float | None]:
        counts = Counter(e.alarm for e in self.told)
        order = sorted(counts, key=lambda alarm: (-counts[alarm], alarm))
        listed = [*order[:10], *(alarm for alarm in order[10:] if alarm in set(besides))]
        rows: list[object] = [
            (alarm, counts[alarm], off_delay_for(self._normal_times(alarm))) for alarm in listed
        ]
        top = sum(counts[alarm] for alarm in order[:10])
        return rows, top / len(self.told) if self.told else None

    def _normal_times(self, alarm: int) -> list[float]:
        own = [e for e in self.within if e.alarm == alarm and e.action in {"raise", "clear"}]
        own = own[-NEWEST:]
        return [
            (b.source - a.source) / S
            for a, b in pairwise(own)
            if (a.action, b.action) == ("clear", "raise")
        ]

    def responses(self) -> list[Response]:
        raised = {(e.alarm, e.occurrence): e for e in self.told}
        waits: dict[int, list[float]] = {}
        for entry in self.within:
            began = raised.get((entry.alarm, entry.occurrence))
            if began and entry.action == "acknowledge":
                waits.setdefault(began.priority, []).append((entry.at - began.at) / S)
        return [
            Response(priority, len(times), statistics.median(times), _p90(times))
            for priority, times in sorted(waits.items())
        ]

    def shelving(self) -> Shelving:
        since: dict[int, int] = {}
        alarms: set[int] = set()
        count = total = 0

        def close(alarm: int, at: int) -> None:
            nonlocal total
            began = since.pop(alarm, None)
            if began is not None and at > self.start:
                total += at - max(began, self.start)
                alarms.add(alarm)

        for entry in self.real:
            if entry.action in {"shelve", "unshelve"} and entry.at < self.end:
                close(entry.alarm, entry.at)
                if entry.action == "shelve":
                    since[entry.alarm] = entry.at
                    count += entry.at >= self.start
        for alarm in list(since):
            close(alarm, self.end)
        return Shelving(count, len(alarms), total / S / 3600)


def _nuisance(times: Counter[int]) -> Nuisance:
    order = sorted(+times, key=lambda alarm: (-times[alarm], alarm))
    return Nuisance({alarm: times[alarm] for alarm in order})


def _p90(times: list[float]) -> float:
    if len(times) == 1:
        return times[0]
    return statistics.quantiles(times, n=10, method="inclusive")[-1]
