"""What a gateway says first: which streams it counts, and what its tag numbers mean."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from devices.intake import Sender, TagNumbers
from devices.models import Device, Position, Tag
from edge import wire


def open_sender(
    *, device_id: int, site_id: int, credential_id: int, epoch: str
) -> tuple[Sender, dict[wire.Stream, int]]:
    """Make the sender of one connection.

    Returns:
        The sender, and the number of the last stored frame in each stream of its epoch.
    """
    by_stream = _positions(device_id, epoch) or _new_positions(device_id, epoch)
    positions = {stream: by_stream[stream] for stream in wire.STREAMS}
    sender = Sender(
        device_id=device_id,
        site_id=site_id,
        credential_id=credential_id,
        epoch=epoch,
        devices=_reachable(device_id),
        positions={stream: position.pk for stream, position in positions.items()},
    )
    return sender, {stream: positions[stream].last for stream in wire.STREAMS}


def _reachable(gateway_id: int) -> dict[str, int]:
    """UID -> id of the devices that a gateway may speak for."""
    devices = Device.objects.filter(Q(pk=gateway_id) | Q(via_id=gateway_id), enabled=True)
    return dict(devices.values_list("uid", "pk"))


def _positions(device_id: int, epoch: str) -> dict[str, Position]:
    known = Position.objects.filter(device_id=device_id, epoch=epoch)
    return {position.stream: position for position in known}


def _new_positions(device_id: int, epoch: str) -> dict[str, Position]:
    """Begin to count. For a new spool only: this waits for whoever claims its numbers just now."""
    Position.objects.bulk_create(
        (Position(device_id=device_id, epoch=epoch, stream=stream) for stream in wire.STREAMS),
        ignore_conflicts=True,
    )
    return _positions(device_id, epoch)


@transaction.atomic
def declare_tags(sender: Sender, declared: Sequence[wire.TagDecl]) -> list[int]:
    """Note what these numbers mean, and how often the gateway scans and reports those tags.

    Tags that the registry does not know are added if their device allows discovery. Devices that
    came to the gateway since it said hello are looked up.

    Returns:
        The numbers that stay unknown; their readings will be quarantined.
    """
    wanted = {decl.device for decl in declared}
    if not wanted <= sender.devices.keys():
        sender.devices = _reachable(sender.device_id)
    devices, tags = _look_up(sender, wanted)
    unknown: list[int] = []
    for decl in declared:
        device = devices.get(decl.device)
        tag = device and (tags.get((device.pk, decl.name)) or _discover(device, decl))
        sender.declared[decl.n] = decl.device, decl.name
        if device and tag:
            _follow(device, tag, decl)
            sender.tags[decl.n] = tag.pk
        else:
            unknown.append(decl.n)
    return unknown


def declare_again(sender: Sender) -> bool:
    """Look up once more what all numbers of a connection mean, because the registry has changed.

    Returns:
        Whether any of them means something else now.
    """
    sender.devices = _reachable(sender.device_id)
    devices, tags = _look_up(sender, {uid for uid, _ in sender.declared.values()})
    fresh = TagNumbers()
    for number, (uid, name) in sender.declared.items():
        device = devices.get(uid)
        tag = tags.get((device.pk, name)) if device else None
        if tag:
            fresh[number] = tag.pk
    changed = fresh != sender.tags
    sender.tags = fresh  # a new one: the storing thread may be reading the old one
    return changed


def _look_up(
    sender: Sender, uids: set[str]
) -> tuple[dict[str, Device], dict[tuple[int, str], Tag]]:
    """Return those of these devices that the gateway may speak for, and their tags."""
    wanted = [sender.devices[uid] for uid in uids & sender.devices.keys()]
    devices = {device.uid: device for device in Device.objects.filter(pk__in=wanted)}
    tags = {(tag.device_id, tag.name): tag for tag in Tag.objects.filter(device_id__in=wanted)}
    return devices, tags


def _discover(device: Device, decl: wire.TagDecl) -> Tag | None:
    if not device.discovery:
        return None
    tag, _ = Tag.objects.get_or_create(device=device, name=decl.name, defaults={"unit": decl.unit})
    return tag


def _follow(device: Device, tag: Tag, decl: wire.TagDecl) -> None:
    """Keep the periods that staleness is judged by as the gateway really uses them.

    Where the server says what is read, the tag says what they shall be, and the gateway may not
    have heard of it yet.
    """
    if device.modbus_id is not None:
        return
    if (tag.scan_ms, tag.silence_ms) != (decl.scan_ms, decl.silence_ms):
        tag.scan_ms, tag.silence_ms = decl.scan_ms, decl.silence_ms
        tag.save(update_fields=["scan_ms", "silence_ms"])
