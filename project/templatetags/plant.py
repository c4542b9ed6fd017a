"""Values, states and events in words, as the scripts will write them too."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import template
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from edge.wire import Close

register = template.Library()

NARROW_SPACE: Final = "\u202f"
MINUS: Final = "\u2212"

_STATUSES: Final = {
    "new": _("never seen"),
    "online": _("online"),
    "stale": _("stale"),
    "offline": _("offline"),
    "disabled": _("disabled"),
}
_CLOSINGS: Final = {
    Close.DONE: _("closed by the gateway"),
    Close.RECYCLED: _("planned reconnect"),
    1006: _("connection lost"),
    1011: _("server error"),
    Close.RESTARTING: _("server restarted"),
    Close.BAD_FRAME: _("unreadable frame"),
    Close.UNAUTHORIZED: _("token or device not accepted any more"),
    Close.FORBIDDEN: _("spoke for a device that is not its own"),
    Close.TOO_SLOW: _("silent for too long"),
    Close.SUPERSEDED: _("replaced by a newer connection"),
    Close.TOO_LARGE: _("frame too large"),
    Close.TOO_MANY: _("sent too much"),
    Close.OVERLOADED: _("server overloaded"),
}
_EVENTS: Final = {
    "device.down": _("does not answer"),
    "device.up": _("answers again"),
    "gateway.started": _("gateway started"),
    "gateway.spool_lost": _("spool lost, with the readings that waited in it"),
    "gateway.configuration_lost": _("the configuration on its disk was damaged"),
    "gateway.shared_credential": _("two gateways show the same token"),
    "configuration.running": _("runs a new configuration"),
    "configuration.refused": _("refused a configuration"),
    "token.kept": _("keeps a new token"),
    "token.expiring": _("the token will expire"),
}
_REASONS: Final = {
    "BAD": _("bad"),
    "CONFIG_ERROR": _("configuration error"),
    "NOT_CONNECTED": _("not connected"),
    "DEVICE_FAILURE": _("device failure"),
    "SENSOR_FAILURE": _("sensor failure"),
    "COMM_FAILURE": _("no answer"),
    "OUT_OF_SERVICE": _("out of service"),
    "gateway": _("gateway not connected"),
}


@register.filter
def reading(tag: dict[str, Any]) -> str:
    """Show the last value of a tag row: a number, the exact text of what is none, or ``?``."""
    if tag["t"] is None:
        return "–"
    if tag["raw"] is not None:
        return str(tag["raw"])
    return "?" if tag["v"] is None else number(tag["v"], tag["dec"])


@register.filter
def number(value: float, decimals: int) -> str:
    """Write a number with fixed digits, thin spaces between thousands and a real minus."""
    text = f"{abs(value):,.{decimals}f}".replace(",", NARROW_SPACE)
    return MINUS + text if value < 0 and any(c in "123456789" for c in text) else text


@register.filter
def status_words(device: dict[str, Any]) -> str:
    """Say the state of a device row, with the reason if there is one."""
    status = str(_STATUSES[device["status"]])
    return f"{status}: {reason_words(device['detail'])}" if device["detail"] else status


@register.filter
def reason_words(detail: str) -> str:
    """Say the name of a quality in words; free text stays as it is."""
    return str(_REASONS.get(detail, detail))


@register.filter
def closing_words(code: int | None) -> str:
    """Say why a connection ended."""
    return "" if code is None else str(_CLOSINGS.get(code, code))


@register.filter
def event_words(kind: str) -> str:
    """Say what a gateway told; unknown kinds stay as they are."""
    return str(_EVENTS.get(kind, kind))


@register.filter
def lasted(opened: datetime, closed: datetime | None) -> str:
    """Write how long something lasted, or has lasted until now."""
    s = max(0, int(((closed or now()) - opened).total_seconds()))
    h, m = s // 3600, s // 60 % 60
    if h >= 24:
        return str(_("%(days)s d %(hours)s h") % {"days": h // 24, "hours": h % 24})
    return f"{h}:{m:02}:{s % 60:02}"
