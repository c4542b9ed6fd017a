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

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from devices.models import Credential, Scope

KIND: Final = "snt"
_FORM = re.compile(r"([a-z]{3})_([a-z2-7]{12})_([A-Za-z0-9_-]{43})_([a-z2-7]{6})\Z")
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
    scopes: frozenset[str]  # of `Scope`

    def may(self, scope: Scope) -> bool:
        """Say whether the token may be used for this."""
        return scope.value in self.scopes


@dataclass(frozen=True, slots=True)
class FreshToken:
    """A token just made. ``text`` is shown once and kept nowhere."""

    lookup: str
    digest: bytes
    text: str


def make_token(kind: str = KIND) -> FreshToken:
    """Draw a new token, or another secret of the same form."""
    lookup = base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12]
    secret = secrets.token_urlsafe(32)
    text = f"{kind}_{lookup}_{secret}_{_checksum(kind, lookup, secret)}"
    return FreshToken(lookup, digest_of(secret), text)


def split_token(text: str, kind: str = KIND) -> tuple[str, str] | None:
    """Split a token into look-up part and secret, or None if it is not a well-formed one."""
    found = _FORM.match(text)
    if found is None or found[1] != kind or found[4] != _checksum(kind, found[2], found[3]):
        return None
    return found[2], found[3]


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
    if not hmac.compare_digest(known, digest_of(secret)) or credential is None:
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
        scopes=frozenset(credential.scopes),
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
    return split_token(bearer[1]) if bearer else None


def _note_use(credential: Credential, now: datetime) -> None:
    if credential.last_used_at is None:
        _note_first_use(credential, now)
    elif credential.last_used_at < now - _USED_EVERY:
        stale = Credential.objects.filter(pk=credential.pk, last_used_at__lt=now - _USED_EVERY)
        stale.update(last_used_at=now)


@transaction.atomic
def _note_first_use(credential: Credential, now: datetime) -> None:
    """Note it, and begin to end the token whose place this one takes.

    Raises:
        Refused: unauthorized, because another one has just been drawn instead of it.
    """
    drawn = Credential.objects.filter(pk=credential.pk, lookup=credential.lookup)
    if not drawn.filter(last_used_at=None).update(last_used_at=now):
        if not drawn.exists():
            raise Refused("unauthorized")
        return  # another connection was first
    old = credential.replaces
    if old is None:
        return
    life = timedelta(days=settings.TOKEN_LIFE_DAYS)
    if old.expires_at is not None:
        life = old.expires_at - old.created_at
    credential.expires_at = now + life
    drawn.update(expires_at=credential.expires_at)
    ends = now + timedelta(hours=settings.TOKEN_OVERLAP_HOURS)
    longer = Credential.objects.filter(Q(expires_at=None) | Q(expires_at__gt=ends), pk=old.pk)
    longer.update(expires_at=ends)


def digest_of(secret: str) -> bytes:
    """Return what is stored of the secret part."""
    return hashlib.sha256(secret.encode()).digest()


def _checksum(kind: str, lookup: str, secret: str) -> str:
    """Thirty bits against typing mistakes; anyone can compute it."""
    digest = hashlib.sha256(f"{kind}_{lookup}_{secret}".encode()).digest()
    return base64.b32encode(digest[:5]).decode().lower()[:6]
