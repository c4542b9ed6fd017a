"""Who gets into the administration: superusers, engineers and administrators of a site.

Django's ``is_staff`` flag plays no part. What they find there is decided page by page, by their
role at the site of each row: see devices/admin/base.py.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import update_wrapper
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import reverse
from django.utils import timezone

from devices.access import may_somewhere, sites_for
from devices.models import Role


class Administration(AdminSite):
    """The administration of Sentinel."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether this user may enter at all."""
        return may_somewhere(request.user, Role.ENGINEER)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Begin with what is offline, and with what is done most."""
        from project.admin_front import front_of  # it needs the pages that are registered here

        return super().index(request, front_of(request.user) | (extra_context or {}))

    def admin_view(
        self,
        view: Any,
        cacheable: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> Any:
        """Have a page show, and read, moments in the time zone of the user's plant."""

        def in_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with timezone.override(_zone_of(request)):
                response: HttpResponse = view(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response.render()  # now, not after the zone is gone
            return response

        return super().admin_view(update_wrapper(in_zone, view), cacheable)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the one door of all people; whoever came in there and may not enter is told so.

        Raises:
            PermissionDenied: signed in, without the role.
        """
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        if request.user.is_authenticated:
            return HttpResponseRedirect(reverse("admin:index"))
        following = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return redirect_to_login(following, reverse("login"))


def _zone_of(request: HttpRequest) -> tzinfo:
    """Return the zone of the user's plants; where they have several, UTC."""
    sites = sites_for(request.user, Role.ENGINEER).order_by()
    zones = set(sites.values_list("time_zone", flat=True))
    return ZoneInfo(zones.pop()) if len(zones) == 1 else timezone.get_default_timezone()
