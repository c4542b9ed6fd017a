"""A gateway that is configured by the server, for tests that speak to the real application."""

from __future__ import annotations

from typing import Any

from django.db import connection
from gateway_peer import Gateway
from presence_peers import until

from edge import wire
from edge.wire.configuration import Document, unpack
from realtime.database import in_database


class Configured(Gateway):
    """Keeps what it hears by type, and puts configurations together."""

    async def hear_a(self, kind: str) -> Any:
        """Return the next frame of a type; others on the way are passed over."""
        while (frame := await self.hear())["type"] != kind:
            pass
        return frame

    async def hear_configuration(self) -> tuple[int, Document]:
        """Return the next version, whole."""
        parts = [await self.hear_a("configuration")]
        while parts[-1]["part"] < parts[-1]["parts"]:
            parts.append(await self.hear_a("configuration"))
        assert [part["part"] for part in parts] == list(range(1, len(parts) + 1))
        assert len({part["version"] for part in parts}) == 1
        text = "".join(part["text"] for part in parts)
        return parts[0]["version"], unpack(text, "GW-1")

    async def says_nothing_of(self, kind: str) -> None:
        """Make sure that nothing of this type is on the way: an answer overtakes nothing."""
        await self.say(wire.Event(seq=1, at=1, kind="test.ping", device="GW-1"))
        while (frame := await self.hear())["type"] != "ack":
            assert frame["type"] != kind


async def listening() -> None:
    """Wait until this process listens to what PostgreSQL tells."""
    await until(lambda: in_database(_is_listening), "listening")


def _is_listening() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity where query like 'listen sentinel_%'"
            " and state = 'idle' and datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
