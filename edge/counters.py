"""How one device answers, in numbers. Pure."""

from __future__ import annotations

import statistics
from collections import deque
from typing import Final, Literal

from edge.wire import UnitHealth

RECENT: Final = 100  # requests whose latency is remembered
_LONGEST_TEXT: Final = 256

State = Literal["up", "down", "probing", "unknown"]


class Counters:
    """Counted since the start."""

    def __init__(self) -> None:
        self.requests = 0
        self.timeouts = 0
        self.refusals = 0
        self.retries = 0
        self.overruns = 0
        self.error = ""
        self._latencies: deque[float] = deque(maxlen=RECENT)

    def answered(self, seconds: float) -> None:
        """An answer came, be it an exception code."""
        self._latencies.append(seconds)

    @property
    def worst_s(self) -> float:
        """Longest of the recent answers; 0: there was none."""
        return max(self._latencies, default=0.0)

    def health(self, device: str, state: State, blocks: int, holes: int) -> UnitHealth:
        """Say it as the cloud hears it."""
        median = statistics.median(self._latencies) if self._latencies else 0.0
        return UnitHealth(
            device=device,
            state=state,
            requests=self.requests,
            timeouts=self.timeouts,
            refusals=self.refusals,
            retries=self.retries,
            overruns=self.overruns,
            latency_ms=round(median * 1000, 1),
            worst_ms=round(self.worst_s * 1000, 1),
            blocks=blocks,
            holes=holes,
            error=self.error[:_LONGEST_TEXT],
        )
