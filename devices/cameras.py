"""Services on cameras: how a gateway gets pictures of a device, and what it looks for in them."""

from __future__ import annotations

from typing import Final

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from devices.audit import fields_of, record, recorded
from devices.camera_words import CAMERA_LABELS, CAMERA_STATES
from devices.configuration import camera_config
from devices.models import Camera, Device, Tag
from devices.sources import login_of, split_password
from devices.telling import plant_changed
from edge.wire.cameras import (
    CAMERA_SCAN_MS,
    CAMERA_SILENCE_MS,
    CAMERA_TAGS,
    camera_mistakes,
)

_STATE: Final = "state"  # the tag whose numbers have words


@transaction.atomic
def save_camera(*, camera: Camera) -> None:
    """Store a new or edited camera; a new one gets its tags, and its gateway hears of it.

    A password in the source is kept apart. Without one the known password stays, as long as user
    and host do.

    Raises:
        ValidationError: a field is wrong, or its gateway could not use what would come of it.
    """
    before = Camera.objects.filter(pk=camera.pk).first()
    _keep_password_apart(camera, before)
    camera.full_clean()
    _check(camera)
    with recorded(camera):
        camera.save()
    if before is None:
        _make_tags(camera.device)
    plant_changed(device=camera.device)


@transaction.atomic
def delete_camera(*, camera: Camera) -> None:
    """Have a device watched no more; the device, its tags and its detections stay."""
    device = camera.device  # a deleted row knows it no more
    record("delete", camera, fields_of(camera), None)
    camera.delete()
    plant_changed(device=device)


def _keep_password_apart(camera: Camera, before: Camera | None) -> None:
    camera.source, password = split_password(camera.source)
    same = before is not None and login_of(before.source) == login_of(camera.source)
    camera.password = password or (before.password if before is not None and same else "")


def _check(camera: Camera) -> None:
    if camera.device.via_id is None:
        message = _("A camera is reached via a gateway: say which one at its device.")
        raise ValidationError(message)
    if camera.device.modbus_id is not None:
        message = _("This device is read over Modbus: make a device of its own for the camera.")
        raise ValidationError(message)
    config = camera_config(camera)
    if mistakes := list(camera_mistakes(config)):
        raise ValidationError(mistakes)
    try:
        msgspec.json.encode(config)
    except UnicodeEncodeError as error:
        raise ValidationError(_("There are characters that cannot be stored.")) from error


def _make_tags(device: Device) -> None:
    known = set(device.tags.values_list("name", flat=True))
    Tag.objects.bulk_create(
        Tag(
            device=device,
            name=tag.name,
            label=CAMERA_LABELS.get(tag.name, ""),
            unit=tag.unit,
            decimals=tag.decimals,
            scan_ms=CAMERA_SCAN_MS,
            silence_ms=CAMERA_SILENCE_MS,
            point={"states": CAMERA_STATES} if tag.name == _STATE else {},
            position=position,
        )
        for position, tag in enumerate(CAMERA_TAGS)
        if tag.name not in known
    )
