"""Closes sockets that lost their authority, or their place to a newer one, in any process.

And has the others look when there is news for their gateway: a configuration, a token, other tags.
PostgreSQL tells every web process. Because that can be missed while the listening connection is
down, all sockets are looked at again after each reconnect and once a minute.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.db import Error as DatabaseError

from devices.configuration import CONFIGURATION_CHANNEL
from devices.connections import SUPERSEDED_CHANNEL
from devices.news import find_news
from devices.rotation import ROTATION_CHANNEL
from devices.sweeps import find_ended
from devices.telling import AUTHORITY_CHANNEL, PLANT_CHANNEL
from realtime.background import to_the_end
from realtime.database import in_database
from realtime.listening import Listening, Lost
from realtime.sessions import Session

logger = logging.getLogger(__name__)

RECHECK_S: Final = 60.0
_NEWS: Final = (CONFIGURATION_CHANNEL, ROTATION_CHANNEL, PLANT_CHANNEL)
_CHANNELS: Final = (AUTHORITY_CHANNEL, SUPERSEDED_CHANNEL, *_NEWS)
_PAUSE_S, _MAX_PAUSE_S = 0.2, 5.0  # between attempts to listen
_RETRY_S: Final = 1.0  # after a look that the database did not answer


class Watch:
    """Watches over the sessions of one process. ``run`` it once."""

    def __init__(self, sessions: Mapping[UUID, Session]) -> None:
        self._sessions = sessions
        self._suspects: set[int] = set()  # devices whose sessions must be looked at
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Listen and look until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen_forever(), name="authority listen")
            group.create_task(self._look_forever(), name="authority look")

    async def _listen_forever(self) -> None:
        pause_s = _PAUSE_S
        while True:
            try:
                async with Listening(_CHANNELS, self._hear) as lost:
                    if pause_s != _PAUSE_S:
                        logger.warning("listening for revocations again")
                        pause_s = _PAUSE_S
                    self._suspect_all()  # whatever was said while nobody listened
                    for session in self._sessions.values():
                        if session.listener is not None:
                            session.listener.look(plant=True)
                    await lost
            except Lost as error:
                if pause_s == _PAUSE_S:
                    logger.warning("not listening for revocations: %s", str(error).strip())
            await asyncio.sleep(pause_s * random.uniform(0.5, 1))  # noqa: S311 - jitter
            pause_s = min(2 * pause_s, _MAX_PAUSE_S)

    def _hear(self, channel: str, payload: str) -> None:
        if channel == SUPERSEDED_CHANNEL:
            session = self._sessions.get(UUID(payload))
            if session is not None:
                session.end("superseded")
        elif channel in _NEWS:
            for session in self._sessions.values():
                if session.listener is not None and session.device_id == int(payload):
                    session.listener.look(
                        plant=channel == PLANT_CHANNEL, token=channel == ROTATION_CHANNEL
                    )
        else:
            self._suspects.add(int(payload))
            self._wake.set()

    def _suspect_all(self) -> None:
        self._suspects.update(each.authority.device_id for each in self._sessions.values())
        self._wake.set()

    async def _look_forever(self) -> None:
        while True:
            try:
                async with asyncio.timeout(RECHECK_S * random.uniform(0.8, 1)):  # noqa: S311 - jitter
                    await self._wake.wait()
            except TimeoutError:
                self._suspect_all()
            self._wake.clear()
            suspects, self._suspects = self._suspects, set()
            try:
                await self._look_at(suspects)
            except DatabaseError:
                self._suspects |= suspects  # listening breaks too, and says so in the log
                await asyncio.sleep(_RETRY_S)
                self._wake.set()

    async def _look_at(self, suspects: set[int]) -> None:
        sessions = {
            session.id: session.counts
            for session in self._sessions.values()
            if session.authority.device_id in suspects
        }
        if not sessions:
            return
        asked = [self._sessions[session].key for session in sessions]
        for ended, reason in (await to_the_end(in_database(find_ended, asked))).items():
            session = self._sessions.get(ended)
            # one that is still being opened is not in the database yet
            if session is not None and (reason != "superseded" or sessions[ended]):
                session.end(reason)
        await self._look_for_news(suspects)

    async def _look_for_news(self, suspects: set[int]) -> None:
        listeners = {
            session.device_id: session.listener
            for session in self._sessions.values()
            if session.listener is not None and session.device_id in suspects
        }
        if listeners:
            heard = [listener.heard for listener in listeners.values()]
            for gateway_id in await to_the_end(in_database(find_news, heard)):
                listeners[gateway_id].look()
