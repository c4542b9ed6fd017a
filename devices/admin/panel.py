"""How a device does, in a few figures at the top of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from devices.admin.device_list import rows_by_device
from devices.models import Device, DeviceHealth, DeviceState, GatewayConfiguration
from devices.wording import LINKS, in_words, state_words


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing to know."""

    label: str
    value: str
    note: str = ""
    wrong: bool = False  # somebody has to look at it


def panel_of(device: Device) -> dict[str, Any]:
    """Gather the figures of a device.

    Returns:
        ``{status, words, figures}``: the state that the live pages show, and the rest.
    """
    row = rows_by_device([(device.pk, device.site_id)]).get(device.pk)
    status, detail = (row["status"], row["detail"]) if row else ("new", "")
    state = getattr(device, "state", None)
    figures = _figures_of_gateway(device, state) if device.via_id is None else []
    figures += _figures_of_unit(getattr(device, "health", None))
    return {"status": status, "words": state_words(status, detail), "figures": figures}


def _figures_of_gateway(device: Device, state: DeviceState | None) -> list[Figure]:
    figures = [*_configuration(device, state)]
    if state is None:
        return figures
    if state.last_seen_at is not None:
        figures.append(Figure(_("last seen"), f"{localtime(state.last_seen_at):%Y-%m-%d %H:%M:%S}"))
    if state.agent:
        figures.append(Figure(_("agent"), state.agent))
    if state.beat_at is not None:
        figures.append(Figure(_("frames waiting"), str(state.waiting), _waiting_note(state)))
    if state.skew_ms is not None:
        wrong = abs(state.skew_ms) > 2000  # pages call it a wrong clock from here on
        figures.append(Figure(_("clock skew"), f"{state.skew_ms} ms", wrong=wrong))
    if state.beat_at is not None:
        figures.append(Figure(_("read errors"), str(state.read_errors)))
    return figures


def _waiting_note(state: DeviceState) -> str:
    """Say how old the figures are: they came with a heartbeat, not with the last frame."""
    counted = _("counted at %(at)s") % {"at": f"{localtime(state.beat_at):%H:%M:%S}"}
    if state.oldest_at is None:
        return counted
    oldest = _("oldest of %(at)s") % {"at": f"{localtime(state.oldest_at):%Y-%m-%d %H:%M:%S}"}
    return f"{oldest}, {counted}"


def _configuration(device: Device, state: DeviceState | None) -> list[Figure]:
    newest: GatewayConfiguration | None = device.configurations.first()
    if newest is None:
        return []
    runs = state.config_version if state is not None else None
    if newest.refused_at is not None:
        note = "; ".join(map(str, newest.mistakes))
        value = _("version %(version)d refused") % {"version": newest.version}
        return [Figure(_("configuration"), value, note, wrong=True)]
    if runs == newest.version:
        return [Figure(_("configuration"), _("runs version %(version)d") % {"version": runs})]
    value = _("version %(version)d waits") % {"version": newest.version}
    if state is None or state.last_seen_at is None:
        return [Figure(_("configuration"), value, _("never connected"))]
    note = _("runs version %(version)d") % {"version": runs} if runs else _("runs its own file")
    return [Figure(_("configuration"), value, note)]


def _figures_of_unit(health: DeviceHealth | None) -> list[Figure]:
    if health is None:
        return []
    asked = f"{health.requests} / {health.timeouts} / {health.refusals}"
    return [
        Figure(_("Modbus"), in_words(LINKS, health.state), health.error, wrong=bool(health.error)),
        Figure(_("latency"), f"{health.latency_ms:.0f} ms", f"≤ {health.worst_ms:.0f} ms"),
        Figure(_("requests / timeouts / refusals"), asked),
        Figure(_("requests in a round"), str(health.blocks)),
        Figure(_("refused tags"), str(health.holes), wrong=health.holes > 0),
    ]
