"""Services on the tokens that devices speak with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from devices.audit import recorded
from devices.models import Credential, Device, Scope
from devices.telling import tell_authority
from devices.tokens import make_token


@dataclass(frozen=True, slots=True)
class Issued:
    """A new credential with its token, which cannot be shown a second time."""

    credential: Credential
    token: str


@transaction.atomic
def issue_token(
    *,
    device: Device,
    by: User | None = None,
    expires_at: datetime | None = None,
    scopes: Sequence[str] | None = None,
) -> Issued:
    """Make a new token for a device. The older ones stay valid until they are revoked.

    Args:
        device: whose.
        by: who asked for it.
        expires_at: None: it is valid until it is revoked.
        scopes: what it may be used for; None: everything.
    """
    fresh = make_token()
    credential = Credential(
        device=device,
        lookup=fresh.lookup,
        digest=fresh.digest,
        created_by=by,
        expires_at=expires_at,
        scopes=[Scope(scope).value for scope in (Scope if scopes is None else scopes)],
    )
    with recorded(credential):
        credential.save()
    return Issued(credential, fresh.text)


@transaction.atomic
def revoke_credential(*, credential: Credential) -> None:
    """End a token's validity for good and close the sockets that were opened with it.

    A token that was to take its place and has not been used yet is revoked with it: whoever has the
    one may have the other.
    """
    lost = Q(pk=credential.pk) | Q(replaces=credential.pk, last_used_at=None)
    revoked = Credential.objects.filter(lost, revoked_at=None)
    with recorded(credential, "revoke"):
        if revoked.update(revoked_at=timezone.now()):
            tell_authority(credential.device_id)
    credential.refresh_from_db()
