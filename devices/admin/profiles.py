"""Profiles: what is shipped and what was added, their points, their devices, and new versions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from devices.access import rows_for
from devices.admin.base import NotByHand, SiteScoped
from devices.admin.pages import own_page
from devices.admin.profile_steps import newest_of, upgrade_page, upload_page
from devices.admin.register_text import point_text
from devices.models import Device, DeviceProfile, Role
from devices.profiles import profile_of, versions_of


@admin.register(DeviceProfile)
class DeviceProfileAdmin(NotByHand, SiteScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """All profiles in all versions. A version is never edited: a new one is added."""

    list_display = ("name", "version", "title", "points", "used", "shipped", "created_at")
    list_filter = ("shipped", "vendor")
    list_per_page = 50
    search_fields = ("slug", "vendor", "model", "title")
    change_form_template = "admin/devices/deviceprofile/profile.html"
    change_list_template = "admin/devices/deviceprofile/profiles.html"
    fields = (("slug", "version"), ("vendor", "model"), "title", ("shipped", "created_at"))
    readonly_fields = ("slug", "version", "vendor", "model", "title", "shipped", "created_at")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeviceProfile]:
        """Count the devices that this user may know of."""
        mine = Q(devices__in=rows_for(request.user, Device, Role.ENGINEER))
        rows: QuerySet[DeviceProfile] = super().get_queryset(request)
        return rows.annotate(used_by=Count("devices", filter=mine))

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of our own."""
        return [
            own_page(self, "upload/", self._upload, "upload"),
            own_page(self, "<int:pk>/upgrade/", self._upgrade, "upgrade"),
            *super().get_urls(),
        ]

    def _upload(self, request: HttpRequest) -> HttpResponse:
        return upload_page(self, request)

    def _upgrade(self, request: HttpRequest, pk: int) -> HttpResponse:
        return upgrade_page(self, request, pk)

    @admin.display(description=_("profile"), ordering="vendor")
    def name(self, row: DeviceProfile) -> str:
        """Vendor and model."""
        return f"{row.vendor} {row.model}"

    @admin.display(description=_("points"))
    def points(self, row: DeviceProfile) -> int:
        """Count its points."""
        return len(row.document.get("points", ()))

    @admin.display(description=_("devices"), ordering="used_by")
    def used(self, row: Any) -> int:
        """Count the devices that have it."""
        count: int = row.used_by
        return count

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the points as a table, the devices, and the other versions."""
        row: DeviceProfile = kwargs["obj"]
        profile = profile_of(row)
        devices = rows_for(request.user, Device, Role.ENGINEER).filter(profile=row)
        context |= {
            "profile": profile,
            "points": [(point, point_text(point)) for point in profile.points],
            "devices": devices.order_by("uid"),
            "versions": [each for each in versions_of(row) if each != row],
            "newest": newest_of(row),
        }
        return super().render_change_form(request, context, *args, **kwargs)
