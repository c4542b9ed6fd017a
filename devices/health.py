"""How the devices answer their gateways, as these tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from django.utils import timezone

from devices.models import Device, DeviceHealth
from edge import wire

_TOLD: Final = [name for name in wire.UnitHealth.__struct_fields__ if name != "device"]


def note_health(units: Sequence[tuple[int, wire.UnitHealth]]) -> None:
    """Write down how devices answer, in one statement for all.

    Args:
        units: (device id, what was told), each device once. One that is gone is left out.
    """
    now = timezone.now()
    ids = [device_id for device_id, _ in units]
    there = set(Device.objects.filter(pk__in=ids).values_list("pk", flat=True))
    rows = [
        DeviceHealth(device_id=device_id, at=now, **_columns(unit))
        for device_id, unit in sorted(units, key=lambda pair: pair[0])
        if device_id in there
    ]
    DeviceHealth.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["device"], update_fields=[*_TOLD, "at"]
    )


def _columns(unit: wire.UnitHealth) -> dict[str, object]:
    return {name: msgspec.structs.asdict(unit)[name] for name in _TOLD}
