"""What a gateway tells of itself: its hello, its heartbeats, and how its devices answer."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from edge.config import Config
from edge.declaring import Declared
from edge.gather import Gather
from edge.link import AGENT
from edge.store import Store
from edge.wellbeing import Wellbeing
from edge.wire import VERSION, Beat, Health, Hello, Stream, Tags, UnitHealth

BEAT_LONGEST_S: Final = 60.0


class Telling:
    """One for the process; a beat is due after a quiet interval, and at least once a minute."""

    def __init__(
        self,
        config: Config,
        store: Store,
        gather: Gather,
        declared: Declared,
        version: Callable[[], int | None],
        health: Callable[[], list[UnitHealth]] = list,
    ) -> None:
        """Keep what is told of.

        Args:
            config: whose uid is said.
            store: whose epoch and fill are said.
            gather: which counts failed reads.
            declared: what the tag numbers stand for.
            version: of the configuration at work; None: the gateway reads its own file.
            health: how the devices answer now.
        """
        self._config = config
        self._store = store
        self._gather = gather
        self._declared = declared
        self._version = version
        self._health = health
        self._wellbeing = Wellbeing()
        self._interval_s = BEAT_LONGEST_S
        self._beat_at = self._quiet_since = -math.inf

    def hello(self, next_numbers: dict[Stream, int]) -> list[Hello | Tags]:
        """The frames that open a connection."""
        first, *more = self._declared.frames()
        hello = Hello(
            v=VERSION,
            uid=self._config.gateway.uid,
            epoch=self._store.epoch,
            next=next_numbers,
            wall=wall_ms(),
            agent=AGENT,
            config=self._version(),
            tags=first,
        )
        return [hello, *(Tags(tags) for tags in more)]

    def begin(self, heartbeat_s: float) -> None:
        """A connection was welcomed: a beat is due at once, and the cloud knows no health."""
        self._interval_s = min(max(heartbeat_s, 1.0), BEAT_LONGEST_S)
        self._beat_at = self._quiet_since = -math.inf
        self._wellbeing = Wellbeing()

    def health_news(self, now: float) -> list[Health]:
        """What changed in how the devices answer."""
        return self._wellbeing.news(self._health(), now)

    def sent(self, now: float) -> None:
        """A frame was sent that shows we are here."""
        self._quiet_since = now

    def beat_wait_s(self, now: float) -> float:
        """Seconds until the next beat is due."""
        due = min(self._quiet_since + self._interval_s, self._beat_at + BEAT_LONGEST_S)
        return due - now

    async def beat(self) -> Beat:
        """Make a beat.

        Raises:
            SpoolError: the spool cannot say how full it is.
        """
        status = await self._store.status()
        self._beat_at = self._quiet_since = time.monotonic()
        return Beat(
            wall=wall_ms(),
            waiting=status.waiting,
            oldest=status.oldest_ms,
            spool_bytes=status.bytes,
            read_errors=self._gather.read_errors,
        )


def wall_ms() -> int:
    """UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000
