"""A page as a browser keeps it: it subscribes, applies what comes, and returns when it is cut."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

from tests.faults.network import Network

RETRY_S: Final = 0.3
SILENCE_S: Final = 12.0  # the server says something every 5 s; after twice that it is gone
OPEN_S: Final = 5.0
KEPT: Final = ("t", "v", "q", "r", "raw")  # of a tag's snapshot; the rest is the registry's

Message = dict[str, Any]
View = dict[str, dict[int, Any]]  # channel -> key -> what is shown


@dataclass
class Page:
    """What is shown, by channel; and how it came to be."""

    port: int
    session: str
    channels: tuple[str, ...]
    shown: View = field(default_factory=dict)
    connections: int = 0  # that brought a snapshot of every channel, or what was missed of it
    deltas: int = 0
    holes: int = 0  # events whose number was not the next one
    refused: list[str] = field(default_factory=list)  # channels that the server would not give

    def __post_init__(self) -> None:
        self._since: dict[str, Message] = {}
        self._unheard: set[str] = set()

    async def stay_open(self) -> None:
        """Connect, and connect again, until cancelled."""
        while True:
            try:
                async with self._connect() as socket:
                    await self._follow(socket)
            except (OSError, TimeoutError, WebSocketException):
                pass  # the server is away or being broken; a browser tries again, too
            await asyncio.sleep(RETRY_S)

    async def look_once(self) -> View:
        """Open a socket, take a snapshot of every channel, and close it."""
        async with asyncio.timeout(SILENCE_S), self._connect() as socket:
            await self._subscribe(socket)
            while self._unheard:
                await self._take(socket, json.loads(await socket.recv()))
        return self.shown

    def _connect(self) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/ws/v1/live",
            origin=Origin(f"http://127.0.0.1:{self.port}"),
            additional_headers={"Cookie": f"sessionid={self.session}"},
            subprotocols=[Subprotocol("sentinel.v1")],
            proxy=None,
            open_timeout=OPEN_S,
            close_timeout=1,
            ping_interval=None,
            max_size=None,
        )

    async def _follow(self, socket: ClientConnection) -> None:
        await self._subscribe(socket)
        while True:
            async with asyncio.timeout(SILENCE_S):
                text = await socket.recv()
            waited = bool(self._unheard)
            await self._take(socket, json.loads(text))
            self.connections += waited and not self._unheard

    async def _subscribe(self, socket: ClientConnection) -> None:
        self._unheard = set(self.channels)
        for channel in self.channels:
            await self._ask(socket, channel)

    async def _ask(self, socket: ClientConnection, channel: str) -> None:
        since = self._since.get(channel)
        frame = {"t": "sub", "ch": channel} | ({"since": since} if since else {})
        await socket.send(json.dumps(frame))

    async def _take(self, socket: ClientConnection, message: Message) -> None:
        kind, channel = message["t"], message.get("ch", "")
        if kind == "b":
            await socket.send(json.dumps({"t": "a", "n": message["n"]}))
            for part in message["m"]:
                await self._take(socket, part)
        elif kind == "snap":
            self.shown[channel] = dict(map(_shown, message["d"]))
            self._heard(message)
        elif kind == "resumed":
            self._heard(message)
        elif kind == "reset" or (kind == "d" and self._is_hole(message)):
            self._since.pop(channel, None)
            await self._ask(socket, channel)
        elif kind == "d":
            self._apply(message)
        elif kind == "err" and channel:  # without one it says why the connection ends
            self.refused.append(f"{channel} {message['code']}")

    def _heard(self, message: Message) -> None:
        self._unheard.discard(message["ch"])
        if message.get("ep"):
            self._since[message["ch"]] = {"ep": message["ep"], "o": message["o"]}

    def _is_hole(self, message: Message) -> bool:
        known = self._since.get(message["ch"])
        if "o" not in message or known is None:
            return False
        hole = bool(message["ep"] != known["ep"] or message["o"] > known["o"] + 1)
        self.holes += hole
        return hole

    def _apply(self, message: Message) -> None:
        self.deltas += 1
        shown = self.shown[message["ch"]]
        if "o" not in message:
            for k, t, v, q, r, *raw in message["d"]:
                if (known := shown[k])["t"] is None or t >= known["t"]:
                    shown[k] = {"t": t, "v": v, "q": q, "r": r, "raw": raw[0] if raw else None}
            return
        if message["o"] <= self._since.get(message["ch"], {"o": 0})["o"]:
            return  # in what was read from the database already
        self._since[message["ch"]] = {"ep": message["ep"], "o": message["o"]}
        row = message["d"]
        if row.get("gone"):
            shown.pop(row["id"], None)
        else:
            shown[row["id"]] = row


def _shown(row: Message) -> tuple[int, Message]:
    """Key and content of one row of a snapshot, of telemetry or of a state topic."""
    return (row["k"], {name: row[name] for name in KEPT}) if "k" in row else (row["id"], row)


def fresh_view(network: Network, page: Page) -> View:
    """What a new page of the same user shows now.

    Raises:
        OSError, WebSocketException: the server is away.
    """
    return network.do(Page(page.port, page.session, page.channels).look_once())
