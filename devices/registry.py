"""Services on what there is: sites, devices and the tokens they speak with.

Whatever changes who may speak is told to all web processes by PostgreSQL, with the commit: they
close the sockets that lost their authority. It works with Redis away, and across processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from devices.feed import refresh_devices
from devices.models import Credential, Device, Position, Site
from devices.states import announce_state, notify
from devices.tokens import make_token

AUTHORITY_CHANNEL = "sentinel_authority"  # payload: id of the device
PLANT_CHANNEL = "sentinel_plant"  # payload: id of the gateway whose devices or tags changed


@dataclass(frozen=True, slots=True)
class Issued:
    """A new credential with its token, which cannot be shown a second time."""

    credential: Credential
    token: str


@transaction.atomic
def create_site(*, slug: str, name: str, time_zone: str = "UTC") -> Site:
    """Create a site.

    Raises:
        django.core.exceptions.ValidationError: a field is wrong or the slug is taken.
    """
    site = Site(slug=slug, name=name, time_zone=time_zone)
    site.full_clean()
    site.save()
    return site


@transaction.atomic
def create_device(
    *,
    uid: str,
    name: str,
    site: Site,
    area: str = "",
    via: Device | None = None,
    discovery: bool = False,
) -> Device:
    """Create a device; the pages of its site show it at once.

    Raises:
        django.core.exceptions.ValidationError: a field is wrong or the UID is taken.
    """
    device = Device(uid=uid, name=name, site=site, area=area, via=via, discovery=discovery)
    device.full_clean()
    device.save()
    announce_state([device.pk])
    return device


@transaction.atomic
def issue_token(
    *, device: Device, by: User | None = None, expires_at: datetime | None = None
) -> Issued:
    """Make a new token for a device. The older ones stay valid until they are revoked."""
    fresh = make_token()
    credential = Credential.objects.create(
        device=device,
        lookup=fresh.lookup,
        digest=fresh.digest,
        created_by=by,
        expires_at=expires_at,
    )
    return Issued(credential, fresh.text)


@transaction.atomic
def revoke_credential(*, credential: Credential) -> None:
    """End a token's validity for good and close the sockets that were opened with it."""
    revoked = Credential.objects.filter(pk=credential.pk, revoked_at=None)
    if revoked.update(revoked_at=timezone.now()):
        _tell_authority(credential.device_id)
    credential.refresh_from_db()


@transaction.atomic
def set_enabled(*, device: Device, enabled: bool) -> None:
    """Let a device speak, or close its sockets and refuse its tokens until it is enabled again."""
    Device.objects.filter(pk=device.pk).update(enabled=enabled)
    device.refresh_from_db()
    device_changed(device=device)


@transaction.atomic
def save_device(*, device: Device) -> None:
    """Store an edited device.

    Raises:
        django.core.exceptions.ValidationError: a field is wrong or the UID is taken.
    """
    device.full_clean()
    before = Device.objects.filter(pk=device.pk).values_list("site_id", "via_id").first()
    device.save()
    device_changed(device=device)
    if before is None:
        plant_changed(device=device)
        return
    site_id, via_id = before
    if site_id != device.site_id:
        refresh_devices(site_id=site_id, device_ids=[device.pk])  # gone from there
    if via_id != device.via_id:
        plant_changed(device=device)
        notify(PLANT_CHANNEL, str(via_id or device.pk))


@transaction.atomic
def delete_device(*, device: Device) -> None:
    """Delete a device with its tags and tokens and close its sockets.

    The devices it spoke for stay. Stored readings stay until their retention ends.
    """
    # ingest locks in this order too: it must not be halfway through what is deleted here
    carriers = Position.objects.filter(device_id__in=[device.pk, device.via_id])
    list(carriers.select_for_update().order_by("pk"))
    deleted, site_id = device.pk, device.site_id
    children = list(device.children.values_list("pk", flat=True))
    _tell_authority(deleted)
    device.delete()
    refresh_devices(site_id=site_id, device_ids=[deleted])
    announce_state(children)


def device_changed(*, device: Device) -> None:
    """Announce an edited device to the pages and to the web processes that hold its sockets.

    Call it in the transaction of the change.
    """
    _tell_authority(device.pk)
    announce_state([device.pk])


def plant_changed(*, device: Device) -> None:
    """Have the gateway of a device say hello again: what its tag numbers mean has changed.

    Call it in the transaction of the change.
    """
    notify(PLANT_CHANNEL, str(device.via_id or device.pk))


def _tell_authority(device_id: int) -> None:
    notify(AUTHORITY_CHANNEL, str(device_id))
