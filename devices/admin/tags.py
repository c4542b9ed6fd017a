"""The page of a tag, where its register is described."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from devices import registry
from devices.admin import register_form
from devices.admin.base import SiteScoped
from devices.admin.pages import Served
from devices.admin.register_text import register_text
from devices.models import Tag


@admin.register(Tag)
class TagAdmin(Served, SiteScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """Tags of all devices."""

    form = register_form.TagForm
    list_display = ("name", "device", "label", "unit", "scan", "scan_ms", "register", "read")
    list_filter = ("device__site", "scan", "read", "pinned", "device__profile")
    list_select_related = ("device__profile", "device__camera")
    list_per_page = 50
    search_fields = ("name", "label", "device__uid", "device__name")
    autocomplete_fields = ("device",)
    fieldsets = (
        (None, {"fields": (("device", "name"), ("label", "unit", "decimals"), ("low", "high"))}),
        (
            _("How often"),
            {"fields": (("scan", "scan_ms", "silence_ms"), ("deadband", "read"))},
        ),
        (
            _("Register"),
            {
                "description": _("What is empty is as the profile of the device says."),
                "fields": (register_form.PLACE, register_form.ENCODING, register_form.SCALING),
            },
        ),
        (_("Meaning"), {"fields": (*register_form.MEANING,), "classes": ("collapse",)}),
        (_("On the pages"), {"fields": (("position", "pinned"),)}),
    )

    @admin.display(description=_("register"))
    def register(self, tag: Tag) -> str:
        """Say where it is read."""
        return register_text(tag)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a tag at its device."""
        return ("device",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Tag, *args: Any, **kwargs: Any) -> None:
        """Store through the service, which tells the gateway."""
        registry.save_tags(device=obj.device, tags=[obj])

    def delete_model(self, request: HttpRequest, obj: Tag) -> None:
        """Delete through the service."""
        registry.save_tags(device=obj.device, tags=[], deleted=[obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Tag]) -> None:
        """Delete through the service, one by one."""
        for tag in queryset.select_related("device"):
            registry.save_tags(device=tag.device, tags=[], deleted=[tag])
