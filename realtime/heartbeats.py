"""Heartbeats in Redis: which sessions were heard of lately, as any process can see.

Redis may be away or emptied at any moment. Then PostgreSQL alone decides who is lost, so nothing
here is ever raised into the socket path.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final, TypeVar
from uuid import UUID

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

TIMEOUT_S: Final = 2.0
Answer = TypeVar("Answer")


class Heartbeats:
    """Writes and reads them on the event loop it is used on. Call ``close`` at the end."""

    def __init__(self, ttl_s: float) -> None:
        self.failures = 0  # attempts that Redis did not answer
        self._ttl_ms = max(1, round(ttl_s * 1000))
        self._away = False
        self._closed = False
        self._client = Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )

    async def report(self, heard: Iterable[tuple[int, UUID]]) -> bool:
        """Write (device id, session) of those that were heard of since the last report."""

        async def write() -> bool:
            async with self._client.pipeline(transaction=False) as pipe:
                for device_id, session in heard:
                    pipe.set(_key(device_id), session.bytes, px=self._ttl_ms)
                await pipe.execute()
            return True

        return await self._ask(write) or False

    async def alive(self, lost: Collection[tuple[UUID, int]]) -> set[UUID]:
        """Return those of the (session, device id) pairs that were heard of lately after all."""

        async def read() -> set[UUID]:
            values = await self._client.mget([_key(device_id) for _, device_id in lost])
            pairs = zip(lost, values, strict=True)
            return {session for (session, _), value in pairs if value == session.bytes}

        return (await self._ask(read) or set()) if lost else set()

    async def close(self) -> None:
        """Close the connection; from now on Redis is not asked any more."""
        self._closed = True
        await self._client.aclose()  # type: ignore[attr-defined]  # the stubs are older

    async def _ask(self, question: Callable[[], Awaitable[Answer]]) -> Answer | None:
        if self._closed:
            return None
        try:
            answer = await question()
        except RedisError as error:
            self.failures += 1
            if not self._away:
                logger.warning("Redis is away, presence goes on without heartbeats: %s", error)
            self._away = True
            return None
        if self._away:
            logger.warning("Redis is back")
            self._away = False
        return answer


def _key(device_id: int) -> str:
    return f"{settings.CHANNEL_PREFIX}:presence:{device_id}"
