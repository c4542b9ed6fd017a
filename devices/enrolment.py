"""How new gateways come in: with a code that works once, and perhaps after somebody approved.

``sne_<look-up>_<secret>_<checksum>``: like a token, and only a digest of it is stored.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from devices.audit import acting, recorded
from devices.credentials import issue_token
from devices.models import Device, Enrolment, Site
from devices.registry import create_device, set_enabled
from devices.tokens import digest_of, make_token, split_token

CODE: Final = "sne"
MAX_CODE: Final = 128  # characters; a code has 69
_NOBODY: Final = digest_of("nobody")


class EnrolmentRefused(Exception):
    """No token for this code. ``code`` is documented; the same request will not do better."""

    def __init__(self, code: str) -> None:
        super().__init__(_MESSAGES[code])
        self.code = code
        self.message = _MESSAGES[code]


_MESSAGES: Final = {
    "bad_code": "There is no such code. Have a new one made.",
    "used": "The code was used before. Have a new one made.",
    "expired": "The code has expired. Have a new one made.",
    "wrong_uid": "The code is for another UID.",
    "no_uid": "Say which UID the gateway is to have: letters, digits and . : _ - only.",
    "uid_taken": "There is a device of this UID. A code that is made for it can replace it.",
}


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A gateway that has come in. The token cannot be shown a second time."""

    uid: str
    token: str
    approved: bool  # else its token works only after somebody approved it


@transaction.atomic
def create_code(
    *, site: Site, by: User | None, uid: str = "", hours: int = 24, needs_approval: bool = True
) -> tuple[Enrolment, str]:
    """Make a code for one new gateway, or for the new hardware of one that is there.

    Args:
        site: where it will be.
        by: who vouches for it.
        uid: the only UID that may use the code; empty: the gateway says. Naming a device that is
            there is the approval.
        hours: how long the code is valid.
        needs_approval: the gateway waits, disabled, until somebody approves.

    Returns:
        The enrolment, and the code, which cannot be shown a second time.

    Raises:
        ValidationError: a field is wrong, or the UID is a device's of another site.
    """
    known = Device.objects.filter(uid=uid).select_related("via").first() if uid else None
    if known is not None and (known.site_id != site.pk or known.via is not None):
        message = _("This UID belongs to a device that is no gateway of this site.")
        raise ValidationError({"uid": message})
    if not 1 <= hours <= 24 * 365:
        raise ValidationError(_("A code is valid for at least an hour and at most a year."))
    fresh = make_token(CODE)
    enrolment = Enrolment(
        site=site,
        uid=uid,
        lookup=fresh.lookup,
        digest=fresh.digest,
        needs_approval=needs_approval and known is None,
        created_by=by,
        expires_at=timezone.now() + timedelta(hours=hours),
    )
    if uid:
        Device(uid=uid, name=uid, site=site).clean_fields()
    with recorded(enrolment):
        enrolment.save()
    return enrolment, fresh.text


@transaction.atomic
def enrol(*, code: str, uid: str, agent: str, remote: str) -> Enrolled:
    """Use a code: make the gateway, unless it is there, and a token for it.

    Args:
        code: as it was made.
        uid: the UID that the gateway wants; empty: the one that the code is for.
        agent: what the gateway calls itself.
        remote: its address.

    Raises:
        EnrolmentRefused: bad_code (malformed, unknown or wrong, which are not told apart), or once
            the secret is proven: used, expired, wrong_uid, no_uid, uid_taken.
    """
    now = timezone.now()
    enrolment = _find(code)
    uid = _choose_uid(enrolment, uid)
    # of many at once, one gets the row; the others wait for its commit and find it used
    unused = Enrolment.objects.filter(pk=enrolment.pk, used_at=None)
    if not unused.update(used_at=now, remote=remote[:64], agent=agent[:128]):
        raise EnrolmentRefused("used")
    if enrolment.expires_at <= now:
        raise EnrolmentRefused("expired")
    with acting(f"device {uid}", remote):
        device = _have_device(enrolment, uid)
        Enrolment.objects.filter(pk=enrolment.pk).update(device=device)
        issued = issue_token(device=device, expires_at=_ends(now))
    return Enrolled(device.uid, issued.token, approved=device.enabled)


def _find(code: str) -> Enrolment:
    parts = split_token(code, CODE) if len(code) <= MAX_CODE else None
    lookup, secret = parts or ("", "")
    enrolment = Enrolment.objects.select_related("site").filter(lookup=lookup).first()
    known = bytes(enrolment.digest) if enrolment is not None else _NOBODY
    if not hmac.compare_digest(known, digest_of(secret)) or enrolment is None:
        raise EnrolmentRefused("bad_code")
    return enrolment


def _choose_uid(enrolment: Enrolment, uid: str) -> str:
    if enrolment.uid and uid not in {"", enrolment.uid}:
        raise EnrolmentRefused("wrong_uid")
    return enrolment.uid or uid


def _have_device(enrolment: Enrolment, uid: str) -> Device:
    known = Device.objects.filter(uid=uid).first()
    if known is not None and (not enrolment.uid or known.site_id != enrolment.site_id):
        raise EnrolmentRefused("uid_taken")
    if known is not None:
        return known
    try:
        return create_device(
            uid=uid, name=uid, site=enrolment.site, enabled=not enrolment.needs_approval
        )
    except ValidationError as error:
        taken = Device.objects.filter(uid__iexact=uid).exists()
        raise EnrolmentRefused("uid_taken" if taken else "no_uid") from error


def _ends(now: datetime) -> datetime:
    return now + timedelta(days=settings.TOKEN_LIFE_DAYS)


@transaction.atomic
def approve(*, enrolment: Enrolment, by: User) -> bool:
    """Let a gateway in that has used its code.

    Returns:
        Whether it waited for that. One that needed no approval, or has it, stays as it is: if it is
        disabled now, somebody wanted that.

    Raises:
        ValidationError: the code was not used yet, or its device is gone.
    """
    locked = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    if locked.device is None:
        raise ValidationError(_("No gateway has come in with this code."))
    waited = locked.needs_approval and locked.approved_at is None
    if waited:
        with recorded(locked, "approve"):
            locked.approved_at, locked.approved_by = timezone.now(), by
            locked.save(update_fields=["approved_at", "approved_by"])
        set_enabled(device=locked.device, enabled=True)
    enrolment.refresh_from_db()
    return waited
