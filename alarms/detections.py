"""Stores what gateways tell of detections, in the transaction that claimed their frames."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from alarms import gallery
from alarms.models import Detection, Snapshot, SnapshotUpload
from alarms.phases import Facts, facts_of, is_historical, join
from devices.audit import recorded
from devices.ingest import FUTURE_MS, count_phases, oldest_ms, set_aside
from devices.intake import Entry, Outcome
from devices.models import Device
from edge import wire


def record(outcome: Outcome, now_ms: int) -> list[Detection]:
    """Store the new detections of a batch; those that cannot be are quarantined with a reason.

    Call it in the transaction that claimed the numbers of their frames. The pages hear of it on
    commit; ``outcome.pictures`` then says how many pictures wait for the image gate.

    Returns:
        The detections that are new or changed, for the alarms.
    """
    cameras = _cameras_of(outcome.detections)
    changed: dict[int, Detection] = {}
    joined: list[Entry] = []
    for entry in outcome.detections:
        frame = entry.frame
        assert isinstance(frame, wire.Detection)  # noqa: S101 - ingest hands over nothing else
        camera = cameras.get((entry.sender.device_id, frame.camera))
        if code := _wrong_time(frame, now_ms):
            set_aside(entry, outcome.receipts[entry.sender], code)
        elif camera is None:
            set_aside(entry, outcome.receipts[entry.sender], "unknown_camera")
        elif (row := _store(entry, frame, camera)) is None:
            set_aside(entry, outcome.receipts[entry.sender], "contradiction")
        else:
            changed[row.pk] = row
            joined.append(entry)
            outcome.pictures += _keep_picture(row, frame)
    count_phases(joined)
    gallery.announce(changed)
    return list(changed.values())


@transaction.atomic
def set_legal_hold(*, detection: Detection, hold: bool, reason: str) -> None:
    """Keep a detection and its pictures beyond their time, or no longer.

    Raises:
        ValidationError: no reason is given.
    """
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    detection.legal_hold, detection.hold_reason = hold, reason.strip()
    with recorded(detection, "hold" if hold else "release"):
        detection.save(update_fields=["legal_hold", "hold_reason"])
    gallery.announce([detection.pk])


def _cameras_of(entries: Sequence[Entry]) -> dict[tuple[int, str], Device]:
    """Return the devices by (id of a gateway that speaks for it, its UID)."""
    uids = {entry.frame.camera for entry in entries if isinstance(entry.frame, wire.Detection)}
    devices = Device.objects.filter(uid__in=uids, enabled=True) if uids else ()
    return {(device.via_id or device.pk, device.uid): device for device in devices}


def _wrong_time(frame: wire.Detection, now_ms: int) -> str:
    if frame.since < oldest_ms(now_ms):
        return "too_old"
    return "in_future" if frame.at > now_ms + FUTURE_MS else ""


def _store(entry: Entry, frame: wire.Detection, camera: Device) -> Detection | None:
    """Join one phase to what is known of its event; None: it is said to be of something else."""
    event = uuid.UUID(frame.id)
    rows = Detection.objects.select_for_update(no_key=True)
    row = rows.filter(gateway_id=entry.sender.device_id, event=event).first()
    received = _time(entry.received_ms)
    if row is None:
        return Detection.objects.create(
            event=event,
            gateway_id=entry.sender.device_id,
            camera=camera,
            camera_uid=camera.uid,
            site_id=camera.site_id,
            label=frame.label,
            received_at=received,
            heard_at=received,
            historical=is_historical(frame, received),
            **_columns(facts_of(frame)),
        )
    if (row.camera_uid, row.label) != (frame.camera, frame.label):
        return None
    columns = _columns(join(_facts(row), facts_of(frame)))
    columns["heard_at"] = max(row.heard_at, received)
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
    return row


def _facts(row: Detection) -> Facts:
    known = {name: getattr(row, name) for name in Facts.__dataclass_fields__}
    if row.reached is None:  # told before this was kept: it has reached its threshold
        known["reached"] = max(row.score, row.threshold)
    return Facts(**known)


def _columns(facts: Facts) -> dict[str, Any]:
    return {**asdict(facts), "state": facts.state}


def _keep_picture(row: Detection, frame: wire.Detection) -> bool:
    """Keep the picture of a phase for the image gate; False: none is there, or it is known."""
    picture = frame.picture
    if picture is None:
        return False
    snapshot, is_new = Snapshot.objects.get_or_create(
        detection=row,
        role=picture.role,
        sha256=picture.sha256,
        defaults={
            "at": _time(picture.at),
            "width": picture.width,
            "height": picture.height,
            "boxes": [msgspec.to_builtins(box) for box in picture.boxes],
        },
    )
    if is_new:
        SnapshotUpload.objects.create(snapshot=snapshot, jpeg=frame.jpeg)
    return is_new


def _time(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
