"""The sockets that are open in this process, and what was heard of them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol
from uuid import UUID

from django.conf import settings

from devices.connections import Mark
from devices.news import Heard
from devices.tokens import Authority
from edge import wire

CLOSES: Final = {
    "revoked": wire.Close.UNAUTHORIZED,
    "expired": wire.Close.UNAUTHORIZED,
    "disabled": wire.Close.UNAUTHORIZED,
    "superseded": wire.Close.SUPERSEDED,
    "silent": wire.Close.TOO_SLOW,
}


# Why a gateway is not asked: its token may not be; it is, or this was, asked too much already.
Refusal = Literal["wrong_scope", "too_often"]


class Listener(Protocol):
    """The side of a socket that passes on what the server has to say. None of these waits."""

    @property
    def heard(self) -> Heard:
        """What the gateway was told."""

    def look(self, *, plant: bool = False, token: bool = False) -> None:
        """Look whether there is news: of the registry, of a rotation, of anything."""

    def ask(self, frame: wire.Question, answered: Callable[[wire.Reply], None]) -> Refusal | None:
        """Ask the gateway something; return why not, if that cannot be."""

    def give_up(self, question: str) -> None:
        """Wait for this answer no more."""


@dataclass(eq=False, slots=True)
class Session:
    """One open socket of a device. Times are monotonic seconds."""

    id: UUID
    authority: Authority
    close: Callable[[wire.Close, str], None]
    skew_ms: int | None
    seen: float  # when the last frame came
    reported: float = 0.0  # ``seen`` as it was last reported to Redis
    beat: wire.Beat | None = None
    beat_at: float = 0.0  # when it came
    opening: asyncio.Task[UUID | None] | None = None
    counts: bool = False  # its row is committed
    listener: Listener | None = None

    @property
    def device_id(self) -> int:
        """The device that opened it."""
        return self.authority.device_id

    @property
    def key(self) -> tuple[UUID, int, int]:
        """Session, device and credential."""
        return self.id, self.device_id, self.authority.credential_id

    def end(self, reason: str) -> None:
        """Have the consumer close the socket, for one of the reasons of ``CLOSES``."""
        self.close(CLOSES[reason], reason)

    def mark(self, now: float) -> Mark:
        """Return what PostgreSQL should know of it."""
        mark = Mark(self.id, self.device_id, now - self.seen, self.skew_ms)
        if self.beat is None:
            return mark
        oldest = self.beat.oldest
        return Mark(
            mark.session,
            mark.device_id,
            mark.age_s,
            mark.skew_ms,
            now - self.beat_at,
            self.beat.waiting,
            None if oldest is None else dt.datetime.fromtimestamp(oldest / 1000, dt.UTC),
            self.beat.spool_bytes,
            self.beat.read_errors,
        )


@dataclass(eq=False, slots=True)
class Ended:
    """A socket that closed and whose end is not written yet."""

    session: Session
    code: int
    reason: str
    writing: bool = True  # the first attempt is under way


@dataclass(slots=True)
class Book:
    """What one process knows of who is there."""

    open: dict[UUID, Session] = field(default_factory=dict)
    ended: dict[UUID, Ended] = field(default_factory=dict)
    posts: dict[int, float] = field(default_factory=dict)  # device id -> when it last posted


def heartbeat_s() -> float:
    """Longest time between two frames of a healthy gateway, seconds."""
    return float(settings.GATEWAY_HEARTBEAT_S)


def silent_s() -> float:
    """Time without a frame after which a device counts as lost, seconds."""
    return 3 * heartbeat_s()


def tick_s() -> float:
    """Time between two looks at the sessions, seconds."""
    return min(1.0, heartbeat_s())
