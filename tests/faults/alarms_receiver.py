"""Takes webhooks over HTTPS and counts how often each notification came.

One path takes everything, the other one refuses everything for good. While the receiver holds its
breath it has a request, but the sender has no answer: whoever kills the sender then leaves it to
nobody to know whether the message arrived.
"""

from __future__ import annotations

import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

TAKEN: Final = "/taken"
REFUSED: Final = "/refused"
_STATUS: Final = {TAKEN: 200, REFUSED: 400}


@dataclass(eq=False)
class Receiver:
    """What came."""

    port: int = 0
    received: Counter[str] = field(default_factory=Counter)  # by id of the notification
    held: int = 0  # requests without an answer
    _answers: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._answers.set()

    def hold(self) -> None:
        """Answer nobody any more."""
        self._answers.clear()

    def release(self) -> None:
        """Answer again."""
        self._answers.set()

    def take(self, delivery: str) -> None:
        """Count a request, and return when it may be answered."""
        with self._lock:
            self.received[delivery] += 1
            self.held += 1
        self._answers.wait()
        with self._lock:
            self.held -= 1


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.book.take(self.headers["X-Sentinel-Delivery"])
        self.send_response(_STATUS[self.path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


class _Server(ThreadingHTTPServer):
    book: Receiver
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that was killed hangs up; that is no mistake here."""


@contextmanager
def receiver(certificate: Path) -> Iterator[Receiver]:
    """Listen at localhost until the end of the block.

    Args:
        certificate: PEM with its key, for localhost.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        book = server.book = Receiver(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="receiver")
        thread.start()
        try:
            yield book
        finally:
            book.release()
            server.shutdown()
            thread.join()
