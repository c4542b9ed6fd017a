"""The page's socket to the server, in the hands of a test."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from playwright.sync_api import Page, WebSocketRoute
from watched import PATIENCE_MS


def until(page: Page, condition: Callable[[], bool], found: Callable[[], str] = str) -> None:
    """Let the page work until something is true; ``found`` tells what was there instead."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not condition():
        assert time.monotonic() < deadline, found()
        page.wait_for_timeout(20)


class Line:
    """Passes on what both sides say, unless the test has other plans."""

    def __init__(self, page: Page) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.sent: list[dict[str, object]] = []
        self.passed: list[str] = []
        self.dropped: list[str] = []
        self.replace = ("", "")  # text in the server's messages, and what the page reads instead
        self.drop = ""  # messages of the server that contain this do not arrive
        page.route_web_socket("**/ws/v1/live", self.open)

    def open(self, socket: WebSocketRoute) -> None:
        """Take a new socket of the page."""
        self.sockets.append(socket)
        server = socket.connect_to_server()

        def down(message: str | bytes) -> None:
            text = message if isinstance(message, str) else message.decode()
            text = text.replace(*self.replace) if self.replace[0] else text
            if self.drop and self.drop in text:
                self.dropped.append(text)
            else:
                self.passed.append(text)
                socket.send(text)

        def up(message: str | bytes) -> None:
            text = message if isinstance(message, str) else message.decode()
            self.sent.append(json.loads(text))
            server.send(text)

        server.on_message(down)
        socket.on_message(up)

    def has_devices(self) -> bool:
        """Say whether the first snapshot of the devices has reached the page."""
        return any('"snap","ch":"devices' in text for text in self.passed)

    def resumptions(self) -> list[dict[str, object]]:
        """Return the subscriptions that went on where an earlier one had stopped."""
        return [frame for frame in self.sent if frame["t"] == "sub" and "since" in frame]

    def cut(self, code: int) -> None:
        """Close the page's present socket."""
        self.sockets[-1].close(code=code, reason="")
