"""Services that renew tokens over the gateway's own socket, so that it is never locked out.

A rotation is a row: the token that takes the place of another one. It is asked for (nobody knows
its secret yet), handed over on the gateway's socket (drawn anew each time, because only the digest
is kept), and first used. From then on the old one ends after an overlap. Whoever is killed at
whatever moment, the gateway holds a token that is good: the old one until it has shown the new one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from devices.audit import record
from devices.events import record_own
from devices.models import Credential, Device, GatewayEvent, Scope
from devices.states import notify
from devices.telling import tell_authority
from devices.tokens import make_token, why_refused

ROTATION_CHANNEL: Final = "sentinel_rotation"  # payload: id of the gateway
UNUSED_LIFE: Final = timedelta(days=7)  # of a token that was handed over and never shown
WARNINGS_DAYS: Final = (1, 7, 30)  # before a token ends that nothing takes the place of


@transaction.atomic
def rotate(*, device: Device, by: User | None = None) -> None:
    """Ask for new tokens in the place of those that a device uses.

    It happens over its socket: at once if it is connected, else when it connects.

    Raises:
        ValidationError: it uses no token that may receive another one.
    """
    now = timezone.now()
    used = list(_in_use(now).filter(device=device).select_for_update(of=("self",), no_key=True))
    if not used:
        raise ValidationError(
            _("It has not shown a token yet that may be renewed. Issue one, and have it connect.")
        )
    for credential in used:
        _ask(credential, now, by)


def _in_use(now: datetime) -> QuerySet[Credential]:
    """Tokens that have been shown, are valid, and have not been shown the successor of."""
    return (
        Credential.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)
        .exclude(last_used_at=None)
        .exclude(replaced_by__last_used_at__isnull=False)
        .filter(scopes__contains=Scope.CONFIGURE.value)
        .order_by("pk")
    )


def _ask(credential: Credential, now: datetime, by: User | None) -> None:
    """Make the row of the next token, or renew the one that was never used.

    The token before this one, if it still overlaps, ends now: the gateway has shown this one.
    """
    fresh = make_token()  # its secret is forgotten here; `hand_over` draws another
    Credential.objects.update_or_create(
        replaces=credential,
        defaults={
            "device_id": credential.device_id,
            "lookup": fresh.lookup,
            "digest": fresh.digest,
            "created_at": now,
            "created_by": by,
            "expires_at": now + UNUSED_LIFE,
            "revoked_at": None,
            "scopes": credential.scopes,
        },
    )
    record("rotate", credential, None, {"asked_at": now})
    before = Credential.objects.filter(replaced_by=credential, revoked_at=None)
    if before.filter(Q(expires_at=None) | Q(expires_at__gt=now)).update(expires_at=now):
        tell_authority(credential.device_id)
    notify(ROTATION_CHANNEL, str(credential.device_id))


@transaction.atomic
def hand_over(*, credential_id: int) -> str | None:
    """Draw the token that was asked for in the place of this one.

    Send it over a socket that this one opened. Whatever was drawn before and never shown is void.

    Returns:
        The token; None when none was asked for, or it has been used.
    """
    now = timezone.now()
    credential = Credential.objects.select_related("device").filter(pk=credential_id).first()
    if credential is None or why_refused(credential, now):
        return None
    fresh = make_token()
    drawn = waiting_for([credential_id], now).update(
        lookup=fresh.lookup, digest=fresh.digest, created_at=now, expires_at=now + UNUSED_LIFE
    )
    return fresh.text if drawn else None


def waiting_for(credential_ids: list[int], now: datetime) -> QuerySet[Credential]:
    """Tokens that are to take the place of these and have not been used."""
    return Credential.objects.filter(
        replaces__in=credential_ids, last_used_at=None, revoked_at=None, expires_at__gt=now
    )


def note_kept(*, credential_id: int, lookup: str) -> None:
    """Note that a gateway has written its new token down."""
    kept = waiting_for([credential_id], timezone.now()).filter(lookup=lookup).first()
    if kept is not None:
        record_own(gateway_id=kept.device_id, kind="token.kept", detail=lookup)


# ---------------------------------------------------------------- by the clock


def renew_expiring(now: datetime) -> int:
    """Ask for a new token for every one that ends soon.

    One that was made for a short time is meant to end.

    Returns:
        The number of tokens that will be renewed.
    """
    ahead = timedelta(days=settings.TOKEN_RENEW_DAYS)
    asked = Credential.objects.filter(replaces=OuterRef("pk"), expires_at__gt=now)
    due = _in_use(now).filter(
        ~Exists(asked),
        expires_at__lt=now + ahead,
        expires_at__gt=F("created_at") + 2 * ahead,
        device__enabled=True,
    )
    renewed = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            locked = due.filter(pk=pk).select_for_update(of=("self",), no_key=True)
            if credential := locked.first():
                _ask(credential, now, None)
                renewed += 1
    return renewed


def warn_of_expiry(now: datetime) -> int:
    """Tell, once for each of ``WARNINGS_DAYS``, which tokens end although they are in use.

    Returns:
        The number of warnings.
    """
    warnings = 0
    horizon = now + timedelta(days=max(WARNINGS_DAYS))
    for credential in _in_use(now).filter(expires_at__lt=horizon):
        left = (credential.expires_at or horizon) - now
        days = next(days for days in WARNINGS_DAYS if left <= timedelta(days=days))
        kind, detail = "token.expiring", f"{credential.lookup} ends in less than {days} d"
        gateway_id = credential.device_id
        if not GatewayEvent.objects.filter(gateway=gateway_id, kind=kind, detail=detail).exists():
            record_own(gateway_id=gateway_id, kind=kind, detail=detail)
            warnings += 1
    return warnings
