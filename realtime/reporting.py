"""Keeps the reports of one site current while somebody watches them.

Reports are read every second, one after the other, and what is counted over all that was ever
stored every ``LEDGER_S``. A look that took long is not repeated for ``SHARE`` times as long.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from django.db import Error as DatabaseError

from devices.gateways import Ledgers
from realtime.database import in_database
from realtime.feeds import Feed
from realtime.groups import Channel
from realtime.looks import look_at_reports

logger = logging.getLogger(__name__)

LEDGER_S: Final = 10.0
SHARE: Final = 10


class Reporter:
    """Reads for one feed. Lives on its event loop."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._loop = asyncio.get_running_loop()
        self._ledgers: Ledgers = {}
        self._ledgered_at = self._loop.time()
        self._rested_at = self._ledgered_at
        self._task: asyncio.Task[None] | None = None

    async def first(self, channel: Channel) -> None:
        """Have a report of a channel that nobody may have watched until now.

        Raises:
            django.db.Error: the database is away.
        """
        if channel.reported and not self._feed.has_report(channel):
            await self._read([channel])

    def tick(self) -> None:
        """Read what is watched, unless we are just doing so or have to rest."""
        busy = self._task is not None and not self._task.done()
        if self._feed.reported and not busy and self._loop.time() >= self._rested_at:
            self._task = self._loop.create_task(self._refresh(), name="hub reports")

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What works in the background."""
        return [self._task] if self._task is not None else []

    async def _refresh(self) -> None:
        begun = self._loop.time()
        if begun - self._ledgered_at >= LEDGER_S:
            self._ledgers, self._ledgered_at = {}, begun
        try:
            await self._read(self._feed.reported)
        except DatabaseError as error:  # the hub tells who looks after the server
            logger.debug("no reports: %s", error)
        ended = self._loop.time()
        self._rested_at = ended + SHARE * (ended - begun)

    async def _read(self, channels: list[Channel]) -> None:
        for channel, report in (
            await in_database(look_at_reports, channels, self._ledgers)
        ).items():
            self._feed.tell(channel, report)
