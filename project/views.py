"""Doors of the pages: who asks, what may they see, which template."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from alarms.reviews import reviewed_among
from devices.access import at_least, device_for, may, role_at, site_for, sites_for
from devices.gateways import gateways_of
from devices.models import Device, Role, Site
from project.context import THEME_COOKIE, THEMES, theme_of
from project.device_marks import marks_of
from project.device_page import MARKED, TABS, device_page
from project.overview import NoSuchArea, area_names, overview_page
from project.pages import gateway_page, gateways_page
from project.picture_now import ASKER

YEAR_S: Final = 365 * 24 * 3600
ErrorView = Callable[[HttpRequest, Exception], HttpResponse]


@require_safe
@never_cache
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show a plant at a glance; ``?site=slug`` chooses among the user's sites.

    ``?area=name`` shows one area of it. ``?wall=1`` is for a display that nobody operates.
    """
    site = chosen_site(request)
    if site is None:
        return render(request, "no_site.html")
    area, wall = request.GET.get("area", "").replace("\0", ""), request.GET.get("wall") == "1"
    try:
        context = framed(request, overview_page(site, timezone.now(), area))
    except NoSuchArea:
        known = {"site": site, "area": area, "areas": area_names(site)} | frame(request)
        return render(request, "no_area.html", known, status=HTTPStatus.NOT_FOUND)
    if wall:
        config = context["config"] | {"wall": True}
        context |= {"wall": True, "may_operate": False, "config": config}
    return render(request, "overview.html", context)


def chosen_site(request: HttpRequest) -> Site | None:
    """Return the site that was asked for, or the first of the user's; None: there is none."""
    slug = request.GET.get("site", "")
    try:
        return site_for(request.user, slug)
    except Site.DoesNotExist as error:
        if slug:
            raise Http404 from error
        return None


@require_safe
@never_cache
@vary_on_headers("Accept")
@login_required
def device(request: HttpRequest, uid: str) -> HttpResponse:
    """Show one device; ``?tab=`` says what of it. Scripts get the annotations of its trends."""
    try:
        shown = device_for(request.user, uid)
    except Device.DoesNotExist as error:
        raise Http404 from error
    now, asked = timezone.now(), request.GET.get("tab", "")
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"marks": marks_of(shown, now - MARKED, now)})
    tab = asked if asked in TABS else TABS[0]
    context = device_page(shown, now, request.user, tab, request.GET.get("before", ""))
    context["may_look"] = may(request.user, shown.site_id, ASKER)
    return render(request, "device.html", framed(request, context))


@require_safe
@never_cache
@login_required
def gateways(request: HttpRequest) -> HttpResponse:
    """Show how all gateways of a plant do; ``?site=slug`` chooses among the user's sites."""
    site = chosen_site(request)
    if site is None:
        return render(request, "no_site.html")
    context = gateways_page(site, timezone.now())
    return render(request, "gateways.html", framed(request, context))


@require_safe
@never_cache
@login_required
def gateway(request: HttpRequest, uid: str) -> HttpResponse:
    """Show how one gateway does."""
    shown = gateway_of(request, uid)
    context = gateway_page(shown, timezone.now())
    if may(request.user, shown.site_id, Role.ENGINEER):
        context["admin_url"] = reverse("admin:devices_device_change", args=[shown.pk])
        context["guess_url"] = reverse("guess", args=[uid])
    return render(request, "gateway.html", framed(request, context))


def gateway_of(request: HttpRequest, uid: str, need: Role = Role.VIEWER) -> Device:
    """Return a gateway that the user may see.

    Raises:
        Http404: there is none, or not for this user.
        PermissionDenied: the user sees it, with a lesser role than needed.
    """
    try:
        shown = device_for(request.user, uid, need)
    except Device.DoesNotExist as error:
        raise Http404 from error
    if not gateways_of(site_id=shown.site_id).filter(pk=shown.pk).exists():
        raise Http404
    return shown


def framed(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to a live page what its frame shows, and what the user may do at its site."""
    role = role_at(request.user, context["site"])
    config = context["config"] | {"role": role}
    if cards := config.get("cards"):
        config["reviewed"] = reviewed_among(request.user, [card["id"] for card in cards])
    may_operate = role in at_least(Role.OPERATOR)
    return context | frame(request) | {"config": config, "may_operate": may_operate}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what the top of every page shows."""
    return {"sites": list(sites_for(request.user)), "now": timezone.now()}


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme in this browser and go back to where the user was."""
    theme, back = request.POST.get("theme", ""), request.POST.get("next", "")
    hosts, secure = {request.get_host()}, request.is_secure()
    if not url_has_allowed_host_and_scheme(back, hosts, require_https=secure):
        back = reverse("overview")
    response = HttpResponseRedirect(back)
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=YEAR_S,
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


# ---------------------------------------------------------------- what went wrong

_ERRORS: Final = {
    HTTPStatus.BAD_REQUEST: (
        _("This request could not be understood"),
        _("Go back to the overview and try again from there."),
    ),
    HTTPStatus.FORBIDDEN: (
        _("You may not do this"),
        _("Your account has no permission for it. Ask an administrator if you need it."),
    ),
    HTTPStatus.NOT_FOUND: (
        _("There is nothing here"),
        _("The page or device does not exist, or it belongs to a plant that you may not see."),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        _("Something went wrong on the server"),
        _("The error has been logged. Try again; if it stays, tell an administrator when it was."),
    ),
}


def _error_page(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    """Say what went wrong without touching the session or the database: they may be the cause."""
    title, advice = _ERRORS[status]
    context = {"theme": theme_of(request), "title": title, "advice": advice, "status": status.value}
    return HttpResponse(render_to_string("error.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return _error_page(request, HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return _error_page(request, HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return _error_page(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500."""
    return _error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that was too old or came from elsewhere."""
    context = {
        "theme": theme_of(request),
        "title": _("This form has expired"),
        "advice": _("Go back, reload the page and send it again. Cookies must be allowed."),
        "status": HTTPStatus.FORBIDDEN.value,
    }
    return HttpResponse(render_to_string("error.html", context), status=HTTPStatus.FORBIDDEN)
