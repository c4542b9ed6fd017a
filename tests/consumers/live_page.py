"""A page as the server sees it, and a plant for it to look at."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client

from devices.feed import refresh_devices
from devices.models import Device, DeviceState, Latest, Site, Tag
from project.asgi import application
from realtime import fanout
from realtime.database import in_database

ORIGIN = "http://localhost:8000"
DEADLINE_S = 20.0
Message = dict[str, Any]


class Plant:
    """A gateway with a pump that has six tags, a member who sees them, and a foreign site."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        self.site = Site.objects.create(slug="east", name="East works")
        self.member = User.objects.create_user("member")
        self.site.members.add(self.member)
        self.gateway = Device.objects.create(uid="GW-1", name="Gateway", site=self.site)
        DeviceState.objects.create(
            device=self.gateway, connected=True, changed_at=now, last_seen_at=now
        )
        self.pump = Device.objects.create(
            uid="PUMP-1", name="Pump", site=self.site, via=self.gateway
        )
        self.tags = [
            Tag.objects.create(device=self.pump, name=f"t{i}", pinned=i == 5) for i in range(6)
        ]
        self.foreign = Site.objects.create(slug="west", name="West works")
        self.foreign_device = Device.objects.create(uid="GW-2", name="Other", site=self.foreign)
        self.devices = f"devices:{self.site.pk}"
        self.overview = f"tel:site:{self.site.pk}"
        self.of_pump = f"tel:device:{self.pump.pk}"

    def sign_in(self, user: User | None = None) -> str:
        """Return the key of a new session."""
        client = Client()
        client.force_login(user or self.member)
        return client.cookies["sessionid"].value

    async def read(self, *values: tuple[int, float], publish: bool = True) -> list[list[Any]]:
        """Store readings as ingest does (index of the tag, value), and tell the pages."""
        now = now_ms()
        rows = [[self.tags[i].pk, now, value, 192, now, None] for i, value in values]
        await in_database(store_latest, rows)
        if publish:
            fanout.publish_readings(self.site.pk, rows)
        return rows


async def rename(device: Device, name: str) -> None:
    """Change a device the way a service does."""

    def change() -> None:
        Device.objects.filter(pk=device.pk).update(name=name)
        refresh_devices(site_id=device.site_id)

    await in_database(change)


def store_latest(rows: list[list[Any]]) -> None:
    for tag, source, value, quality, received, raw in rows:
        Latest.objects.update_or_create(
            tag_id=tag,
            defaults={
                "source_time": datetime.fromtimestamp(source / 1000, UTC),
                "received_time": datetime.fromtimestamp(received / 1000, UTC),
                "value": value,
                "quality": quality,
                "raw": raw,
            },
        )


class Page(WebsocketCommunicator):
    """Speaks to the live socket and acknowledges every batch."""

    def __init__(
        self, session: str | None, *, origin: str | None = ORIGIN, path: str = "/ws/v1/live"
    ) -> None:
        headers = [(b"cookie", f"sessionid={session}".encode())] if session else []
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        super().__init__(application, path, headers, ["sentinel.v1"])
        self.acks = True
        self.batches = 0
        self._waiting: deque[Message] = deque()

    async def open(self) -> Message:
        """Connect and return the welcome."""
        assert await self.connect(DEADLINE_S) == (True, "sentinel.v1")
        return await self.hear()

    async def subscribe(self, channel: str, **since: Any) -> Message:
        """Subscribe and return the first message about it."""
        await self.say(t="sub", ch=channel, **since)
        return await self.expect(lambda m: m.get("ch") == channel)

    async def say(self, **message: Any) -> None:
        await self.send_to(text_data=json.dumps(message))

    async def hear(self) -> Message:
        """Return the next message, out of a batch or on its own."""
        while not self._waiting:
            await self._take()
        return self._waiting.popleft()

    async def batch(self) -> list[Message]:
        """Return the messages of the next batch; what came before is forgotten."""
        self._waiting.clear()
        before = self.batches
        while self.batches == before:
            await self._take()
        messages = list(self._waiting)
        self._waiting.clear()
        return messages

    async def _take(self) -> None:
        message = json.loads(await self.receive_from(DEADLINE_S))
        if message["t"] == "b":
            self.batches += 1
            if self.acks:
                await self.say(t="a", n=message["n"])
            self._waiting.extend(message["m"])
        else:
            self._waiting.append(message)

    async def expect(self, wanted: Callable[[Message], bool]) -> Message:
        """Skip messages until the wanted one comes."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            message = await self.hear()
            if wanted(message):
                return message
        raise TimeoutError

    async def value(self, tag: Tag, wanted: float) -> None:
        """Wait until the page would show this value for a tag."""

        def shows(message: Message) -> bool:
            if message["t"] == "snap" and message["ch"].startswith("tel:"):
                return any(row["k"] == tag.pk and row["v"] == wanted for row in message["d"])
            if message["t"] == "d" and message["ch"].startswith("tel:"):
                return any(row[0] == tag.pk and row[2] == wanted for row in message["d"])
            return False

        await self.expect(shows)

    async def closed_with(self) -> tuple[str | None, int]:
        """Return the code of the last error message and the close code."""
        code = None
        while True:
            output = await self.receive_output(DEADLINE_S)
            if output["type"] == "websocket.close":
                return code, output["code"]
            message = json.loads(output["text"])
            if message["t"] == "err":
                code = message["code"]


def now_ms() -> int:
    return int(time.time() * 1000)


OpenPage = Callable[[], Awaitable[Page]]
