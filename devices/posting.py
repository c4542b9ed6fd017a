"""What a report that comes without a connection may write: whose tags, and whether again."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.utils import timezone

from devices.models import Device, Position, Tag
from edge import wire

KEY_LIFE: Final = timedelta(days=7)  # how long a repeated report is recognised by its key
STREAM: Final = "live"
_PREFIX: Final = "h"  # no spool's epoch begins so: theirs are hexadecimal


@dataclass(slots=True)
class Reach:
    """What a sender may write of what it wants to write."""

    tags: dict[tuple[str, str], int] = field(default_factory=dict)  # (uid, name) -> tag id
    refused: dict[str, str] = field(default_factory=dict)  # uid -> unknown_device, ...


@dataclass(frozen=True, slots=True)
class Claim:
    """The number under which a keyed report is stored at most once."""

    epoch: str
    position_id: int
    stored: bool  # it was stored before


def find_reach(*, device_id: int, site_id: int, wanted: Mapping[str, Collection[str]]) -> Reach:
    """Look up the tags that this device wants to write, for itself and those it speaks for.

    Args:
        device_id: the device that showed its token.
        site_id: its site.
        wanted: UID -> names of tags.

    Returns:
        The known tags, and the reason for each device that it may not write: unknown_device (none
        at its site), not_yours, disabled. Tags of devices that allow discovery are made.
    """
    reach = Reach()
    devices = {each.uid: each for each in Device.objects.filter(uid__in=wanted, site_id=site_id)}
    for uid, names in wanted.items():
        device = devices.get(uid)
        if device is None:
            reach.refused[uid] = "unknown_device"
        elif device_id not in {device.pk, device.via_id}:
            reach.refused[uid] = "not_yours"
        elif not device.enabled:
            reach.refused[uid] = "disabled"
        else:
            tags = _find_tags(device, names)
            reach.tags.update(((uid, name), pk) for name, pk in tags.items())
    return reach


def _find_tags(device: Device, names: Collection[str]) -> dict[str, int]:
    known = Tag.objects.filter(device=device, name__in=names)
    tags = dict(known.values_list("name", "pk"))
    new = [name for name in names if name not in tags]
    if not new or not device.discovery:
        return tags
    room = max(0, wire.MAX_TAGS - Tag.objects.filter(device=device).count())
    Tag.objects.bulk_create(
        (Tag(device=device, name=name) for name in new[:room]), ignore_conflicts=True
    )
    return dict(known.values_list("name", "pk"))


def claim_key(*, device_id: int, key: str) -> Claim:
    """Return the place of a report in the fence, by the key that its sender gave it."""
    digest = hashlib.sha256(key.encode()).digest()
    epoch = _PREFIX + base64.urlsafe_b64encode(digest).decode()[:15]
    position, _ = Position.objects.get_or_create(device_id=device_id, epoch=epoch, stream=STREAM)
    return Claim(epoch, position.pk, stored=position.last > 0)


def forget_keys() -> int:
    """Delete the keys that are too old to be sent again, and return how many there were."""
    old = Position.objects.filter(
        epoch__startswith=_PREFIX, updated_at__lt=timezone.now() - KEY_LIFE
    )
    deleted, _ = old.delete()
    return deleted
