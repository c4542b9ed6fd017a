"""Codes in words: what gateways tell, why connections end, what is in the audit trail.

The pages and the administration say the same of the same thing. A code that is not here is shown as
it is, so that nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.apps import apps
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from edge.wire import Close

Words = Mapping[Any, Any]  # code -> lazy text

STATUSES: Final = {
    "new": _("never seen"),
    "online": _("online"),
    "stale": _("stale"),
    "offline": _("offline"),
    "disabled": _("disabled"),
}
CLOSINGS: Final = {
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
EVENTS: Final = {
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
    "camera.blind": _("pictures cannot be looked at"),
    "camera.state": _("the state of a camera changed"),
}
REASONS: Final = {
    "BAD": _("bad"),
    "CONFIG_ERROR": _("configuration error"),
    "NOT_CONNECTED": _("not connected"),
    "DEVICE_FAILURE": _("device failure"),
    "SENSOR_FAILURE": _("sensor failure"),
    "COMM_FAILURE": _("no answer"),
    "OUT_OF_SERVICE": _("out of service"),
    "gateway": _("gateway not connected"),
}
GAPS: Final = {
    "quota": _("the spool was full"),
    "age": _("too old to be kept"),
    "corrupt": _("damaged in the spool"),
    "refused": _("refused by the server"),
    "operator": _("given up by a person"),
}
CODES: Final = {
    "unknown_tag": _("the registry does not know the tag"),
    "unknown_device": _("the registry does not know the device"),
    "too_old": _("older than what is kept"),
    "in_future": _("from the future: a clock is wrong"),
    "bad_time": _("no readable time"),
    "bad_tag": _("no readable tag number"),
    "bad_quality": _("no readable quality"),
    "bad_value": _("no readable value"),
    "bad_text": _("text too long or not readable"),
    "no_value": _("good, but without a value"),
    "value_of_bad_reading": _("bad, but with a value"),
    "ragged": _("columns of different length"),
    "database": _("the database refused it"),
}
STREAMS: Final = {
    "events": _("events"),
    "live": _("live readings"),
    "history": _("late readings"),
}
LINKS: Final = {  # of edge.wire.UnitHealth.state
    "up": _("answers"),
    "down": _("does not answer"),
    "probing": _("is tried again"),
    "unknown": _("not known"),
}
ACTIONS: Final = {
    "create": pgettext_lazy("audit", "created"),
    "change": _("changed"),
    "delete": _("deleted"),
    "revoke": _("revoked"),
    "rotate": _("rotated"),
    "approve": _("approved"),
    "shared_credential": _("two gateways show the same token"),
    "hold": _("kept as evidence"),
    "release": _("not kept any longer"),
}


def in_words(words: Words, code: object) -> str:
    """Say a code in words; one that is not known stays as it is, and nothing is empty."""
    return "" if code is None else str(words.get(code, code))


def state_words(status: str, detail: str) -> str:
    """Say the state of a device, with the reason if there is one."""
    words = in_words(STATUSES, status)
    return f"{words}: {in_words(REASONS, detail)}" if detail else words


def kind_words(kind: str) -> str:
    """Say what kind of thing an entry of the audit trail is about."""
    names = {str(m._meta.model_name): m._meta.verbose_name for m in apps.get_models()}
    return str(names.get(kind, kind))
