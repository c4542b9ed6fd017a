"""A cloud that configures its gateway and renews its token, and one that reads like a plant."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field

from speaking_cloud import Cloud

from edge.profile import Point
from edge.wire import Configuration, Configured, Kept, Token, Up
from edge.wire.configuration import (
    ConnectionConfig,
    DeviceConfig,
    Document,
    pack,
    parts_of,
)


def new_token() -> str:
    """A token as the real cloud makes them."""
    lookup = base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12]
    secret = secrets.token_urlsafe(32)
    digest = hashlib.sha256(f"snt_{lookup}_{secret}".encode()).digest()
    return f"snt_{lookup}_{secret}_{base64.b32encode(digest[:5]).decode().lower()[:6]}"


def document(port: int, *tags: str, unit: int = 1, scan_ms: int = 50) -> Document:
    """One device D1, whose tags are the registers 4, 5, and so on."""
    points = [
        Point(name=name, address=4 + i, type="uint16", scan_ms=scan_ms)
        for i, name in enumerate(tags)
    ]
    device = DeviceConfig(uid="D1", connection="plc", unit=unit, tags=points)
    connection = ConnectionConfig(name="plc", host="127.0.0.1", port=port)
    return Document(connections=[connection], devices=[device])


@dataclass
class TellingCloud(Cloud):
    """Sends the configuration that the gateway does not run, and a token that it did not keep.

    It is the strictest that the real one may be: with the first use of a new token the old one is
    worth nothing any more.
    """

    tokens: set[str] = field(default_factory=set)
    wanted: tuple[int, str] | None = None  # version and packed text of its configuration
    fresh: str = ""  # token of a rotation that the gateway has not shown yet

    def accepts(self, token: str) -> bool:
        if self.fresh and token == self.fresh:
            self.tokens, self.fresh = {token}, ""
        return token in self.tokens

    async def after_welcome(self) -> None:
        if self.wanted and self.hellos[-1].config != self.wanted[0]:
            await self.configure()
        if self.fresh:
            await self.send(Token(self.fresh))

    async def configure(self) -> None:
        assert self.wanted is not None
        version, text = self.wanted
        parts = parts_of(text)
        for i, part in enumerate(parts):
            await self.send(Configuration(version, i + 1, len(parts), part))

    def want(self, version: int, wanted: Document) -> None:
        self.wanted = version, pack(wanted)

    async def change(self, version: int, wanted: Document) -> None:
        self.want(version, wanted)
        await self.configure()

    async def rotate(self) -> str:
        self.fresh = new_token()
        await self.send(Token(self.fresh))
        return self.fresh

    def answers(self) -> list[tuple[int, list[str]]]:
        return [(frame.version, frame.mistakes) for frame in self.heard_of(Configured)]

    def kept(self) -> list[str]:
        return [frame.lookup for frame in self.heard_of(Kept)]

    def shown(self) -> list[str]:
        return [headers["authorization"].removeprefix("Bearer ") for headers in self.headers]

    def order(self) -> list[type[Up]]:
        return [type(frame) for frame in self.heard]
