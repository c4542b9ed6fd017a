"""Doors of the pages about cameras and what they saw."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from alarms.reviews import reviewed_among
from devices.access import may, rows_for
from devices.models import Device, Role
from project.camera_pages import camera_devices, camera_page, cameras_page, gallery_page
from project.density import rail_of
from project.picture_now import ASKER
from project.sightings import PAGE, cards_of, read_filter, shown_filter
from project.views import chosen_site, framed


@require_safe
@never_cache
@vary_on_headers("Accept")
@login_required
def gallery(request: HttpRequest) -> HttpResponse:
    """Show what the cameras of a plant saw, narrowed down by the address.

    Scripts that accept JSON get the cards alone, also those ``before`` a place in their order.
    """
    site = chosen_site(request)
    if site is None:
        return render(request, "no_site.html")
    wanted = read_filter(request.GET)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        before = request.GET.get("before", "")
        shown = cards_of(site, wanted, before=before, by=request.user)
        body = {
            "cards": shown,
            "reviewed": reviewed_among(request.user, [card["id"] for card in shown]),
            "more": len(shown) == PAGE,
            "filter": shown_filter(site, wanted),
        }
        return JsonResponse(body)
    context = gallery_page(site, wanted, timezone.now(), request.user)
    return render(request, "gallery.html", framed(request, context))


@require_safe
@never_cache
@login_required
def density(request: HttpRequest) -> HttpResponse:
    """Say when how much was seen of what the address asks for, and how much is not reviewed."""
    site = chosen_site(request)
    if site is None:
        return JsonResponse({})
    return JsonResponse(rail_of(site, read_filter(request.GET), timezone.now(), request.user))


@require_safe
@never_cache
@login_required
def cameras(request: HttpRequest) -> HttpResponse:
    """Show the cameras of a plant."""
    site = chosen_site(request)
    if site is None:
        return render(request, "no_site.html")
    context = cameras_page(site, timezone.now())
    return render(request, "cameras.html", framed(request, context))


@require_safe
@never_cache
@login_required
def camera(request: HttpRequest, uid: str) -> HttpResponse:
    """Show one camera: how it does, what it sees and where it looks."""
    device = rows_for(request.user, Device).select_related("site").filter(uid=uid).first()
    shown = camera_devices(device.site).filter(pk=device.pk).first() if device else None
    if shown is None:
        raise Http404
    context = camera_page(shown, timezone.now())
    context["may_edit"] = context["camera"] and may(request.user, shown.site_id, Role.ENGINEER)
    context["may_look"] = may(request.user, shown.site_id, ASKER)
    return render(request, "camera.html", framed(request, context))
