"""Who gets into the administration: superusers, engineers and administrators of a site.

Django's ``is_staff`` flag plays no part. What they find there is decided page by page, by their
role at the site of each row: see devices/admin/base.py.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from devices.access import may_somewhere
from devices.models import Role


class Administration(AdminSite):
    """The administration of Sentinel."""

    login_form = AuthenticationForm  # the default one asks for is_staff

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether this user may enter at all."""
        return may_somewhere(request.user, Role.ENGINEER)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask who is there; whoever said so already and may not enter is told so.

        Raises:
            PermissionDenied: signed in, without the role.
        """
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return super().login(request, extra_context)
