"""What the registry refuses about devices and connections, and why, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from devices.models import Device, ModbusConnection

_MOST_NAMED: Final = 5  # devices in one message


class InUse(ValidationError):
    """Others need what was to be deleted, so it stays. The text says who, and what to do."""


# ---------------------------------------------------------------- storing


def check_device(*, device: Device) -> None:
    """Check the fields of a device, and that it is read where its gateway reads, and alone.

    Call it in the transaction that stores it.

    Raises:
        django.core.exceptions.ValidationError: by field.
    """
    device.full_clean()
    if device.modbus is not None and device.via is None:
        message = _("It is read through a connection of %(gateway)s, so it is reached via that.")
        raise ValidationError({"via": message % {"gateway": device.modbus.gateway.uid}})
    if device.modbus is not None and device.modbus.gateway_id != device.via_id:
        message = _("This connection belongs to another gateway than the one it is reached via.")
        raise ValidationError({"modbus": message})
    check_unit(device=device)


def check_unit(*, device: Device) -> None:
    """See that no other device is read at the same unit: both would have the same registers.

    A disabled one is not read, so that its successor can have its place. Call it in the transaction
    that stores it.

    Raises:
        django.core.exceptions.ValidationError: at ``unit_id``, naming the other one.
    """
    if device.modbus_id is None or not device.enabled:
        return
    # of two at once, the second one waits here for the first
    ModbusConnection.objects.select_for_update(no_key=True).filter(pk=device.modbus_id).first()
    there = Device.objects.filter(modbus=device.modbus_id, unit_id=device.unit_id, enabled=True)
    other = there.exclude(pk=device.pk).order_by("uid").first()
    if other is not None:
        message = _(
            "%(device)s is read at unit %(unit)d of this connection already. Give one of them"
            " another unit id, or disable it."
        )
        raise ValidationError({"unit_id": message % {"device": other.uid, "unit": device.unit_id}})


# ---------------------------------------------------------------- deleting


def why_kept(*, device: Device) -> str:
    """Say why a device cannot be deleted; empty when it can."""
    uids = list(device.children.order_by("uid").values_list("uid", flat=True))
    message = ngettext(
        "%(count)d device is reached via %(gateway)s: %(devices)s. Move or delete it first; or"
        " disable %(gateway)s.",
        "%(count)d devices are reached via %(gateway)s: %(devices)s. Move or delete them first; or"
        " disable %(gateway)s.",
        len(uids),
    )
    said = {"count": len(uids), "gateway": device.uid, "devices": _named(uids)}
    return message % said if uids else ""


def users_of(*, connection: ModbusConnection) -> str:
    """Say why a connection cannot be deleted; empty when it can."""
    uids = list(connection.devices.order_by("uid").values_list("uid", flat=True))
    message = _("Devices are read through it: %(devices)s. Move them first.")
    return message % {"devices": _named(uids)} if uids else ""


def _named(uids: Sequence[str]) -> str:
    return ", ".join(uids[:_MOST_NAMED]) + (", …" if len(uids) > _MOST_NAMED else "")
