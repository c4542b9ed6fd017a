"""A mail server on a real socket: it does what the test tells it, and keeps what it gets."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass
class MailServer:
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    # verb -> answers that come before the usual one, each once; "" hangs up
    answers: dict[str, list[str]] = field(default_factory=dict)

    def keep(self, raw: bytes) -> None:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        book = self.server.book
        if not self._say("220 mail.test", "CONNECT"):
            return
        for line in self.rfile:
            text = line.decode().strip()
            verb = text.split(" ")[0].split(":")[0].upper()
            usual = {"DATA": "354 go on", "QUIT": "221 bye", "RCPT": "250 ok"}.get(verb, "250 ok")
            if not self._say(usual, verb) or verb == "QUIT":
                return
            if verb == "RCPT" and self.said == usual:
                book.recipients.append(text.partition("<")[2].rstrip(">"))
            if verb == "DATA" and self.said == usual:
                raw = b"".join(iter(self.rfile.readline, b".\r\n"))
                if not self._say("250 queued", "END"):
                    return
                if self.said == "250 queued":
                    book.keep(raw)

    def _say(self, usual: str, verb: str) -> bool:
        """Answer; false: hung up instead."""
        scripted = self.server.book.answers.get(verb)
        self.said = scripted.pop(0) if scripted else usual
        self.wfile.write(f"{self.said}\r\n".encode() if self.said else b"")
        return bool(self.said)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True
    book: MailServer


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.book = MailServer(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.book
        finally:
            server.shutdown()
            thread.join()
