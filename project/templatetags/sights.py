"""What cameras saw, in words and shapes, as the scripts will write it too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alarms.models import Verdict
from alarms.phases import LATE

register = template.Library()

NARROW_SPACE: Final = "\u202f"
_LABELS: Final = {
    "fire": _("Fire"),
    "smoke": _("Smoke"),
    "no_helmet": _("No helmet"),
    "helmet": _("Helmet"),
    "person": _("Person"),
}
_NOTHING: Final = {
    "ready": "",
    "pending": _("Picture is being checked"),
    "refused": _("Picture refused"),
    "none": _("No picture"),
}
_STATES: Final = {
    "active": pgettext_lazy("detection", "active"),
    "ended": pgettext_lazy("detection", "ended"),
    "unsure": _("last known: active"),
    "historical": _("reported late"),
}

_VERDICTS: Final = {"none": _("none given"), **dict(Verdict.Kind.choices)}
_UNWATCHED: Final = {"stopped", "changed"}  # see ``why`` in edge/wire/detections.py
_CUT: Final = {"offline", "disabled"}
_UNKNOWN: Final = {"via": None, "status": "offline"}


@register.filter
def label_words(label: str) -> str:
    """Say a class in words; an unknown one by its name."""
    return str(_LABELS.get(label) or label.replace("_", " ").capitalize())


@register.filter
def shape_of(label: str) -> str:
    """Return the symbol of a class."""
    return f"#i-{label}" if label in _LABELS else "#i-other"


@register.filter
def state_words(state: str) -> str:
    """Say the state of a detection."""
    return str(_STATES.get(state, state))


@register.filter
def verdict_words(kind: str) -> str:
    """Say what somebody said that a detection was."""
    return str(_VERDICTS.get(kind, kind))


@register.filter
def state_of(row: dict[str, Any] | None, config: dict[str, Any]) -> str:
    """Say how a card is as far as anybody can know, like ``stateOf`` in detections.js."""
    if row is None or row["state"] != "active":
        return row["state"] if row else ""
    devices = {device["uid"]: device for device in config["devices"]}
    camera = devices.get(row["camera"], _UNKNOWN)
    way = [camera, devices.get(camera["via"], _UNKNOWN)] if camera["via"] else [camera]
    is_cut = any(device["status"] in _CUT for device in way)
    is_silent = config["now"] - row["heard"] > row["patience"]
    is_past = row["heard"] - row["at"] > LATE.total_seconds() * 1000
    return "unsure" if is_cut or is_silent or is_past else "active"


@register.filter
def told_state(row: dict[str, Any] | None, config: dict[str, Any]) -> str:
    """Say the state of a card; a hazard that nobody watches any more need not be over."""
    state = state_of(row, config)
    is_unwatched = row is not None and state == "ended" and row["why"] in _UNWATCHED
    return str(_("watching ended")) if is_unwatched else state_words(state)


@register.filter
def nothing_words(picture: str) -> str:
    """Say why there is no picture."""
    return str(_NOTHING.get(picture, ""))


@register.filter
def percent(share: float) -> str:
    """Write a confidence."""
    return f"{share * 100:.0f}{NARROW_SPACE}%"


@register.filter
def hundred(share: float) -> str:
    """Write a share as a coordinate of a drawing that is 100 wide."""
    return f"{share * 100:.1f}"


@register.filter
def moment(ms: int, zone: str) -> str:
    """Write a moment in the time of the plant."""
    at = datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{at:%Y-%m-%d %H:%M:%S}"


@register.filter
def pixels(box: dict[str, Any], row: dict[str, Any]) -> dict[str, float]:
    """Return where a box lies in its picture, pixels."""
    return {
        "x": round(box["x"] * row["width"], 1),
        "y": round(box["y"] * row["height"], 1),
        "w": round(box["w"] * row["width"], 1),
        "h": round(box["h"] * row["height"], 1),
    }
