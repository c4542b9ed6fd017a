"""What the page of one device is made of: its head, and what each of its tabs shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse

from alarms.limits import limits_of
from alarms.listing import with_names
from alarms.models import Alarm, Rule
from alarms.story import occurrences_of
from alarms.units import unit_of
from alarms.wording import own_name
from devices.access import AnyUser, at_least, role_at
from devices.contact import contact_of
from devices.gateways import gateways_of
from devices.journal import connections_of
from devices.models import Device, Latest, Role
from devices.selectors import Row, device_rows, tag_rows
from project.camera_pages import camera_devices, still
from project.device_bars import bars_of
from project.device_config import config_tab
from project.device_events import happenings_of
from project.device_marks import marks_of
from project.pages import config_of, joined
from project.sightings import Filter, cards_of, gallery_config

FIRST_TRENDS: Final = 6  # that are open from the start
SNAPSHOTS: Final = 6  # of a camera, beside its values
SEEN: Final = 20  # detections in its history
OCCURRENCES: Final = 30  # of alarms in its history
MARKED: Final = timedelta(hours=1)  # as long as its trends reach
TABS: Final = ("live", "history", "events", "config")
_FIRMWARE: Final = ("firmware", "firmware_version")  # tags that say it


def device_page(
    device: Device, now: datetime, user: AnyUser, tab: str, before: str = ""
) -> dict[str, Any]:
    """Context of one tab of the page of a device; none pays for what another shows.

    Args:
        device: as `devices.access.device_for` returns it.
        now: the moment to judge by.
        user: who looks, and may see its site.
        tab: one of `TABS`.
        before: in its events, where to go on.
    """
    role = role_at(user, device.site)
    devices = device_rows(site_id=device.site_id, now=now)
    context = _head(device, devices) | {
        "tab": tab,
        "tab_template": f"_device_{tab}.html",
        "may_configure": role in at_least(Role.ENGINEER),
        "may_audit": role in at_least(Role.ADMIN),
    }
    return context | _MAKERS[tab](device, now, context | {"before": before})


def _head(device: Device, devices: list[Row]) -> dict[str, Any]:
    """Return what stands above every tab."""
    rows = {row["id"]: row for row in devices}
    carrier = device.via or device
    camera = camera_devices(device.site).filter(pk=device.pk).first()
    known = ("profile_id", "profile__vendor", "profile__model", "profile__version", "state__agent")
    facts = Device.objects.filter(pk=device.pk).values(*known).first() or {}
    return {
        "site": device.site,
        "device": rows[device.pk],
        "health": gateways_of(site_id=carrier.site_id).filter(pk=carrier.pk).first(),
        "gateway": rows.get(device.via_id),
        "children": [row for row in devices if row["via"] == device.uid],
        "camera": camera,
        "facts": facts,
        "firmware": _firmware(device),
        "admin_url": reverse("admin:devices_device_change", args=[device.pk]),
        "config": {"devices": devices},  # until a tab makes the rest
    }


def _firmware(device: Device) -> str:
    """Return what a tag for it said last."""
    said = Latest.objects.filter(tag__device=device, tag__name__in=_FIRMWARE, raw__isnull=False)
    return said.values_list("raw", flat=True).first() or ""


# ---------------------------------------------------------------- live


def _live(device: Device, now: datetime, head: dict[str, Any]) -> dict[str, Any]:
    devices, site = head["config"]["devices"], device.site
    limits = limits_of(device.tags.values_list("pk", flat=True))
    tags = tag_rows(device_id=device.pk)
    bars = bars_of(tags, limits)
    seen: dict[str, Any] = {}
    more: dict[str, Any] = {}
    channels = [f"tel:device:{device.pk}"]
    if head["camera"] is not None:
        wanted = Filter(camera=device.uid)
        seen = gallery_config(site, wanted, lambda: cards_of(site, wanted, most=SNAPSHOTS))
        channels.append(f"gallery:{site.pk}")
        more = _view(head["camera"])
    config = joined(config_of(site, now, devices, tags, *channels), seen)
    return more | {
        "tags": tags,
        "trends": [
            {
                "tag": tag,
                "device": head["device"],
                "closed": place >= FIRST_TRENDS,
                "bar": bars[tag["k"]],
            }
            for place, tag in enumerate(tags)
        ],
        "cards": seen.get("cards", []),
        "config": config
        | {
            "limits": limits,
            "happened": marks_of(device, now - MARKED, now),
            "happened_of": [device.pk, *([device.via_id] if device.via_id else [])],
        }
        | more.pop("view_config", {}),
    }


def _view(device: Device) -> dict[str, Any]:
    """Return the newest picture of a camera and its zones."""
    camera, picture = getattr(device, "camera", None), still(device)
    return {
        "camera_row": camera,
        "watched": camera is None or camera.enabled,  # None: its gateway has a file of its own
        "still": picture,
        "view_config": {"still": picture, "zones": camera.zones if camera else []},
    }


# ---------------------------------------------------------------- history


def _history(device: Device, now: datetime, head: dict[str, Any]) -> dict[str, Any]:
    site = device.site
    cards = []
    if head["camera"] is not None:
        cards = cards_of(site, Filter(camera=device.uid), most=SEEN)
    return {
        "contact": contact_of(device, now),
        "connections": connections_of(device=device),
        "occurrences": _occurrences(device),
        "cards": cards,
        "config": config_of(site, now, head["config"]["devices"], []),
    }


def _occurrences(device: Device) -> list[dict[str, Any]]:
    """Return when alarms of a device were active, with what a row shows beside that."""
    found = occurrences_of(Alarm.objects.filter(device=device), OCCURRENCES)
    alarms = with_names(Alarm.objects.filter(device=device)).in_bulk(
        {row["entry"].alarm_id for row in found}
    )
    return [
        row | _named(row, alarms[row["entry"].alarm_id])
        for row in found
        if row["entry"].alarm_id in alarms
    ]


def _named(row: dict[str, Any], alarm: Alarm) -> dict[str, Any]:
    entry, tag = row["entry"], alarm.tag
    present = alarm.occurrence == entry.occurrence and not entry.historical
    return {
        "name": own_name(entry.rule_name, (tag.label or tag.name) if tag else entry.tag_name),
        "unit": unit_of(alarm),
        "decimals": tag.decimals if tag else 1,
        "lasts": present and alarm.status.active,
    }


# ---------------------------------------------------------------- events


def _events(device: Device, now: datetime, head: dict[str, Any]) -> dict[str, Any]:
    about = None
    if head["may_audit"]:
        rules = Rule.objects.filter(Q(device=device) | Q(tag__device=device))
        lines = [*device.modbus_connections.values_list("pk", flat=True), device.modbus_id]
        about = {
            "rule": list(rules.values_list("pk", flat=True)),
            "tag": list(device.tags.values_list("pk", flat=True)),
            "credential": list(device.credentials.values_list("pk", flat=True)),
            "modbusconnection": [pk for pk in lines if pk is not None],
        }
    rows, older = happenings_of(device, before=head["before"], about=about)
    return {
        "happenings": rows,
        "older": older,
        "is_first": not head["before"],
        "config": config_of(device.site, now, head["config"]["devices"], []),
    }


# ---------------------------------------------------------------- configuration


def _config(device: Device, now: datetime, head: dict[str, Any]) -> dict[str, Any]:
    made = config_tab(
        device,
        now,
        may_configure=head["may_configure"],
        has_gateway=head["health"] is not None,
    )
    channels = list(made["reports"])
    config = config_of(device.site, now, head["config"]["devices"], [], *channels)
    return made | {"config": config | {"reports": made["reports"]}}


_MAKERS: Final[dict[str, Callable[[Device, datetime, dict[str, Any]], dict[str, Any]]]] = {
    "live": _live,
    "history": _history,
    "events": _events,
    "config": _config,
}
