"""Who must hear of a change: the pages, and the web processes that hold the sockets.

Whatever changes who may speak, or what a gateway is to read, is told to all web processes by
PostgreSQL, with the commit. It works with Redis away, and across processes.
"""

from __future__ import annotations

from typing import Final

from devices.configuration import refresh_configuration
from devices.models import Device
from devices.signals import plant_edited
from devices.states import announce_state, notify

AUTHORITY_CHANNEL: Final = "sentinel_authority"  # payload: id of the device
PLANT_CHANNEL: Final = "sentinel_plant"  # payload: id of the gateway whose devices or tags changed


def device_changed(*, device: Device) -> None:
    """Announce an edited device to the pages and to the web processes that hold its sockets.

    Call it in the transaction of the change.
    """
    tell_authority(device.pk)
    announce_state([device.pk])


def plant_changed(*, device: Device) -> None:
    """Tell the gateway of a device that what it reads, or what its tag numbers mean, has changed.

    Call it in the transaction of the change.

    Raises:
        django.core.exceptions.ValidationError: the gateway could not read what came of it.
    """
    tell_plant(device.via_id or device.pk)


def tell_plant(gateway_id: int) -> None:
    """Do the same for a gateway."""
    refresh_configuration(gateway_id=gateway_id)
    notify(PLANT_CHANNEL, str(gateway_id))
    plant_edited.send(sender=None, gateway_id=gateway_id)


def tell_authority(device_id: int) -> None:
    """Have all web processes look at the sockets of a device again."""
    notify(AUTHORITY_CHANNEL, str(device_id))
