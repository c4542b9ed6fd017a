"""What a hostile page may say on the live socket, and who may try to open a socket at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from abuse_peers import frame

NONSENSE: Final = frame("{")


def say(**message: object) -> bytes:
    return frame(json.dumps(message))


SAYINGS: Final[dict[str, bytes]] = {
    "live-not-json": NONSENSE,
    "live-nonsense-11-times": NONSENSE * 11,
    "live-empty": frame(""),
    "live-deep": frame("[" * 4000),
    "live-array": frame("[]"),
    "live-null": frame("null"),
    "live-nan": frame('{"t":"ping","c":NaN}'),
    "live-1e999": frame('{"t":"ping","c":1e999}'),
    "live-unknown-type": say(t="command", value=1),
    "live-no-type": say(ch="devices:1"),
    "live-surrogate": frame('{"t":"sub","ch":"\\ud800"}'),
    "live-bytes": frame(b"\0", 2),
    "live-5-kib": say(t="sub", ch="x" * 5000),
    "live-600-kib": say(t="sub", ch="x" * 600_000),
    "live-channel-long": say(t="sub", ch="x" * 65),
    "live-channel-unknown": say(t="sub", ch="weather:1"),
    "live-channel-sql": say(t="sub", ch="devices:1 or 1=1"),
    "live-channel-nul": say(t="sub", ch="devices:1\0"),
    "live-channel-huge": say(t="sub", ch="tel:device:999999999999999999"),
    "live-unsubscribe-unknown": say(t="unsub", ch="nothing"),
    "live-ack-never-sent": say(t="a", n=999),
    "live-ack-negative": say(t="a", n=-1),
    "live-ack-2-53": say(t="a", n=2**53),
    "live-since-text": say(t="sub", ch="devices:1", since="yesterday"),
    "live-hidden-number": say(t="vis", hidden=1),
    "live-1000-subscribes": b"".join(say(t="sub", ch=f"devices:{10_000 + i}") for i in range(1000)),
}


@dataclass
class Knock:
    """A handshake: the path and the header fields."""

    path: str
    fields: list[tuple[str, str]]


@dataclass
class Keys:
    """What a stranger may have got hold of."""

    origin: str
    session: str
    token: str
    revoked: str
    expired: str
    disabled: str

    def live(self, *fields: tuple[str, str], path: str = "/ws/v1/live") -> Knock:
        return Knock(path, list(fields))

    def gateway(self, *fields: tuple[str, str], path: str = "/ws/v1/gateway") -> Knock:
        return Knock(path, list(fields))

    def bearer(self, token: str | None = None) -> tuple[str, str]:
        return ("Authorization", f"Bearer {self.token if token is None else token}")

    @property
    def own(self) -> tuple[str, str]:
        return ("Origin", self.origin)

    @property
    def cookie(self) -> tuple[str, str]:
        return ("Cookie", f"sessionid={self.session}")


def never_issued(token: str) -> str:
    """Return a well-formed token that nobody was given."""
    from devices.tokens import make_token

    fresh = make_token().text
    assert fresh != token
    return fresh


KNOCKS: Final[dict[str, Callable[[Keys], Knock]]] = {
    # ---- at the door of the pages
    "knock-no-cookie": lambda k: k.live(k.own),
    "knock-cookie-garbage": lambda k: k.live(k.own, ("Cookie", "sessionid=../../x; ;;=")),
    "knock-cookie-nul": lambda k: k.live(k.own, ("Cookie", 'sessionid="\\000aaaaaaaa"')),
    "knock-cookie-long": lambda k: k.live(k.own, ("Cookie", "sessionid=" + "a" * 5000)),
    "knock-cookie-guess": lambda k: k.live(k.own, ("Cookie", "sessionid=" + "a" * 32)),
    "knock-token-of-a-device": lambda k: k.live(k.own, k.bearer()),
    "knock-no-origin": lambda k: k.live(k.cookie),
    "knock-evil-origin": lambda k: k.live(k.cookie, ("Origin", "http://evil.example")),
    "knock-other-port": lambda k: k.live(k.cookie, ("Origin", "http://127.0.0.1:1")),
    "knock-other-scheme": lambda k: k.live(k.cookie, ("Origin", k.origin.replace("http", "https"))),
    "knock-origin-null": lambda k: k.live(k.cookie, ("Origin", "null")),
    "knock-origin-suffix": lambda k: k.live(k.cookie, ("Origin", k.origin + ".evil.example")),
    "knock-two-origins": lambda k: k.live(k.cookie, k.own, ("Origin", "http://evil.example")),
    "knock-other-path": lambda k: k.live(k.own, k.cookie, path="/ws/v1/live/../gateway"),
    "knock-nowhere": lambda k: k.live(k.own, k.cookie, path="/ws/v2/live"),
    # ---- at the door of the gateways
    "knock-no-token": lambda k: k.gateway(),
    "knock-token-empty": lambda k: k.gateway(k.bearer("")),
    "knock-token-truncated": lambda k: k.gateway(k.bearer(k.token[:40])),
    "knock-token-checksum": lambda k: k.gateway(k.bearer(k.token[:-6] + "aaaaaa")),
    "knock-token-upper-case": lambda k: k.gateway(k.bearer(k.token.upper())),
    "knock-token-never-issued": lambda k: k.gateway(k.bearer(never_issued(k.token))),
    "knock-token-twice": lambda k: k.gateway(k.bearer(k.token + " " + k.token)),
    "knock-token-long": lambda k: k.gateway(k.bearer(k.token + "a" * 5000)),
    "knock-token-basic": lambda k: k.gateway(("Authorization", f"Basic {k.token}")),
    "knock-token-in-query": lambda k: k.gateway(path=f"/ws/v1/gateway?token={k.token}"),
    "knock-token-in-protocol": lambda k: k.gateway(("Sec-WebSocket-Protocol", k.token)),
    "knock-token-revoked": lambda k: k.gateway(k.bearer(k.revoked)),
    "knock-token-expired": lambda k: k.gateway(k.bearer(k.expired)),
    "knock-token-of-disabled": lambda k: k.gateway(k.bearer(k.disabled)),
    "knock-with-cookie": lambda k: k.gateway(k.bearer(), k.cookie),
    "knock-with-origin": lambda k: k.gateway(k.bearer(), k.own),
}
