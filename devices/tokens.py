"""Device tokens: 256 random bits, of which only a digest is stored.

``snt_<look-up>_<secret>_<checksum>``: the fixed prefix lets secret scanners and the log filter find
a token, the look-up part finds its row without revealing anything, and the checksum tells a
mistyped token from a wrong one before any query.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from devices.models import Credential

_TOKEN = re.compile(r"snt_([a-z2-7]{12})_([A-Za-z0-9_-]{43})_([a-z2-7]{6})\Z")
_BEARER = re.compile(r"bearer +(\S+) *\Z", re.IGNORECASE)
_MAX_HEADER = 256  # characters; a token has 69
# Compared with when there is no such credential, so that the answer takes as long.
_NOBODY: Final = hashlib.sha256(secrets.token_bytes(32)).digest()
_USED_EVERY: Final = timedelta(minutes=5)  # last_used_at is no finer: one write per credential


class Refused(Exception):
    """Nobody is let in with this token. ``code`` is documented; retrying the same will not help."""

    def __init__(self, code: str) -> None:
        super().__init__(_MESSAGES[code])
        self.code = code
        self.message = _MESSAGES[code]


_MESSAGES: Final = {
    "unauthorized": "Send a valid token: 'Authorization: Bearer snt_...'.",
    "expired": "The token has expired. Issue a new one.",
    "revoked": "The token was revoked. Issue a new one.",
    "disabled": "The device is disabled.",
}


@dataclass(frozen=True, slots=True)
class Authority:
    """Who is speaking: a device that showed its token."""

    credential_id: int
    device_id: int
    device_uid: str
    site_id: int
    expires_at: datetime | None
    frames_per_s: float | None  # None: the default of the settings
    readings_per_s: float | None


@dataclass(frozen=True, slots=True)
class FreshToken:
    """A token just made. ``text`` is shown once and kept nowhere."""

    lookup: str
    digest: bytes
    text: str


def make_token() -> FreshToken:
    """Draw a new token."""
    lookup = base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12]
    secret = secrets.token_urlsafe(32)
    return FreshToken(lookup, _digest(secret), f"snt_{lookup}_{secret}_{_checksum(lookup, secret)}")


def authenticate(authorization: str) -> Authority:
    """Say who sends this ``Authorization`` header, with one query.

    Raises:
        Refused: unauthorized (missing, malformed, unknown or wrong, which are not told apart),
            or, once the secret is proven: revoked, expired, disabled.
    """
    parts = _parse(authorization)
    if parts is None:
        raise Refused("unauthorized")
    lookup, secret = parts
    credential = Credential.objects.select_related("device").filter(lookup=lookup).first()
    known = bytes(credential.digest) if credential is not None else _NOBODY
    if not hmac.compare_digest(known, _digest(secret)) or credential is None:
        raise Refused("unauthorized")
    now = timezone.now()
    if reason := why_refused(credential, now):
        raise Refused(reason)
    _note_use(credential, now)
    device = credential.device
    return Authority(
        credential_id=credential.pk,
        device_id=device.pk,
        device_uid=device.uid,
        site_id=device.site_id,
        expires_at=credential.expires_at,
        frames_per_s=device.frames_per_s,
        readings_per_s=device.readings_per_s,
    )


def why_refused(credential: Credential, now: datetime) -> str:
    """Say why this credential no longer lets anyone in; empty when it does."""
    if credential.revoked_at is not None:
        return "revoked"
    if credential.expires_at is not None and credential.expires_at <= now:
        return "expired"
    return "" if credential.device.enabled else "disabled"


def _parse(authorization: str) -> tuple[str, str] | None:
    """Split a header into look-up part and secret, or None if it holds no well-formed token."""
    bearer = _BEARER.match(authorization) if len(authorization) <= _MAX_HEADER else None
    token = _TOKEN.match(bearer[1]) if bearer else None
    if token is None:
        return None
    lookup, secret, checksum = token.groups()
    return (lookup, secret) if checksum == _checksum(lookup, secret) else None


def _note_use(credential: Credential, now: datetime) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _USED_EVERY)
    if credential.last_used_at is None or credential.last_used_at < now - _USED_EVERY:
        Credential.objects.filter(stale, pk=credential.pk).update(last_used_at=now)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _checksum(lookup: str, secret: str) -> str:
    """Thirty bits against typing mistakes; anyone can compute it."""
    digest = hashlib.sha256(f"snt_{lookup}_{secret}".encode()).digest()
    return base64.b32encode(digest[:5]).decode().lower()[:6]
