"""Values, states and events in words, as the scripts will write them too."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import template
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from devices.camera_words import own_words
from devices.wording import CLOSINGS, EVENTS, REASONS, in_words, state_words

register = template.Library()

NARROW_SPACE: Final = "\u202f"
MINUS: Final = "\u2212"

register.filter("own_words", own_words)


@register.filter
def reading(tag: dict[str, Any]) -> str:
    """Show the last value of a tag row: a number or what it means, the exact text, or ``?``."""
    if tag["t"] is None:
        return "–"
    if tag["raw"] is not None:
        return str(tag["raw"])
    return "?" if tag["v"] is None else meaning(tag) or number(tag["v"], tag["dec"])


def meaning(tag: dict[str, Any]) -> str:
    """Say what the value of a tag row means: its state, or the bits that are set."""
    value = f"{tag['v']:.0f}"
    if tag["states"] and value in tag["states"] and tag["v"] == float(value):
        return own_words(str(tag["states"][value]))
    if tag["bits"] and tag["v"] >= 0:
        set_bits = [word for bit, word in tag["bits"].items() if int(tag["v"]) >> int(bit) & 1]
        return ", ".join(set_bits)
    return ""


@register.filter
def number(value: float, decimals: int) -> str:
    """Write a number with fixed digits, thin spaces between thousands and a real minus."""
    text = f"{abs(value):,.{decimals}f}".replace(",", NARROW_SPACE)
    return MINUS + text if value < 0 and any(c in "123456789" for c in text) else text


@register.filter
def status_words(device: dict[str, Any]) -> str:
    """Say the state of a device row, with the reason if there is one."""
    return state_words(device["status"], device["detail"])


@register.filter
def reason_words(detail: str) -> str:
    """Say the name of a quality in words; free text stays as it is."""
    return in_words(REASONS, detail)


@register.filter
def closing_words(code: int | None) -> str:
    """Say why a connection ended."""
    return in_words(CLOSINGS, code)


@register.filter
def event_words(kind: str) -> str:
    """Say what a gateway told; unknown kinds stay as they are."""
    return in_words(EVENTS, kind)


@register.filter
def lasted(opened: datetime, closed: datetime | None) -> str:
    """Write how long something lasted, or has lasted until now, as the scripts write ages."""
    s = max(0, int(((closed or now()) - opened).total_seconds()))
    h, m = s // 3600, s // 60 % 60
    if h >= 24:
        return str(_("%(days)s d %(hours)s h") % {"days": h // 24, "hours": h % 24})
    if s < 60:
        return str(_("%s s") % s)
    return f"{h}:{m:02}:{s % 60:02}" if h else f"{m}:{s % 60:02}"
