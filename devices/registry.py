"""Services on what there is: sites, devices, their tags and connections.

Whatever changes what a gateway is to read makes a new version of its configuration in the same
transaction, so a change that no gateway could read is refused to whoever makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from devices.audit import fields_of, record, recorded
from devices.configuration import refresh_configuration
from devices.credentials import Issued, issue_token, revoke_credential
from devices.feed import refresh_devices
from devices.models import Device, ModbusConnection, Position, Site, Tag
from devices.profiles import remake_tags
from devices.states import announce_state
from devices.telling import (
    AUTHORITY_CHANNEL,
    PLANT_CHANNEL,
    device_changed,
    plant_changed,
    tell_authority,
    tell_plant,
)

__all__ = [
    "AUTHORITY_CHANNEL",
    "PLANT_CHANNEL",
    "Issued",
    "check_device",
    "clone_device",
    "create_device",
    "create_site",
    "delete_connection",
    "delete_device",
    "device_changed",
    "issue_token",
    "move_device",
    "plant_changed",
    "revoke_credential",
    "save_connection",
    "save_device",
    "save_tags",
    "set_enabled",
]


@transaction.atomic
def create_site(*, slug: str, name: str, time_zone: str = "UTC") -> Site:
    """Create a site.

    Raises:
        django.core.exceptions.ValidationError: a field is wrong or the slug is taken.
    """
    site = Site(slug=slug, name=name, time_zone=time_zone)
    site.full_clean()
    with recorded(site):
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
    enabled: bool = True,
) -> Device:
    """Create a device; the pages of its site show it at once.

    Raises:
        django.core.exceptions.ValidationError: a field is wrong or the UID is taken.
    """
    device = Device(
        uid=uid, name=name, site=site, area=area, via=via, discovery=discovery, enabled=enabled
    )
    device.full_clean()
    with recorded(device):
        device.save()
    announce_state([device.pk])
    return device


@transaction.atomic
def set_enabled(*, device: Device, enabled: bool) -> None:
    """Let a device speak, or close its sockets and refuse its tokens until it is enabled again.

    Raises:
        django.core.exceptions.ValidationError: its gateway could not read what would come of it.
    """
    with recorded(device):
        Device.objects.filter(pk=device.pk).update(enabled=enabled)
    device.refresh_from_db()
    device_changed(device=device)
    if device.modbus_id is not None:
        plant_changed(device=device)


@transaction.atomic
def save_device(*, device: Device) -> None:
    """Store an edited device; a profile that it did not have before makes its tags.

    Raises:
        django.core.exceptions.ValidationError: a field is wrong, the UID is taken, or its gateway
            could not read what would come of it.
    """
    check_device(device=device)
    before = Device.objects.filter(pk=device.pk).select_related("profile").first()
    with recorded(device):
        device.save()
    device_changed(device=device)
    old_profile = before.profile if before is not None else None
    if old_profile != device.profile:
        remake_tags(device=device, before=old_profile)
    if before is not None and before.site_id != device.site_id:
        refresh_devices(site_id=before.site_id, device_ids=[device.pk])  # gone from there
    if before is not None and before.via_id != device.via_id:
        tell_plant(before.via_id or device.pk)
    if before is None or _reads_otherwise(before, device):
        plant_changed(device=device)
    else:
        refresh_configuration(gateway_id=device.pk)  # it may be a gateway itself


def check_device(*, device: Device) -> None:
    """Check the fields of a device, and that it is read where its gateway reads.

    Raises:
        django.core.exceptions.ValidationError: by field.
    """
    device.full_clean()
    if device.modbus is not None and device.modbus.gateway_id != device.via_id:
        message = _("This connection belongs to another gateway than the one it is reached via.")
        raise ValidationError({"modbus": message})


def _reads_otherwise(before: Device, after: Device) -> bool:
    fields = ("uid", "name", "area", "via_id", "profile_id", "modbus_id", "unit_id")
    return any(getattr(before, name) != getattr(after, name) for name in fields)


@transaction.atomic
def move_device(*, device: Device, connection: ModbusConnection, unit_id: int) -> None:
    """Have another connection read a device, perhaps another gateway's; its readings stay.

    Raises:
        django.core.exceptions.ValidationError: that gateway could not read what would come of it.
    """
    device.modbus, device.via, device.unit_id = connection, connection.gateway, unit_id
    save_device(device=device)


@transaction.atomic
def clone_device(*, device: Device, uid: str, name: str, unit_id: int) -> Device:
    """Make a device like another one, with the same tags, profile and connection.

    Raises:
        django.core.exceptions.ValidationError: a field is wrong or the UID is taken.
    """
    same = ("site", "area", "line", "via", "profile", "modbus")
    twin = Device(uid=uid, name=name, unit_id=unit_id, discovery=device.discovery)
    for field in same:
        setattr(twin, field, getattr(device, field))
    check_device(device=twin)
    with recorded(twin):
        twin.save()
    tags = list(device.tags.all())
    for tag in tags:
        tag.pk, tag.device = None, twin
    Tag.objects.bulk_create(tags)
    announce_state([twin.pk])
    plant_changed(device=twin)
    return twin


@transaction.atomic
def delete_device(*, device: Device) -> None:
    """Delete a device with its tags and tokens and close its sockets.

    The devices it spoke for stay, without a connection. Stored readings stay until their retention
    ends.
    """
    # ingest locks in this order too: it must not be halfway through what is deleted here
    carriers = Position.objects.filter(device_id__in=[device.pk, device.via_id])
    list(carriers.select_for_update().order_by("pk"))
    deleted, site_id, via_id = device.pk, device.site_id, device.via_id
    record("delete", device, fields_of(device), None)
    children = list(device.children.values_list("pk", flat=True))
    Device.objects.filter(modbus__gateway=device).update(modbus=None)
    tell_authority(deleted)
    device.delete()
    refresh_devices(site_id=site_id, device_ids=[deleted])
    announce_state(children)
    if via_id is not None:
        tell_plant(via_id)


# ---------------------------------------------------------------- tags and connections


@transaction.atomic
def save_tags(*, device: Device, tags: Sequence[Tag], deleted: Iterable[Tag] = ()) -> None:
    """Store edited and new tags of a device, and delete others with their readings.

    Raises:
        django.core.exceptions.ValidationError: a field is wrong, or the gateway could not read
            what would come of it.
    """
    for tag in deleted:
        record("delete", tag, fields_of(tag), None)
        tag.delete()
    for tag in tags:
        tag.device = device
        tag.full_clean()
        with recorded(tag):
            tag.save()
    plant_changed(device=device)


@transaction.atomic
def save_connection(*, connection: ModbusConnection) -> None:
    """Store a new or edited Modbus connection of a gateway.

    Raises:
        django.core.exceptions.ValidationError: a field is wrong, or devices of another gateway are
            read through it.
    """
    connection.full_clean()
    before = ModbusConnection.objects.filter(pk=connection.pk).first()
    with recorded(connection):
        connection.save()
    if before is not None and before.gateway_id != connection.gateway_id:
        if connection.devices.exists():
            message = _("Devices are read through it: move them to another connection first.")
            raise ValidationError({"gateway": message})
        refresh_configuration(gateway_id=before.gateway_id)
    refresh_configuration(gateway_id=connection.gateway_id)


@transaction.atomic
def delete_connection(*, connection: ModbusConnection) -> None:
    """Delete a Modbus connection that no device uses.

    Raises:
        django.core.exceptions.ValidationError: devices are read through it.
    """
    if used := list(connection.devices.values_list("uid", flat=True)[:5]):
        message = _("Devices are read through it: %(devices)s. Move them first.")
        raise ValidationError(message % {"devices": ", ".join(used)})
    record("delete", connection, fields_of(connection), None)
    connection.delete()
    refresh_configuration(gateway_id=connection.gateway_id)
