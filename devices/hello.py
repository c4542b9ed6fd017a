"""What a gateway says first: which streams it counts, and what its tag numbers mean."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from devices.intake import Sender
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
    devices = Device.objects.filter(Q(pk=device_id) | Q(via_id=device_id), enabled=True)
    sender = Sender(
        device_id=device_id,
        site_id=site_id,
        credential_id=credential_id,
        epoch=epoch,
        devices=dict(devices.values_list("uid", "pk")),
        positions={stream: position.pk for stream, position in positions.items()},
    )
    return sender, {stream: positions[stream].last for stream in wire.STREAMS}


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

    Tags that the registry does not know are added if their device allows discovery.

    Returns:
        The numbers that stay unknown; their readings will be quarantined.
    """
    wanted = {decl.device for decl in declared} & sender.devices.keys()
    devices = {d.uid: d for d in Device.objects.filter(uid__in=wanted)}
    tags = {(t.device_id, t.name): t for t in Tag.objects.filter(device__uid__in=wanted)}
    unknown: list[int] = []
    for decl in declared:
        device = devices.get(decl.device)
        tag = device and (tags.get((device.pk, decl.name)) or _discover(device, decl))
        if tag:
            _follow(tag, decl)
            sender.tags[decl.n] = tag.pk
        else:
            unknown.append(decl.n)
    return unknown


def _discover(device: Device, decl: wire.TagDecl) -> Tag | None:
    if not device.discovery:
        return None
    tag, _ = Tag.objects.get_or_create(device=device, name=decl.name, defaults={"unit": decl.unit})
    return tag


def _follow(tag: Tag, decl: wire.TagDecl) -> None:
    """Keep the periods that staleness is judged by as the gateway really uses them."""
    if (tag.scan_ms, tag.silence_ms) != (decl.scan_ms, decl.silence_ms):
        tag.scan_ms, tag.silence_ms = decl.scan_ms, decl.silence_ms
        tag.save(update_fields=["scan_ms", "silence_ms"])
