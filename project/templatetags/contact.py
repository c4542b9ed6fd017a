"""When a device could be heard of, and who changed it, in words."""

from __future__ import annotations

import math
from typing import Final

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.contact import Outage, Strip
from devices.wording import ACTIONS, CLOSINGS, REASONS, in_words, kind_words

register = template.Library()
register.filter("kind_words", kind_words)

NARROW_SPACE: Final = "\u202f"
_LENGTHS: Final = {
    "day": gettext_lazy("24 h"),
    "week": gettext_lazy("7 d"),
    "month": gettext_lazy("30 d"),
}


@register.filter
def length_words(strip: Strip) -> str:
    """Say over which time a strip goes."""
    return str(_LENGTHS[strip.name])


@register.filter
def share_words(share: float | None) -> str:
    """Write a share of time. It is only full when nothing is missing, as in health.js."""
    if share is None:
        return "–"
    if share >= 1:
        return f"100{NARROW_SPACE}%"
    return f"{math.floor(share * 10_000) / 100:.2f}{NARROW_SPACE}%"


@register.filter
def strip_words(strip: Strip) -> str:
    """Say what a strip shows, for those who cannot see it."""
    words = _("%(length)s: in contact for %(share)s of the time, outages: %(n)s")
    return words % {
        "length": length_words(strip),
        "share": share_words(strip.share),
        "n": strip.outages,
    }


@register.filter
def outage_words(outage: Outage) -> str:
    """Say why a device could not be heard of."""
    reasons = [in_words(REASONS, outage.detail)] if outage.detail else []
    if outage.code is not None:
        reasons.append(in_words(CLOSINGS, outage.code))
    return ": ".join(reasons) or _("not known")


@register.filter
def action_words(action: str) -> str:
    """Say what was done to something."""
    return in_words(ACTIONS, action)


@register.filter
def plain(value: float) -> str:
    """Write a number with as many digits as it needs; nothing is a dash."""
    return f"{value:g}" if value else "–"


@register.filter
def seconds(ms: int) -> str:
    """Write a span of time in seconds."""
    return f"{ms / 1000:g}{NARROW_SPACE}s"
