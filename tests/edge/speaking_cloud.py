"""A cloud that speaks the protocol on loopback: a real websocket server with a fence in memory."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from edge.wire import (
    STREAMS,
    VERSION,
    Ack,
    Beat,
    Close,
    Data,
    Detection,
    Down,
    Error,
    Event,
    Gap,
    Hello,
    Limits,
    Nack,
    Stored,
    Stream,
    Tags,
    Up,
    Welcome,
    decode_binary,
    decode_up,
    encode,
)

Said = TypeVar("Said")

TOKEN = "a-good-token"
DEADLINE_S = 30.0


@dataclass
class Cloud:
    """What it stored, and how it behaves. Change the fields while it runs."""

    token: str = TOKEN
    limits: Limits = field(default_factory=Limits)
    acks: bool = True
    poison: set[tuple[Stream, int]] = field(default_factory=set)  # refused with an error and 4400
    names_poison: bool = True  # in the error frame; else it only closes
    hellos: list[Hello] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    subprotocols: list[str | None] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    stored: dict[tuple[str, Stream], list[Stored]] = field(default_factory=dict)
    duplicates: int = 0
    beats: list[Beat] = field(default_factory=list)
    tags: dict[int, tuple[str, str]] = field(default_factory=dict)
    last: dict[tuple[str, Stream], int] = field(default_factory=dict)
    heard: list[Up] = field(default_factory=list)  # everything after the hello, in order
    refusal: str = "unknown token"
    port: int = 0

    def __post_init__(self) -> None:
        self._changed = asyncio.Condition()
        self._server: Server | None = None
        self._socket: ServerConnection | None = None  # of the gateway that was welcomed last

    async def start(self) -> None:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self.port,
            ssl=self.tls,
            compression=None,
            select_subprotocol=_subprotocol,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def drop_everyone(self) -> None:
        """Cut all connections without a close frame."""
        assert self._server is not None
        for socket in list(self._server.connections):
            socket.transport.abort()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until a condition on this cloud holds."""
        async with asyncio.timeout(DEADLINE_S), self._changed:
            await self._changed.wait_for(true)

    async def touch(self) -> None:
        """Have the conditions looked at again."""
        async with self._changed:
            self._changed.notify_all()

    async def send(self, frame: Down) -> None:
        """Say something to the gateway that was welcomed last."""
        assert self._socket is not None
        await _say(self._socket, frame)

    def accepts(self, token: str) -> bool:
        """Say whether this token lets a gateway in."""
        return token == self.token

    async def after_welcome(self) -> None:
        """For a cloud that has more to say."""

    def heard_of(self, kind: type[Said]) -> list[Said]:
        """The frames of a kind, in order."""
        return [frame for frame in self.heard if isinstance(frame, kind)]

    @property
    def url(self) -> str:
        scheme = "wss" if self.tls else "ws"
        return f"{scheme}://127.0.0.1:{self.port}/ws/v1/gateway"

    def frames(self, stream: Stream) -> list[Stored]:
        """Everything stored in a stream, over all epochs, in order of arrival."""
        return [frame for (_, s), frames in self.stored.items() if s == stream for frame in frames]

    def readings(self, *streams: Stream) -> list[tuple[str, str, int, float | None, int]]:
        """Stored readings as (device, tag, source ms, value, quality)."""
        found = []
        for stream in streams or STREAMS:
            for frame in self.frames(stream):
                if isinstance(frame, Data):
                    for i, (dt, n, v) in enumerate(zip(frame.dt, frame.tag, frame.v, strict=True)):
                        quality = frame.q[i] if frame.q else 192
                        found.append((*self.tags[n], frame.t0 + dt, v, quality))
        return found

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.headers.append({k.lower(): v for k, v in socket.request.headers.raw_items()})
        self.subprotocols.append(socket.subprotocol)
        shown = socket.request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not self.accepts(shown):
            await self.touch()
            await socket.send(encode(Error("unauthorized", self.refusal)))
            await socket.close(Close.UNAUTHORIZED)
            return
        try:
            hello = decode_up(await socket.recv())
            assert isinstance(hello, Hello)
            await self._greet(socket, hello)
            async for message in socket:
                frame = decode_binary(message) if isinstance(message, bytes) else decode_up(message)
                await self._take(socket, hello.epoch, frame)
                await self.touch()
        except ConnectionClosed:
            pass  # the tests cut connections on purpose

    async def _greet(self, socket: ServerConnection, hello: Hello) -> None:
        self.hellos.append(hello)
        self.tags |= {decl.n: (decl.device, decl.name) for decl in hello.tags}
        welcome = Welcome(
            v=VERSION,
            session="s",
            wall=time.time_ns() // 1_000_000,
            heartbeat_s=1.0,
            limits=self.limits,
            last={stream: self.last.get((hello.epoch, stream), 0) for stream in STREAMS},
        )
        await socket.send(encode(welcome))
        self._socket = socket
        await self.touch()
        await self.after_welcome()

    async def _take(self, socket: ServerConnection, epoch: str, frame: Up) -> None:
        self.heard.append(frame)
        if isinstance(frame, Beat):
            self.beats.append(frame)
        elif isinstance(frame, Tags):
            self.tags |= {decl.n: (decl.device, decl.name) for decl in frame.tags}
        elif isinstance(frame, Stored):
            is_event = isinstance(frame, Event | Detection)
            stream: Stream = "events" if is_event else frame.stream
            if (stream, frame.seq) in self.poison and not isinstance(frame, Gap):
                if self.names_poison:
                    await _say(socket, Error("bad_frame", "poison", stream, frame.seq))
                await socket.close(Close.BAD_FRAME)
                return
            await self._fence(socket, epoch, stream, frame)

    async def _fence(
        self, socket: ServerConnection, epoch: str, stream: Stream, frame: Stored
    ) -> None:
        last = self.last.get((epoch, stream), 0)
        first = frame.seq_from if isinstance(frame, Gap) else frame.seq
        if first > last + 1:
            await _say(socket, Nack(stream, last, "out_of_order"))
            return
        if frame.seq <= last:
            self.duplicates += 1
        else:
            self.stored.setdefault((epoch, stream), []).append(frame)
            self.last[epoch, stream] = frame.seq
        if self.acks:
            await _say(socket, Ack(stream, self.last[epoch, stream]))


def _subprotocol(_: ServerConnection, offered: object) -> str | None:
    assert isinstance(offered, Sequence)
    return "sentinel.gateway.v1" if "sentinel.gateway.v1" in offered else None


async def _say(socket: ServerConnection, frame: Down) -> None:
    """Say something if the peer is still there; what it said before it left is read in any case."""
    with contextlib.suppress(ConnectionClosed):
        await socket.send(encode(frame))
