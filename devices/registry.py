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
from devices.mistakes import at_fields, field_of_connection
from devices.models import Camera, Device, ModbusConnection, Position, Site, Tag
from devices.profiles import field_of_tag, point_of, remake_tags
from devices.rules import InUse, check_device, check_unit, users_of, why_kept
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
    "InUse",
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
    "why_kept",
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
        django.core.exceptions.ValidationError: its gateway could not read what would come of it, or
            another device is read at its unit by now.
    """
    device.enabled = enabled
    check_unit(device=device)
    with recorded(device):
        Device.objects.filter(pk=device.pk).update(enabled=enabled)
    device.refresh_from_db()
    device_changed(device=device)
    if device.modbus_id is not None or Camera.objects.filter(device=device).exists():
        plant_changed(device=device)


@transaction.atomic
def save_device(*, device: Device) -> None:
    """Store an edited device; a profile that it did not have before makes its tags.

    A connection that it did not have before says via which gateway it is reached, unless that is
    said otherwise.

    Raises:
        django.core.exceptions.ValidationError: a field is wrong, the UID or its place on the
            connection is taken, or its gateway could not read what would come of it.
    """
    before = Device.objects.filter(pk=device.pk).select_related("profile").first()
    if device.via is None and device.modbus_id != getattr(before, "modbus_id", None):
        device.via = device.modbus.gateway if device.modbus else None
    check_device(device=device)
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
        django.core.exceptions.ValidationError: a field is wrong, or the UID or unit is taken.
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
    """Delete a device with its tags, their history, and its tokens, and close its sockets.

    Raises:
        InUse: it is the gateway of others.
    """
    # ingest locks in this order too: it must not be halfway through what is deleted here
    carriers = Position.objects.filter(device_id__in=[device.pk, device.via_id])
    list(carriers.select_for_update().order_by("pk"))
    Device.objects.select_for_update().filter(pk=device.pk).first()  # no one is added to it now
    if reason := why_kept(device=device):
        raise InUse(reason)
    deleted, site_id, via_id = device.pk, device.site_id, device.via_id
    record("delete", device, fields_of(device), None)
    tell_authority(deleted)
    device.delete()
    refresh_devices(site_id=site_id, device_ids=[deleted])
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
        with at_fields([f"{tag.name}: "], field_of_tag):
            if tag.point:
                point_of(tag)
        with recorded(tag):
            tag.save()
    edited = [f"device {device.uid}, tag {tag.name}: " for tag in tags]
    with at_fields(edited, field_of_tag):
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
    with at_fields([f"connection {connection.name}: ", "connection."], field_of_connection):
        refresh_configuration(gateway_id=connection.gateway_id)


@transaction.atomic
def delete_connection(*, connection: ModbusConnection) -> None:
    """Delete a Modbus connection that no device uses.

    Raises:
        InUse: devices are read through it.
    """
    if reason := users_of(connection=connection):
        raise InUse(reason)
    record("delete", connection, fields_of(connection), None)
    connection.delete()
    refresh_configuration(gateway_id=connection.gateway_id)
