"""Gateways as a test drives them: one that may say anything, and some that only work."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from abuse_peers import BINARY, TEXT, Socket, frame
from abuse_plant import Plant
from abuse_web import WebServer
from gateway_inputs import Text, hello

from edge import wire

_numbers = itertools.count(1)


def address() -> tuple[str, str]:
    """Come from an address of one's own: ten wrong tokens block an address for a minute."""
    number = next(_numbers)
    return ("X-Forwarded-For", f"10.0.{number >> 8}.{number & 255}")


class Gateway(Socket):
    """A socket at the door of the gateways."""

    def __init__(self, web: WebServer, plant: Plant, name: str) -> None:
        super().__init__(web.port)
        self._uid = plant.uid(name)
        self._tags = plant.tags
        token = ("Authorization", f"Bearer {plant.tokens[name]}")
        assert self.open("/ws/v1/gateway", [token, address()]) == 101

    def greet(self) -> None:
        tags = [{"n": n, "device": self._uid, "name": f"t{n}"} for n in range(self._tags)]
        self.send(frame(hello(epoch=secrets.token_hex(8), tags=tags)(self._uid)))
        assert self.hear()["type"] == "welcome"

    def say_text(self, text: Text) -> None:
        self.send(frame(text, BINARY if isinstance(text, bytes) else TEXT))

    def answer(self) -> str:
        """Write the next answer as docs/abuse.md does."""
        message = self.hear()
        if message is None:
            return f"{self.close_code or 'cut'}"
        if message["type"] == "error":
            self.last_error = message["code"]
            return self.how_it_ended()
        if message["type"] == "welcome":
            return "unknown " + ",".join(map(str, message["unknown"]))
        if message["type"] == "nack":
            return f"nack {message['code']}"
        assert message["type"] == "ack", message
        codes = [bad["code"] for bad in message.get("bad", [])]
        return f"quarantine {','.join(codes)}" if codes else "ack"


class Worker:
    """A gateway in a thread of its own that sends a frame whenever the last one is stored."""

    def __init__(self, web: WebServer, plant: Plant, name: str, readings: Readings) -> None:
        self.acks = 0
        self._readings = readings
        self._gateway = Gateway(web, plant, name)
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name)

    def __enter__(self) -> Self:
        self._gateway.greet()
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
        self._gateway.__exit__(kind, error, trace)
        if error is None and self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            while not self._stop.wait(0.05):
                self._gateway.say_text(wire.encode(self._readings(self.acks + 1)))
                assert self._gateway.answer() == "ack"
                self.acks += 1
        except BaseException as error:  # noqa: BLE001 - raised again where the test sees it
            self._failure = error


Readings = Callable[[int], wire.Data]


def one_reading(seq: int) -> wire.Data:
    """One small reading a frame."""
    return wire.Data("live", seq, now_ms(), [0], [0], [1.0])


def long_texts(tags: int) -> Readings:
    """A frame that fills pages: a kilobyte of text for every tag, different every time."""

    def write(seq: int) -> wire.Data:
        texts = dict.fromkeys(range(tags), f"{seq} " + "x" * 1000)
        every = list(range(tags))
        return wire.Data("live", seq, now_ms(), [0] * tags, every, [None] * tags, None, texts)

    return write


def now_ms() -> int:
    """Time of this machine, epoch milliseconds."""
    return time.time_ns() // 1_000_000
