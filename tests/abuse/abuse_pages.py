"""Pages as a test drives them: one in a thread that reads and acknowledges, as a browser does."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Self

from abuse_peers import Socket
from abuse_plant import Plant
from abuse_web import WebServer


class LivePage(Socket):
    """The live socket of the plant's user."""

    def __init__(self, web: WebServer, plant: Plant, *, receive_buffer: int | None = None) -> None:
        super().__init__(web.port, receive_buffer=receive_buffer)
        fields = [("Origin", web.origin), ("Cookie", f"sessionid={plant.session}")]
        assert self.open("/ws/v1/live", fields) == 101
        assert self.hear()["t"] == "welcome"

    def subscribe(self, *channels: str) -> None:
        for channel in channels:
            self.say({"t": "sub", "ch": channel})

    def next(self) -> Any:
        """Return the next message; a batch is acknowledged."""
        message = self.hear()
        if message is not None and message["t"] == "b":
            self.say({"t": "a", "n": message["n"]})
        return message


class Reader:
    """A page that reads all it gets until the end of the block."""

    def __init__(self, page: LivePage) -> None:
        self.deltas = 0
        self.ended = False
        self._page = page
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._page.__exit__(kind, error, trace)

    def _run(self) -> None:
        while not self._stop.is_set():
            message = self._page.next()
            if message is None:
                self.ended = True
                return
            if message["t"] == "b":
                self.deltas += sum(each["t"] == "d" for each in message["m"])
