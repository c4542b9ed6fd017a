"""Posts a message as JSON to a URL, signed with the secret that both sides share.

The signature is the HMAC-SHA256 of ``<timestamp>.<body>``; the receiver computes it as well, and
refuses old timestamps and delivery ids that it has seen. See addresses.py for where it may go.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
from contextlib import closing
from typing import Any, Final
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from alarms.notify.addresses import Forbidden, Unresolved, resolve
from alarms.notify.base import (
    TIMEOUT_S,
    Configuration,
    Message,
    Outcome,
    judge_status,
    permanent,
    temporary,
)
from alarms.notify.reasons import NO_ANSWER, NOT_FOUND, NOT_PUBLIC

MIN_SECRET: Final = 16  # characters
_SAFE: Final = "%/:=&?~+!$,;'@()*[]"  # stays as it is in what is asked for
_CONNECT_S: Final = 5.0


class Webhook:
    """The sender of channels of this kind. Configuration: ``url`` and ``secret``."""

    def check(self, configuration: Configuration) -> None:
        """See the protocol."""
        if (reason := _wrong(str(configuration.get("url", "")))) is not None:
            raise ValidationError({"url": reason})
        if len(str(configuration.get("secret", ""))) < MIN_SECRET:
            text = _("At least %(count)d characters: openssl rand -hex 32 makes a good one.")
            raise ValidationError({"secret": text % {"count": MIN_SECRET}})

    def send(self, message: Message, configuration: Configuration) -> Outcome:
        """See the protocol."""
        url = str(configuration["url"])
        if (reason := _wrong(url)) is not None:
            return permanent(str(reason))
        host, port, target = _parts(url)
        try:
            addresses = resolve(host, port, settings.NOTIFY_ALLOW_NETWORKS)
        except Forbidden as error:
            return permanent(f"{NOT_PUBLIC}: {error}")
        except Unresolved as error:
            return temporary(f"{NOT_FOUND}: {error}", down=True)
        try:
            return _post(host, port, addresses, target, message, str(configuration["secret"]))
        except (OSError, http.client.HTTPException) as error:
            return temporary(f"{type(error).__name__}: {error}", down=True)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return what the header X-Sentinel-Signature says of a body, sent at a time in epoch s."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"


def payload(message: Message) -> bytes:
    """Return the body of a request."""
    told = {"id": message.id, "subject": message.subject, "text": message.body, **message.facts}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _wrong(url: str) -> Any:
    """Say, as lazy text, why a URL is none for a webhook; None: it may be one."""
    if any(ord(character) <= 32 or ord(character) == 127 for character in url):
        return _("There are spaces or control characters in it.")
    try:
        parts = urlsplit(url)
        port = parts.port
        (parts.hostname or "").encode("idna")
    except (ValueError, UnicodeError):
        return _("This is not a URL.")
    if parts.scheme != "https" or not parts.hostname or port == 0:
        return _("It must begin with https:// and a host.")
    if "@" in parts.netloc or parts.fragment:
        return _("It must have no user name and no fragment.")
    return None


def _parts(url: str) -> tuple[str, int, str]:
    """Return host, port and what is asked for."""
    parts = urlsplit(url)
    host = str(parts.hostname)
    ascii_host = host if ":" in host else host.encode("idna").decode()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return ascii_host, parts.port or 443, quote(target, _SAFE)


class _Pinned(http.client.HTTPSConnection):
    """Connects to addresses that were judged, and checks the certificate for the name."""

    def __init__(self, host: str, port: int, addresses: list[str]) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._addresses = addresses
        self._bell = threading.Timer(TIMEOUT_S, self._hang_up)
        self._bell.daemon = True
        self.rang = False  # it took too long

    def connect(self) -> None:
        """Connect to the first address that answers."""
        context = ssl.create_default_context()  # SSL_CERT_FILE names other authorities
        context.set_alpn_protocols(["http/1.1"])
        sock = self._dial()
        try:
            self.sock = context.wrap_socket(
                sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._bell.start()
            self.sock.do_handshake()
        except BaseException:
            sock.close()
            raise

    def close(self) -> None:
        """Close, and let nobody hang up any more."""
        self._bell.cancel()
        super().close()

    def _dial(self) -> socket.socket:
        failed: OSError = OSError("no address")
        for address in self._addresses[:4]:
            try:
                sock = socket.create_connection((address, self.port), _CONNECT_S)
            except OSError as error:
                failed = error
                continue
            sock.settimeout(TIMEOUT_S)
            return sock
        raise failed

    def _hang_up(self) -> None:
        """End a conversation that takes too long in all, however often something comes."""
        self.rang = True
        try:
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
        except OSError:
            pass  # it has just ended


def _post(
    host: str, port: int, addresses: list[str], target: str, message: Message, secret: str
) -> Outcome:
    body, timestamp = payload(message), int(time.time())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"Sentinel/{settings.VERSION}",
        "X-Sentinel-Delivery": message.id,
        "X-Sentinel-Timestamp": str(timestamp),
        "X-Sentinel-Signature": signature(secret, timestamp, body),
        "Connection": "close",
    }
    with closing(_Pinned(host, port, addresses)) as connection:
        try:
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
        finally:
            if connection.rang:  # what was cut off looks like an answer, or like another mistake
                raise TimeoutError(NO_ANSWER)
        # nothing but the status counts, so the rest is not read
        return judge_status(answer.status, f"HTTP {answer.status} {answer.reason}".strip())
