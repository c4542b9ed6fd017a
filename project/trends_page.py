"""The page of the trends: what it starts from, its door, and the door to what lies beside lines."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alarms.spans import spans_of
from devices.access import rows_for, tags_for
from devices.api.views import TrendQuery
from devices.models import Site, Tag
from devices.qualities import poor_stretches
from devices.selectors import MOST_COMPARED, device_rows, site_tags, tag_row
from devices.trends import Window
from project.pages import config_of
from project.views import chosen_site, framed


@require_safe
@never_cache
@login_required
def trends(request: HttpRequest) -> HttpResponse:
    """Show readings of the past; the address says of which tags and of which time."""
    site = _site(request)
    if site is None:
        return render(request, "no_site.html")
    context = trends_page(site, timezone.now())
    return render(request, "trends.html", framed(request, context))


def trends_page(site: Site, now: datetime) -> dict[str, Any]:
    """Context of the page of a site: it may show any of its tags."""
    devices = device_rows(site_id=site.pk, now=now)
    tags = [tag_row(tag.definition, tag.reading) for tag in site_tags(site_id=site.pk)]
    return {
        "section": "trends",
        "site": site,
        "most": MOST_COMPARED,
        "pinned": [tag for tag in tags if tag["pin"]][:MOST_COMPARED],
        "config": config_of(site, now, devices, tags)
        | {
            "site_name": site.name,
            "marks_url": reverse("trend_marks"),
            "console_url": reverse("alarms"),
        },
    }


def _site(request: HttpRequest) -> Site | None:
    """Return the site that was asked for, or that of the first tag, or the first of the user's."""
    first = request.GET.get("tags", "").partition(",")[0]
    if "site" not in request.GET and first.isascii() and first.isdigit() and len(first) < 10:
        tags = rows_for(request.user, Tag).select_related("device__site")
        if tag := tags.filter(pk=int(first)).first():
            return tag.device.site
    return chosen_site(request)


@require_safe
@never_cache
@login_required
def trend_marks(request: HttpRequest) -> HttpResponse:
    """Return what a chart shows beside the readings; the query is that of ``/api/v1/trends/``.

    ``{"alarms": rows of alarms.spans, "more": there are others, "qualities": rows of
    devices.qualities}``. 404 for a tag that is not the user's.
    """
    query = TrendQuery(data=request.GET)
    if not query.is_valid():
        return JsonResponse({"detail": query.errors}, status=HTTPStatus.BAD_REQUEST)
    asked = query.validated_data
    try:
        tags = tags_for(request.user, asked["tag"])
    except Tag.DoesNotExist as error:
        raise Http404 from error
    window = Window(asked["from_ms"], asked["to_ms"])
    begin, end = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (window.from_ms, window.to_ms))
    rows, more = spans_of(tags=[tag.pk for tag in tags], begin=begin, end=end)
    now_ms = int(time.time() * 1000)
    qualities = poor_stretches(tags=tags, window=window, points=asked["points"], now_ms=now_ms)
    return JsonResponse({"alarms": rows, "more": more, "qualities": qualities})
