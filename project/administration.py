"""Who gets into the administration: superusers, engineers and administrators of a site.

Django's ``is_staff`` flag plays no part. What they find there is decided page by page, by their
role at the site of each row: see devices/admin/base.py.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from devices.access import may_somewhere
from devices.models import Role


class Administration(AdminSite):
    """The administration of Sentinel."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether this user may enter at all."""
        return may_somewhere(request.user, Role.ENGINEER)

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
