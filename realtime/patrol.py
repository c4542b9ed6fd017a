"""Moves alarms as time passes: one process at a time does it, so every process tries."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from django.db import Error as DatabaseError

from alarms import sweeps
from realtime.database import in_database

logger = logging.getLogger(__name__)

SWEEP_S: Final = 0.5  # for delays and shelves that end
LOOK_AROUND_S: Final = 2.0  # for what nobody reports
# A process that has just started leaves that to older ones. If there are none, everything was down,
# and the gateways need so long to come back: until then nobody can call them lost.
SETTLED_S: Final = 30.0


class Patrol:
    """The rounds of one process."""

    def __init__(self) -> None:
        self._away = False
        self._began = time.monotonic()

    async def sweep(self) -> None:
        """Move what is due."""
        await self._do(sweeps.sweep)

    async def look_around(self) -> None:
        """Judge what nobody reports."""
        if time.monotonic() - self._began > SETTLED_S:
            await self._do(sweeps.look_around)

    async def _do(self, work: Callable[[], int]) -> None:
        try:
            await in_database(work)
        except DatabaseError as error:
            if not self._away:
                logger.warning("alarms cannot be swept: %s", str(error).strip())
            self._away = True
        else:
            self._away = False
