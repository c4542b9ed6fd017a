"""The page that says how good the cameras of a plant are, and its door."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alarms.precision import LEAST, WANTED, Advice, Choice
from alarms.quality import DAYS, Quality, quality_of
from devices.access import may
from devices.models import Camera, Device, Role, Site
from devices.selectors import device_rows
from project.pages import config_of
from project.templatetags.plant import NARROW_SPACE, number
from project.views import chosen_site, framed

_LIST: Final = Role.ENGINEER  # who may take the dataset


def quality_page(site: Site, days: int, now: datetime) -> dict[str, Any]:
    """Context of the page of a site: what was seen in the last so many days."""
    found = quality_of(site, now - timedelta(days=days))
    devices = Device.objects.filter(site=site, uid__in={each.camera for each in found})
    names = dict(devices.values_list("uid", "name"))
    watched = Camera.objects.filter(device__in=devices).values_list("device__uid", "device_id")
    settings = {uid: reverse("admin:devices_device_change", args=[pk]) for uid, pk in watched}
    return {
        "section": "gallery",
        "site": site,
        "wanted": days,
        "ranges": DAYS,
        "rows": [_row(each, site, names, settings) for each in found],
        "aim": _percent(WANTED),
        "least": LEAST,
        "judged": sum(each.judged for each in found),
        "total": sum(each.total for each in found),
        "config": config_of(site, now, device_rows(site_id=site.pk, now=now), []),
    }


def _row(
    quality: Quality, site: Site, names: dict[str, str], settings: dict[str, str]
) -> dict[str, Any]:
    advice, counts = quality.advice(), quality.counts
    query = {"site": site.slug, "camera": quality.camera, "label": quality.label}
    return {
        "camera": quality.camera,
        "name": names.get(quality.camera, quality.camera),
        "is_known": quality.camera in names,
        "label": quality.label,
        "true": counts["true"],
        "false": counts["false"],
        "unsure": counts["unsure"],
        "unmarked": counts[""],
        "gallery": f"{reverse('gallery')}?{urlencode(query)}",
        "settings": settings.get(quality.camera, ""),
        "threshold": _percent(quality.threshold, 1),
        "is_own": quality.is_own,
        "judged": advice.now.marked,
        "left_out": quality.judged - advice.now.marked,
        "precision": _precision(advice.now),
        "bar": _bar(advice.now),
        "said": _said(advice),
        "is_proposed": advice.proposed is not None and advice.proposed is not advice.now,
        "choices": [_choice(choice, advice) for choice in advice.choices if advice.now.marked],
    }


def _said(advice: Advice) -> str:
    """Say in a sentence what is proposed, or why nothing is."""
    now, proposed = advice.now, advice.proposed
    if not advice.is_enough:
        marked = {"n": now.marked, "least": LEAST}
        return _("Too few marked (%(n)s of %(least)s).") % marked
    if proposed is None:
        best = max(choice.interval.low for choice in advice.choices if choice.marked >= LEAST)
        reached = {"wanted": _percent(WANTED), "low": _percent(best)}
        return _("No threshold reaches %(wanted)s: at most %(low)s is sure.") % reached
    if proposed is now:
        return _("Keep it: %s is reached.") % _percent(WANTED)
    return ngettext(
        "Raise it to %(to)s: %(spared)s of %(false)s false alarms fewer, %(lost)s of %(true)s "
        "hazard lost.",
        "Raise it to %(to)s: %(spared)s of %(false)s false alarms fewer, %(lost)s of %(true)s "
        "hazards lost.",
        now.true,
    ) % {
        "to": _percent(proposed.percent / 100),
        "spared": proposed.spared,
        "false": now.false,
        "lost": proposed.lost,
        "true": now.true,
    }


def _choice(choice: Choice, advice: Advice) -> dict[str, Any]:
    return {
        "threshold": _percent(choice.percent / 100, 0 if choice.percent % 1 == 0 else 1),
        "is_now": choice is advice.now,
        "is_proposed": choice is advice.proposed,
        "true": choice.true,
        "false": choice.false,
        "lost": choice.lost,
        "spared": choice.spared,
        "precision": _precision(choice),
        "is_enough": choice.marked >= LEAST,
    }


def _precision(choice: Choice) -> dict[str, str] | None:
    if choice.precision is None:
        return None
    interval = choice.interval
    return {
        "share": _percent(choice.precision),
        "low": _percent(interval.low),
        "high": _percent(interval.high),
    }


def _bar(choice: Choice) -> dict[str, str] | None:
    """Return the interval as a drawing that is 100 wide."""
    if choice.precision is None:
        return None
    low, high = choice.interval.low * 100, choice.interval.high * 100
    return {
        "x": f"{low:.1f}",
        "width": f"{high - low:.1f}",
        "at": f"{choice.precision * 100:.1f}",
        "aim": f"{WANTED * 100:.1f}",
    }


def _percent(share: float, decimals: int = 0) -> str:
    text = number(100 * share, decimals)
    if decimals and text.endswith("0"):
        text = number(100 * share, 0)
    return f"{text}{NARROW_SPACE}%"


@require_safe
@never_cache
@login_required
def quality(request: HttpRequest) -> HttpResponse:
    """Show how good the cameras of a plant are; ``?days=7``, ``30`` or ``90``."""
    site = chosen_site(request)
    if site is None:
        return render(request, "no_site.html")
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(each) for each in DAYS} else DAYS[-1]
    context = quality_page(site, days, timezone.now())
    context["may_set"] = may(request.user, site, _LIST)
    return render(request, "quality.html", framed(request, context))
