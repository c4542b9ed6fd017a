"""A small plant in the registry and a gateway that speaks for it over the real websocket."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from websockets.sync.client import ClientConnection, connect

from devices.models import Device, Site, Tag
from devices.registry import create_device, create_site, issue_token
from edge import wire
from project.env import database_from_url

PASSWORD = "correct horse 7 battery"
P = ParamSpec("P")
R = TypeVar("R")

_thread = ThreadPoolExecutor(1, thread_name_prefix="registry")


def registry(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call something that touches the database.

    Playwright keeps an event loop in the main thread, where Django refuses to work.
    """
    return _thread.submit(function, *args, **kwargs).result()


def use_database(url: str) -> None:
    """Let the registry's thread work on this database."""
    settings = connections.settings["default"] | database_from_url("DATABASE_URL", url)
    connections["default"] = connections["default"].__class__(settings, "default")


def close_database() -> None:
    """Let go of the database."""
    connections.close_all()


def now_ms() -> int:
    """Time of this machine, epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass
class Plant:
    """A site with a gateway, devices behind it, and a user who may see it."""

    mark: str = field(default_factory=lambda: secrets.token_hex(3).upper())
    time_zone: str = "Asia/Shanghai"
    site: Site = field(init=False)
    gateway: Device = field(init=False)
    user: User = field(init=False)
    tags: dict[str, Tag] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)

    def __post_init__(self) -> None:
        slug = self.mark.lower()
        self.site = create_site(slug=slug, name=f"Plant {self.mark}", time_zone=self.time_zone)
        self.gateway = create_device(uid=f"GW-{self.mark}", name="Gateway", site=self.site)
        self.user = User.objects.create_user(f"operator-{slug}", password=PASSWORD)
        self.site.members.add(self.user)

    def add_device(self, name: str, *, area: str = "Hall A", direct: bool = False) -> Device:
        """Add a device behind the gateway, or one that connects by itself."""
        device = registry(
            create_device,
            uid=f"{name}-{self.mark}",
            name=f"{name} of {self.mark}",
            site=self.site,
            area=area,
            via=None if direct else self.gateway,
        )
        self.devices[name] = device
        return device

    def add_tag(self, device: Device, name: str, **fields: Any) -> Tag:
        """Add a tag; it is pinned unless told otherwise."""
        known = {"unit": "°C", "decimals": 1, "low": 50, "high": 80, "pinned": True} | fields
        tag = registry(Tag.objects.create, device=device, name=name, **known)
        self.tags[name] = tag
        return tag

    def session_cookie(self) -> str:
        """Sign the user in and return the session's key."""

        def sign_in() -> str:
            session = SessionStore()
            session[SESSION_KEY] = str(self.user.pk)
            session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
            session[HASH_SESSION_KEY] = self.user.get_session_auth_hash()
            session.create()
            return str(session.session_key)

        return registry(sign_in)

    def end_sessions(self, key: str) -> None:
        """End a session on the server."""
        registry(SessionStore(key).delete)


