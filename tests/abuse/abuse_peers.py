"""Clients that may do anything: HTTP and websockets over a bare TCP connection."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

DEADLINE_S = 30.0  # for any answer, also on a busy machine
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
Headers = Mapping[str, str] | list[tuple[str, str]]


@dataclass
class Answer:
    """What came over HTTP. Status 0: nothing did, the connection just ended."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of an error of ours, or nothing."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return ""
        return str(found.get("code", "")) if isinstance(found, dict) else ""

    def __str__(self) -> str:
        """Write it as docs/abuse.md does."""
        return f"{self.status or 'cut'} {self.code}".strip()


class Peer:
    """One TCP connection. Whatever the server does with it is no error here."""

    def __init__(self, port: int, *, receive_buffer: int | None = None) -> None:
        self._socket = socket.socket()
        if receive_buffer is not None:  # before connecting: it decides about the window
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(DEADLINE_S)
        self._socket.connect(("127.0.0.1", port))
        self.local_port: int = self._socket.getsockname()[1]
        self._buffer = b""
        self.ended = ""  # how: "eof" or "reset"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def send(self, data: bytes) -> bool:
        """Send bytes; say whether the server still took them."""
        try:
            self._socket.sendall(data)
        except (ConnectionError, TimeoutError):
            return False
        return True

    def finish(self) -> None:
        """Send nothing more, but listen on."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.ended = self.ended or "reset"

    def read(self, size: int) -> bytes | None:
        """Return so many bytes, or None when the connection ended before.

        Raises:
            TimeoutError: nothing came.
        """
        while len(self._buffer) < size:
            if not self._more():
                return None
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def read_until(self, end: bytes) -> bytes | None:
        """Return everything up to and with ``end``, or None when the connection ended before."""
        while end not in self._buffer:
            if not self._more():
                return None
        head, _, self._buffer = self._buffer.partition(end)
        return head + end

    def read_rest(self) -> bytes:
        """Return everything until the server ends the connection."""
        while self._more():
            pass
        data, self._buffer = self._buffer, b""
        return data

    def _more(self) -> bool:
        try:
            data = self._socket.recv(1 << 16)
        except ConnectionError:
            self.ended = "reset"
            return False
        if not data:
            self.ended = "eof"
            return False
        self._buffer += data
        return True

    # ------------------------------------------------------------ HTTP

    def answer(self, *, body: bool = True) -> Answer:
        """Read the answer to a request; that to HEAD has no body."""
        head = self.read_until(b"\r\n\r\n")
        if head is None:
            return Answer(0, {}, b"")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = [line.partition(":") for line in lines if line]
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        size = headers.get("content-length")
        content = self.read(int(size)) if size is not None and body else None
        return Answer(int(first.split()[1]), headers, content or b"")


def request(
    method: str, path: str, headers: Headers | None = None, body: bytes | None = None
) -> bytes:
    """Write an HTTP request; with a body and without its length, the length is added."""
    pairs = [("Host", "127.0.0.1"), *_pairs(headers or {})]
    names = {name.lower() for name, _ in pairs}
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        pairs.append(("Content-Length", str(len(body))))
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in pairs) + "\r\n"
    return head.encode("latin-1") + (body or b"")


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    return headers if isinstance(headers, list) else list(headers.items())


# ---------------------------------------------------------------- websockets


def frame(
    payload: bytes | str,
    opcode: int = TEXT,
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
) -> bytes:
    """Write one client frame, well formed or not."""
    data = payload.encode() if isinstance(payload, str) else payload
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    mask_bit = 0x80 if masked else 0
    if len(data) < 126:
        head = struct.pack("!BB", first, mask_bit | len(data))
    elif len(data) < 1 << 16:
        head = struct.pack("!BBH", first, mask_bit | 126, len(data))
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, len(data))
    if not masked:
        return head + data
    mask = os.urandom(4)
    size = len(data)
    whole = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return head + mask + (int.from_bytes(data, "big") ^ whole).to_bytes(size, "big")


class Socket(Peer):
    """A websocket, once ``open`` was answered with 101."""

    def __init__(self, port: int, *, receive_buffer: int | None = None) -> None:
        super().__init__(port, receive_buffer=receive_buffer)
        self.upgrade = ""  # the answer to the handshake
        self.close_code = 0
        self.last_error = ""

    def open(self, path: str, headers: Headers | None = None, *, version: str = "13") -> int:
        """Ask for the upgrade; return the status."""
        key = base64.b64encode(os.urandom(16)).decode()
        pairs = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", key),
            ("Sec-WebSocket-Version", version),
            *_pairs(headers or {}),
        ]
        self.send(request("GET", path, pairs))
        self.upgrade = (self.read_until(b"\r\n\r\n") or b"").decode("latin-1")
        return int(self.upgrade.split()[1]) if self.upgrade else 0

    def say(self, message: Any) -> bool:
        """Send one message as JSON."""
        return self.send(frame(json.dumps(message)))

    def hear(self) -> Any:
        """Return the next message, or None when the connection ended; pings are answered.

        Raises:
            TimeoutError: nothing came.
        """
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            found = self._frame()
            if found is None:
                return None
            opcode, payload = found
            if opcode == PING:
                self.send(frame(payload, PONG))
            elif opcode == CLOSE:
                self.close_code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                self.send(frame(payload, CLOSE))
                return None
            elif opcode == TEXT:
                return json.loads(payload)
        raise TimeoutError

    def how_it_ended(self) -> str:
        """Read to the end and write it as docs/abuse.md does: close code and code of the error."""
        while (message := self.hear()) is not None:
            if message.get("type") == "error" or message.get("t") == "err":
                self.last_error = message["code"]
        return f"{self.close_code or 'cut'} {self.last_error}".strip()

    def attend(self, seconds: float) -> None:
        """Answer pings for a while, during which nothing else may come."""
        ends = time.monotonic() + seconds
        try:
            while (left := ends - time.monotonic()) > 0:
                self._socket.settimeout(left)
                found = self._frame()
                assert found is not None, "the connection ended"
                assert found[0] == PING, found
                self.send(frame(found[1], PONG))
        except TimeoutError:
            pass  # the while is over
        finally:
            self._socket.settimeout(DEADLINE_S)

    def _frame(self) -> tuple[int, bytes] | None:
        """Return opcode and payload; nothing is consumed before the frame is complete."""
        while (found := _parse(self._buffer)) is None:
            if not self._more():
                return None
        opcode, start, end = found
        payload, self._buffer = self._buffer[start:end], self._buffer[end:]
        return opcode, payload


def _parse(data: bytes) -> tuple[int, int, int] | None:
    """Find the first server frame: opcode, and where its payload begins and ends."""
    if len(data) < 2:
        return None
    size, start = data[1] & 0x7F, 2
    if size > 125:
        start = 4 if size == 126 else 10
        size = int.from_bytes(data[2:start], "big")
    return (data[0] & 0x0F, start, start + size) if len(data) >= start + size else None
