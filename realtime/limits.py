"""Rate limits of one connection. Pure: time is an argument."""

from __future__ import annotations


class Bucket:
    """A token bucket that may run into debt, so that whoever overdoes it can be told first.

    Args:
        rate: tokens per second.
        burst: tokens that may be saved up, and the depth of debt that is too much.
        now: seconds on any clock that only runs forward.
    """

    __slots__ = ("_at", "_level", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._level = burst
        self._at = now

    def take(self, tokens: float, now: float) -> float:
        """Take tokens and return the seconds until the debt is paid off; 0 when there is none."""
        self._level = min(self.burst, self._level + (now - self._at) * self.rate) - tokens
        self._at = now
        return max(0.0, -self._level / self.rate)

    @property
    def exhausted(self) -> bool:
        """Say whether the debt is deeper than a whole burst."""
        return self._level < -self.burst


class Pace:
    """Lets each key through once in a while; it remembers no more than was let through lately."""

    __slots__ = ("_every_s", "_let")

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._let: dict[str, float] = {}

    def lets(self, key: str, now: float) -> bool:
        """Say whether the last time is long enough ago; then this is one."""
        self._let = {k: at for k, at in self._let.items() if now - at < self._every_s}
        if key in self._let:
            return False
        self._let[key] = now
        return True
