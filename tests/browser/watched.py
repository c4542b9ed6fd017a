"""What the tests of this folder share: how the browser is started, what must not happen in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000  # for conditions that come true in a moment, also on a busy machine

OpenContext = Callable[..., BrowserContext]
SignIn = Callable[..., Page]
Run = Callable[[str], Any]


class Watch:
    """Collects what must not happen on a page."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.complaints: list[str] = []
        self.allowed: list[str] = []

    def allow(self, pattern: str) -> None:
        """Expect complaints of this kind."""
        self.allowed.append(pattern)

    def follow(self, page: Page) -> None:
        """Watch a page from now on."""
        page.on("console", lambda m: self._hear(m.type, f"{m.text} {m.location.get('url', '')}"))
        page.on("pageerror", lambda error: self._hear("error", str(error)))
        page.on("request", lambda request: self._see(request.url))
        page.on("websocket", lambda socket: self._see(socket.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(f"{kind}: {text}")

    def _see(self, url: str) -> None:
        own = self.origin.removeprefix("http")
        if not url.startswith((f"http{own}", f"ws{own}", "data:", "blob:")):
            self.complaints.append(f"request to {url}")

    def verify(self) -> None:
        """Fail for everything that was not expected."""
        pattern = "|".join(self.allowed) or r"(?!)"
        strange = [text for text in self.complaints if not re.search(pattern, text)]
        assert strange == [], strange
