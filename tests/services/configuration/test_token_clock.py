"""Tokens are renewed and warned of by the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from devices.models import Credential, Device, GatewayEvent
from devices.registry import issue_token, set_enabled
from devices.rotation import hand_over, renew_expiring, rotate, warn_of_expiry
from devices.tasks import renew_tokens
from devices.tokens import authenticate

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def token_ending_in(days: float, device: Device, life: float = 365) -> Credential:
    """Issue a token some time ago and show it."""
    now = timezone.now()
    issued = issue_token(device=device, expires_at=now + days * DAY)
    made = now + (days - life) * DAY
    Credential.objects.filter(pk=issued.credential.pk).update(created_at=made, last_used_at=now)
    issued.credential.refresh_from_db()
    return issued.credential


def test_a_token_is_renewed_before_it_ends(device: Device, settings: Any) -> None:
    settings.TOKEN_RENEW_DAYS = 45
    soon, later = token_ending_in(44, device), token_ending_in(46, device)
    assert renew_expiring(timezone.now()) == 1
    assert Credential.objects.get(replaces=soon).last_used_at is None
    assert not Credential.objects.filter(replaces=later).exists()
    assert renew_expiring(timezone.now()) == 0


def test_a_renewal_that_was_not_taken_is_asked_for_again(device: Device) -> None:
    soon = token_ending_in(20, device)
    assert renew_expiring(timezone.now()) == 1
    assert renew_expiring(timezone.now() + 6 * DAY) == 0
    assert renew_expiring(timezone.now() + 8 * DAY) == 1
    assert Credential.objects.filter(replaces=soon).count() == 1


def test_a_token_that_was_made_for_a_short_time_ends(device: Device) -> None:
    token_ending_in(3, device, life=10)
    assert renew_expiring(timezone.now()) == 0


def test_a_token_of_a_disabled_device_or_one_that_was_never_shown_is_not_renewed(
    device: Device,
) -> None:
    credential = token_ending_in(20, device)
    set_enabled(device=device, enabled=False)
    assert renew_expiring(timezone.now()) == 0
    set_enabled(device=device, enabled=True)
    Credential.objects.filter(pk=credential.pk).update(last_used_at=None)
    assert renew_expiring(timezone.now()) == 0


@pytest.mark.parametrize(("days", "told"), [(31, 0), (29, 1), (8, 1), (6.5, 1), (0.5, 1), (-1, 0)])
def test_a_token_that_ends_soon_is_warned_of(device: Device, days: float, told: int) -> None:
    token_ending_in(days, device)
    assert warn_of_expiry(timezone.now()) == told
    assert warn_of_expiry(timezone.now()) == 0


def test_there_is_a_warning_at_thirty_at_seven_and_at_one_day(device: Device) -> None:
    token_ending_in(40, device)
    now = timezone.now()
    warned = [day for day in range(40) if warn_of_expiry(now + day * DAY)]
    assert warned == [10, 33, 39]
    events = GatewayEvent.objects.filter(gateway=device, kind="token.expiring")
    assert sorted(event.detail.split(" in ")[1] for event in events) == [
        *("less than 1 d", "less than 30 d"),
        "less than 7 d",
    ]


def test_a_renewed_token_is_not_warned_of(device: Device) -> None:
    soon = token_ending_in(20, device)
    rotate(device=device)
    text = hand_over(credential_id=soon.pk)
    authenticate(f"Bearer {text}")
    assert warn_of_expiry(timezone.now()) == 0


def test_the_worker_renews_and_warns(device: Device) -> None:
    token_ending_in(20, device)
    renew_tokens()
    assert Credential.objects.exclude(replaces=None).exists()
    assert GatewayEvent.objects.filter(kind="token.expiring").exists()


def test_a_token_that_was_never_shown_cannot_be_rotated(device: Device) -> None:
    issue_token(device=device)
    with pytest.raises(ValidationError, match="has not shown a token"):
        rotate(device=device)


def test_a_token_drawn_instead_of_one_that_is_just_shown_does_not_lock_out(
    device: Device,
) -> None:
    """Whichever is first: the old token stays good until a new one was let in."""
    first = issue_token(device=device)
    authenticate(f"Bearer {first.token}")
    rotate(device=device)
    shown = hand_over(credential_id=first.credential.pk)
    authenticate(f"Bearer {shown}")
    assert hand_over(credential_id=first.credential.pk) is None  # it is in use already
    assert authenticate(f"Bearer {shown}").device_id == device.pk


def test_no_token_of_a_rotation_is_without_an_end(device: Device) -> None:
    first = issue_token(device=device)
    authenticate(f"Bearer {first.token}")
    rotate(device=device)
    authenticate(f"Bearer {hand_over(credential_id=first.credential.pk)}")
    assert not Credential.objects.filter(device=device, expires_at=None).exists()