class Gateway:
    """Says what a gateway says. Each tag gets its number when the connection is made."""

    def __init__(self, plant: Plant, url: str) -> None:
        self.plant = plant
        self.url = url.replace("http", "ws") + "/ws/v1/gateway"
        self.epoch = secrets.token_hex(8)
        self.next: dict[wire.Stream, int] = {"events": 1, "live": 1, "history": 1}
        self.token = registry(issue_token, device=plant.gateway, by=None).token
        self.socket: ClientConnection | None = None
        self.open = ExitStack()

    def connect(self) -> None:
        """Connect and introduce the tags."""
        header = {"Authorization": f"Bearer {self.token}"}
        socket = connect(self.url, additional_headers=header, proxy=None)
        self.socket = self.open.enter_context(socket)
        self._send(
            wire.Hello(
                v=wire.VERSION,
                uid=self.plant.gateway.uid,
                epoch=self.epoch,
                next=dict(self.next),
                wall=now_ms(),
                tags=[
                    wire.TagDecl(
                        n=tag.pk,
                        device=tag.device.uid,
                        name=name,
                        unit=tag.unit,
                        scan_ms=tag.scan_ms,
                        silence_ms=tag.silence_ms,
                    )
                    for name, tag in self.plant.tags.items()
                ],
            )
        )
        welcome = self._read()
        assert isinstance(welcome, wire.Welcome), welcome
        assert welcome.unknown == []

    def say(
        self,
        name: str,
        value: float | None,
        *,
        quality: int = wire.Quality.GOOD,
        at: int | None = None,
        raw: str | None = None,
        stream: wire.DataStream = "live",
    ) -> None:
        """Send one reading and wait until it is stored."""
        self.say_many(name, [(at or now_ms(), value)], quality=quality, raw=raw, stream=stream)

    def say_many(
        self,
        name: str,
        readings: list[tuple[int, float | None]],
        *,
        quality: int = wire.Quality.GOOD,
        raw: str | None = None,
        stream: wire.DataStream = "live",
    ) -> None:
        """Send readings in one frame and wait until they are stored."""
        t0 = readings[0][0]
        self._commit(
            stream,
            wire.Data(
                stream=stream,
                seq=self.next[stream],
                t0=t0,
                dt=[at - t0 for at, _ in readings],
                tag=[self.plant.tags[name].pk] * len(readings),
                v=[value for _, value in readings],
                q=[quality] * len(readings),
                raw=None if raw is None else {0: raw},
            ),
        )

    def say_wrongly(self, name: str, quality: int) -> None:
        """Send a reading without a value that its quality promises, and wait until it is judged."""
        frame = wire.Data(
            "live", self.next["live"], now_ms(), [0], [self.plant.tags[name].pk], [None]
        )
        frame.q = [quality]
        self._commit("live", frame, bad=1)

    def tell(self, device: Device, kind: str, detail: str = "") -> None:
        """Send an event and wait until it is stored."""
        event = wire.Event(
            seq=self.next["events"], at=now_ms(), kind=kind, device=device.uid, detail=detail
        )
        self._commit("events", event)

    def beat(self, **fields: Any) -> None:
        """Send a heartbeat; the server notes it within ten seconds."""
        self._send(wire.Beat(wall=now_ms(), **fields))

    def tell_health(self, *units: wire.UnitHealth) -> None:
        """Say how devices answer."""
        self._send(wire.Health(units=list(units)))

    def drop(self, stream: wire.Stream, count: int, *, readings: int, reason: Any) -> None:
        """Send a gap record in the place of so many frames, and wait until it is stored."""
        first = self.next[stream]
        self.next[stream] += count - 1
        gap = wire.Gap(
            stream=stream,
            seq_from=first,
            seq=first + count - 1,
            first=now_ms() - 5000,
            last=now_ms() - 1000,
            readings=readings,
            reason=reason,
        )
        self._commit(stream, gap)

    def answer_probe(self, *words: int, error: str = "") -> wire.Probe:
        """Wait for a probe and answer it."""
        while not isinstance(probe := self._read(), wire.Probe):
            pass
        self._send(wire.Answer(id=probe.id, words=list(words), error=error, latency_ms=4.2))
        return probe

    def leave(self) -> None:
        """Close the connection."""
        self.open.close()
        self.socket = None

    def _commit(self, stream: wire.Stream, frame: wire.Up, bad: int = 0) -> None:
        self._send(frame)
        self.next[stream] += 1
        while True:
            answer = self._read()
            if isinstance(answer, wire.Ack) and answer.stream == stream:
                assert len(answer.bad) == bad, answer
                if answer.seq >= self.next[stream] - 1:
                    return
            assert not isinstance(answer, wire.Error | wire.Nack), answer

    def _send(self, frame: wire.Up) -> None:
        assert self.socket
        self.socket.send(wire.encode(frame), text=True)

    def _read(self) -> wire.Down:
        assert self.socket
        return wire.decode_down(self.socket.recv(timeout=30))
