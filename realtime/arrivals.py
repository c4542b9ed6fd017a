"""How often one token may connect: a token that does so again and again waits for its turn.

A connection costs a handshake, a look at the token and two transactions before its first frame, and
its other limits begin anew with it. So a gateway that leaves and comes back without pause would
cost the others more than one that stays and floods. Each process counts by itself, before it looks
at the token: another token is another visitor.
"""

from __future__ import annotations

import hashlib
from typing import Final

from realtime.limits import Bucket

BURST: Final = 5  # connections at once: a gateway that restarts, or whose network flaps
_MAX_TOKENS: Final = 10_000  # remembered


class Crowded(Exception):
    """More connections with this token wait already than are kept waiting.

    Attributes:
        retry_after_s: when the next one can have its turn.
    """

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("This token connects too often.")
        self.retry_after_s = retry_after_s


class Arrivals:
    """The connections of all tokens of one process. Pure: time is an argument (monotonic).

    Args:
        per_s: connections a second that one token may open in the long run.
    """

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._buckets: dict[bytes, Bucket] = {}

    def arrive(self, authorization: str, now: float) -> float:
        """Count a connection and return the seconds that it has to wait for its turn, mostly 0.

        Args:
            authorization: the header with the token, right or wrong.
            now: seconds.

        Raises:
            Crowded: as many wait as may come at once; this one is not counted.
        """
        key = hashlib.sha256(authorization.encode()).digest()
        bucket = self._buckets.pop(key, None) or Bucket(self._per_s, BURST, now)
        self._buckets[key] = bucket
        while len(self._buckets) > _MAX_TOKENS:
            del self._buckets[next(iter(self._buckets))]
        wait_s = bucket.take(1, now)
        if bucket.exhausted:
            bucket.take(-1, now)
            raise Crowded(wait_s)
        return wait_s
