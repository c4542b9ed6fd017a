"""When to do a thing next. Pure: the monotonic clock is an argument, in seconds."""

from __future__ import annotations

import math
from collections.abc import Callable
from secrets import SystemRandom

_draw = SystemRandom().uniform


class Grid:
    """The moments of a scan: ``start``, ``start + period``, and so on, whatever happens between."""

    def __init__(self, start: float, period_s: float) -> None:
        self._start = start
        self._period_s = period_s

    def next_after(self, now: float) -> float:
        """The first moment after ``now``. Moments that were missed are skipped, never made up."""
        if now < self._start:
            return self._start
        steps = math.floor((now - self._start) / self._period_s) + 1
        moment = self._start + steps * self._period_s
        return moment if moment > now else self._start + (steps + 1) * self._period_s


class Breaker:
    """Keeps one dead unit from costing its neighbours a timeout in every scan.

    Closed, all reads go through. After a failure it is open: no reads, for a pause that doubles
    with every failure in a row. When the pause is over, one read may probe; it decides.
    """

    def __init__(self, first_s: float = 2.0, longest_s: float = 30.0) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._pause_s = 0.0
        self._until = -math.inf

    @property
    def until(self) -> float:
        """When the next probe is allowed; meaningless while it is closed."""
        return self._until

    @property
    def is_closed(self) -> bool:
        """Say whether the last read succeeded (or none was tried yet)."""
        return self._pause_s == 0.0

    def allows(self, now: float) -> bool:
        """Say whether a read may be tried now."""
        return now >= self._until

    def succeeded(self) -> None:
        """Close: the unit answered."""
        self._pause_s = 0.0
        self._until = -math.inf

    def failed(self, now: float) -> None:
        """Open, or stay open for longer."""
        self._pause_s = min(max(self._pause_s * 2, self._first_s), self._longest_s)
        self._until = now + self._pause_s


class Bucket:
    """A rate limit that allows bursts: ``rate`` tokens a second, at most ``size`` saved up."""

    def __init__(self, rate: float, size: float, now: float) -> None:
        self._rate = max(rate, 0.001)
        self._size = max(size, 1.0)
        self._tokens = self._size
        self._at = now

    def wait_s(self, now: float) -> float:
        """Seconds until something may be taken; 0 if it may be now."""
        self._fill(now)
        return 0.0 if self._tokens > 0 else (1e-3 - self._tokens) / self._rate

    def take(self, tokens: float, now: float) -> None:
        """Take what was used. A single use may overdraw: it is paid for by waiting afterwards."""
        self._fill(now)
        self._tokens -= tokens

    def _fill(self, now: float) -> None:
        self._tokens = min(self._size, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = now


class Backoff:
    """Pauses between attempts, drawn evenly from 0 to a bound that doubles (full jitter).

    A thousand gateways that lose the cloud together must not come back together.
    """

    def __init__(
        self,
        first_s: float = 0.5,
        longest_s: float = 30.0,
        draw: Callable[[float, float], float] = _draw,
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._draw = draw
        self._attempts = 0

    def next_s(self, longest_s: float | None = None) -> float:
        """Seconds to wait before the next attempt."""
        bound = self._first_s * 2.0 ** min(self._attempts, 20)
        self._attempts += 1
        return self._draw(0.0, min(bound, longest_s or self._longest_s))

    def reset(self) -> None:
        """An attempt succeeded."""
        self._attempts = 0
