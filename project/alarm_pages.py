"""The alarm console: what its pages are made of, and its door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alarms.journal import COMMENT
from alarms.models import Kind, Priority
from alarms.states import Trigger
from devices.access import role_at
from devices.models import Role, Site
from devices.selectors import device_rows
from project.pages import config_of
from project.views import chosen_site, framed

TABS: Final = ("active", "shelved", "history")
SHELVES: Final = {15: _("15 minutes"), 60: _("1 hour"), 480: _("8 hours")}  # by minutes
# How alarms are drawn, by the names of `lookOf` in static/js/alarms.js.
LOOKS: Final[dict[str, Promise]] = {
    "unacked": _("unacknowledged"),
    "acked": _("acknowledged"),
    "cleared": _("returned, unacknowledged"),
    "latched": _("latched"),
}
# Also in static/js/alarmwords.js.
ACTIONS: Final[dict[str, Promise]] = {
    Trigger.RAISE: pgettext_lazy("alarm", "raised"),
    Trigger.CLEAR: pgettext_lazy("alarm", "returned to normal"),
    Trigger.ACKNOWLEDGE: pgettext_lazy("alarm", "acknowledged"),
    COMMENT: pgettext_lazy("alarm", "comment"),
    Trigger.RESET: pgettext_lazy("alarm", "reset"),
    Trigger.SHELVE: pgettext_lazy("alarm", "shelved"),
    Trigger.UNSHELVE: pgettext_lazy("alarm", "shelf ended"),
    Trigger.SUPPRESS: pgettext_lazy("alarm", "suppressed by design"),
    Trigger.UNSUPPRESS: pgettext_lazy("alarm", "not suppressed any more"),
    Trigger.REMOVE: pgettext_lazy("alarm", "taken out of service"),
    Trigger.RESTORE: pgettext_lazy("alarm", "back in service"),
}


@dataclass(frozen=True)
class Wanted:
    """Which alarms somebody wants to see. Empty: all."""

    tab: str = "active"
    priority: str = ""
    state: str = ""
    area: str = ""
    device: str = ""  # its UID
    kind: str = ""
    action: str = ""  # of the journal, and so on
    actor: str = ""
    since: str = ""  # days of the plant, YYYY-MM-DD
    until: str = ""
    alarm: str = ""  # its number

    @property
    def is_empty(self) -> bool:
        """Say whether nothing of the tab is left out."""
        return self == Wanted(tab=self.tab)


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """Read from an address; what cannot be understood counts as not asked for."""
    text = {field.name: query.get(field.name, "").replace("\0", "") for field in fields(Wanted)}
    known = {
        "tab": set(TABS),
        "priority": {str(value) for value in Priority.values},
        "state": LOOKS.keys(),
        "kind": set(Kind.values),
        "action": ACTIONS.keys(),
    }
    for name, words in known.items():
        text[name] = text[name] if text[name] in words else ""
    for name in ("since", "until"):
        text[name] = text[name] if _is_day(text[name]) else ""
    number = text["alarm"]
    known_number = text["tab"] == "history" and number.isascii() and number.isdigit()
    text["alarm"] = number[:18] if known_number else ""
    return Wanted(**text | {"tab": text["tab"] or "active"})


def alarms_page(site: Site, wanted: Wanted, role: str | None, now: dt.datetime) -> dict[str, Any]:
    """Context of the console of a site."""
    devices = device_rows(site_id=site.pk, now=now)
    longest = settings.ALARM_SHELVE_MAX_HOURS
    return {
        "section": "alarms",
        "site": site,
        "wanted": wanted,
        "kinds": Kind.choices,
        "priorities": Priority.choices,
        "looks": LOOKS,
        "journal_actions": ACTIONS,
        "areas": sorted({device["area"] for device in devices} - {""}),
        "shown_devices": devices,
        "shelves": {m: words for m, words in SHELVES.items() if m <= longest * 60},
        "longest": f"{longest:g}",
        "may_remove": role in {Role.ENGINEER, Role.ADMIN},
        "config": config_of(site, now, devices, [])
        | {
            "wanted": asdict(wanted),
            "shelve_max_h": longest,
            "camera_url": reverse("camera", args=["UID"]),
        },
    }


@require_safe
@never_cache
@login_required
def alarms(request: HttpRequest) -> HttpResponse:
    """Show the alarms of a plant, narrowed down by the address."""
    site = chosen_site(request)
    if site is None:
        return render(request, "no_site.html")
    role = role_at(request.user, site)
    context = alarms_page(site, read_wanted(request.GET), role, timezone.now())
    return render(request, "alarms.html", framed(request, context))


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
