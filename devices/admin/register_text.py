"""Where a tag is read, in one short line."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from devices.models import Tag
from devices.profiles import point_of
from edge.profile import Point
from edge.wire.cameras import CAMERA_TAGS

_OF_CAMERAS: Final = {tag.name for tag in CAMERA_TAGS}


def register_text(tag: Tag) -> str:
    """Say it: "holding 40 · int16 · ×0.1"; with a mark when it differs from the profile."""
    if tag.name in _OF_CAMERAS and hasattr(tag.device, "camera"):
        return _("none: told by the camera")
    try:
        point = point_of(tag)
    except ValidationError:
        return _("not described") if not tag.point else _("described wrongly")
    text = point_text(point)
    return f"{text} *" if tag.point else text


def point_text(point: Point) -> str:
    """Say where a point is read and how it is encoded."""
    place = f"{point.table} {point.address}"
    if point.model:
        place = f"SunSpec {point.model} + {point.address}"
    if point.bit is not None:
        place += f".{point.bit}"
    parts = [place, point.type if point.type != "string" else f"string({point.length})"]
    if point.width > 1 and point.order != "ABCD" and point.type != "string":
        parts.append(point.order)
    parts += _scaling(point)
    return " · ".join(parts)


def _scaling(point: Point) -> list[str]:
    parts: list[Any] = []
    if point.scale != 1:
        parts.append(f"×{point.scale:g}")
    if point.scale_from:
        parts.append(f"×10^{point.scale_from}")
    if point.offset:
        parts.append(f"{point.offset:+g}")
    if point.transform:
        parts.append(point.transform)
    return parts
