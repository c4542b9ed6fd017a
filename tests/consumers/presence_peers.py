"""What the tests of presence share: sockets without a network, and waiting for what must come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from devices.models import Connection, Device, DeviceState
from devices.registry import issue_token
from devices.tokens import Authority, authenticate
from edge import wire
from realtime.database import in_database
from realtime.presence import Presence

DEADLINE_S = 20.0  # far beyond what anything here takes, also on a busy machine


@dataclass(eq=False)
class Peer:
    """A socket as presence sees it: it can be told to close."""

    authority: Authority
    session: UUID = field(default_factory=uuid4)
    told: list[tuple[wire.Close, str]] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def close(self, close: wire.Close, reason: str) -> None:
        self.told.append((close, reason))
        self.ended.set()

    async def open(self, presence: Presence) -> None:
        await presence.opened(
            self.authority,
            session=self.session,
            remote="192.0.2.1",
            agent="test",
            skew_ms=0,
            close=self.close,
        )

    async def was_closed(self) -> tuple[wire.Close, str]:
        async with asyncio.timeout(DEADLINE_S):
            await self.ended.wait()
        return self.told[0]


def authority_of(device: Device) -> Authority:
    """Issue a token and show it."""
    return authenticate(f"Bearer {issue_token(device=device).token}")


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for something that must come true."""
    deadline = time.monotonic() + DEADLINE_S
    while not await condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {DEADLINE_S:g} s"
        await asyncio.sleep(0.02)


async def is_connected(device: Device) -> bool:
    """Read the state that every page goes by."""
    state = await in_database(lambda: DeviceState.objects.filter(device=device).first())
    return state is not None and state.connected


async def went_offline(device: Device) -> None:
    """Wait until the device is marked offline."""

    async def is_offline() -> bool:
        return not await is_connected(device)

    await until(is_offline, f"{device.uid} going offline")


async def history() -> list[tuple[UUID, int | None, str]]:
    """Return session, close code and reason of all connections, oldest first."""
    rows = Connection.objects.order_by("opened_at").values_list("session", "close_code", "reason")
    return await in_database(lambda: list(rows))


def die(presence: Presence) -> None:
    """Have a web process end as by kill -9: nothing more is written or told."""
    for task in presence._background:
        task.cancel()


async def keep_talking(presence: Presence, peer: Peer) -> None:
    """Send a frame every now and then until cancelled."""
    while True:
        presence.seen(peer.session)
        await asyncio.sleep(0.05)
