"""How a device is configured, and which version of that its gateway runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alarms.limits import limits_of
from devices.gateways import report
from devices.models import Credential, Device, GatewayConfiguration, ModbusConnection, Scope, Tag
from devices.profiles import Fields, points_in
from project.device_bars import SHORT

_KINDS: Final = {  # of tables of registers, see edge.profile.Point
    "holding": _("holding register"),
    "input": _("input register"),
    "coil": _("coil"),
    "discrete": _("discrete input"),
}


def config_tab(
    device: Device, now: datetime, *, may_configure: bool, has_gateway: bool
) -> dict[str, Any]:
    """Context of the tab: addresses and tokens are only for those who may configure.

    Args:
        device: as `devices.access.device_for` returns it.
        now: the moment to judge by.
        may_configure: whoever looks is an engineer of the site.
        has_gateway: it is one itself, or is reached via one.
    """
    points = points_in(device.profile)
    limits: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for limit in limits_of(device.tags.values_list("pk", flat=True)):
        limits[limit["tag"]].append({"short": SHORT[limit["kind"]], "limit": limit["limit"]})
    tags = [_tag(tag, points, limits[tag.pk]) for tag in device.tags.all()]
    camera = getattr(device, "camera", None)
    carrier = device.via or device
    told = report(gateway_id=carrier.pk, now=now, ledgers={}) if has_gateway else None
    version = told["config"]["running"] if told else None
    return {
        "profile": device.profile,
        "profile_url": device.profile
        and reverse("admin:devices_deviceprofile_change", args=[device.profile.pk]),
        "modbus": device.modbus if may_configure else None,
        "is_modbus": device.modbus is not None,
        "unit_id": device.unit_id,
        "line_url": reverse("admin:devices_device_change", args=[carrier.pk]),
        "place": _place(device.modbus) if device.modbus and may_configure else "",
        "camera_row": camera,
        "tag_rows": tags,
        "registers": any(row["register"] for row in tags),
        "lines": _lines(device) if may_configure else [],
        "tokens": _tokens(device, now) if may_configure and device.via is None else None,
        "carrier": carrier,
        "version": _version(carrier, version),
        "reports": {f"health:{carrier.pk}": told} if told else {},
    }


def _place(line: ModbusConnection) -> str:
    """Say where a Modbus connection leads."""
    if line.kind != ModbusConnection.Kind.RTU:
        return f"{line.host}:{line.port}"
    shape = f"{line.data_bits}{line.parity}{line.stop_bits}"
    return f"{line.serial_port}, {line.baud} {shape}"


def _lines(gateway: Device) -> list[dict[str, Any]]:
    """Return the Modbus connections of a gateway."""
    lines = gateway.modbus_connections.all()
    return [{"row": line, "place": _place(line)} for line in lines]


def _version(gateway: Device, running: int | None) -> GatewayConfiguration | None:
    """Return the version that a gateway runs, as far as it is kept."""
    rows = GatewayConfiguration.objects.filter(gateway=gateway, version=running or 0)
    return rows.defer("packed").first()


# ---------------------------------------------------------------- tags


def _tag(tag: Tag, points: Mapping[str, Fields], limits: list[dict[str, Any]]) -> dict[str, Any]:
    own = tag.point if isinstance(tag.point, dict) else {}
    point = points.get(tag.name, {}) | own
    return {
        "tag": tag,
        "url": reverse("admin:devices_tag_change", args=[tag.pk]),
        "register": _register(point),
        "type": _type(point),
        "scale": _scale(point),
        "differs": bool(own) and tag.name in points,  # from its profile
        "limits": limits,
    }


def _register(point: Fields) -> str:
    """Say where a value is read; empty: nowhere."""
    if "address" not in point:
        return ""
    table = _KINDS.get(point.get("table") or "holding", point.get("table"))
    bit = f".{point['bit']}" if point.get("bit") is not None else ""
    model = f" (SunSpec {point['model']})" if point.get("model") else ""
    return f"{table} {point['address']}{bit}{model}"


def _type(point: Fields) -> str:
    order = point.get("order") or "ABCD"
    length = f" × {point['length']}" if point.get("length") else ""
    kind = point.get("type", "")
    return f"{kind}{length} {order}".strip() if order != "ABCD" else f"{kind}{length}"


def _scale(point: Fields) -> str:
    """Say how a raw value becomes one in the unit of the tag; empty: it is one."""
    parts = []
    if point.get("transform"):
        parts.append(str(point["transform"]))
    if point.get("scale", 1) != 1:
        parts.append(f"× {point['scale']:g}")
    if point.get("scale_from"):
        parts.append(f"× 10^{point['scale_from']}")
    if point.get("offset"):
        parts.append(f"{point['offset']:+g}")
    return " ".join(parts)


# ---------------------------------------------------------------- tokens

_SCOPES: Final = {scope.value: scope.label for scope in Scope}


def _tokens(device: Device, now: datetime) -> list[dict[str, Any]]:
    """Return the tokens of a device, those that are good for something first."""
    rows = Credential.objects.filter(device=device).select_related("replaced_by")
    tokens = [_token(row, now) for row in rows]
    return sorted(tokens, key=lambda token: token["state"] != "valid")


def _token(row: Credential, now: datetime) -> dict[str, Any]:
    state = "valid"
    if row.revoked_at is not None:
        state = "revoked"
    elif row.expires_at is not None and row.expires_at <= now:
        state = "expired"
    return {
        "row": row,
        "state": state,
        "words": _STATES[state],
        "scopes": [_SCOPES.get(scope, scope) for scope in row.scopes],
        "url": reverse("admin:devices_credential_change", args=[row.pk]),
    }


_STATES: Final = {
    "valid": pgettext_lazy("token", "valid"),
    "expired": pgettext_lazy("token", "expired"),
    "revoked": pgettext_lazy("token", "revoked"),
}
