"""Devices and tags of the registry as rows of an exchange file."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from devices.importing.columns import TAGS, Values
from devices.models import Device, Tag

_AT_ONCE = 2000  # rows fetched from the database in one go
_TAG_FIELDS = {"device": "", "register": "point"}  # columns that are not fields of the same name


def rows_of_devices(devices: QuerySet[Device]) -> Iterator[Values]:
    """Rows of these devices, by UID."""
    known = devices.select_related("site", "via", "profile", "modbus").order_by("uid")
    return (device_values(device) for device in known.iterator(_AT_ONCE))


def rows_of_tags(devices: QuerySet[Device]) -> Iterator[Values]:
    """Rows of the tags of these devices, in the order in which pages show them."""
    tags = Tag.objects.filter(device__in=devices.order_by().values("pk")).select_related("device")
    ordered = tags.order_by("device__uid", "position", "name")
    return (tag_values(tag) for tag in ordered.iterator(_AT_ONCE))


def device_values(device: Device) -> Values:
    """What the columns of a device say."""
    return {
        "uid": device.uid,
        "name": device.name,
        "site": device.site.slug,
        "area": device.area,
        "line": device.line,
        "via": device.via.uid if device.via else "",
        "profile": device.profile.reference if device.profile else "",
        "connection": device.modbus.name if device.modbus else "",
        "unit_id": device.unit_id,
        "enabled": device.enabled,
        "discovery": device.discovery,
        "frames_per_s": device.frames_per_s,
        "readings_per_s": device.readings_per_s,
    }


def tag_values(tag: Tag) -> Values:
    """What the columns of a tag say."""
    names = (column.name for column in TAGS.columns)
    values: Values = {name: getattr(tag, _TAG_FIELDS.get(name) or name) for name in names}
    return values | {"device": tag.device.uid}
