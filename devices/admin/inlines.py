"""Tables on the page of a device: its tags, tokens, Modbus connections and configurations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import TextInput
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from devices.admin.base import CREATOR, NotByHand, SiteScoped
from devices.admin.register_text import register_text
from devices.models import Camera, Credential, GatewayConfiguration, ModbusConnection, Tag

_NARROW = {"label": 18, "unit": 6, "name": 16}  # width of text fields, characters


class TagInline(SiteScoped, admin.TabularInline):  # type: ignore[type-arg]
    """The tags of a device; each leads to its own page, where the rest of it stands."""

    model = Tag
    extra = 0
    template = "admin/devices/tags.html"
    fields = (
        *("name", "label", "unit", "register", "low", "high", "deadband"),
        *("scan", "scan_ms", "read", "pinned"),
    )
    readonly_fields = ("register",)

    @admin.display(description=_("register"))
    def register(self, tag: Tag) -> str:
        """Say where it is read, and lead to where that is changed."""
        if not tag.pk:
            return "–"
        url = reverse("admin:devices_tag_change", args=[tag.pk])
        return format_html('<a href="{}">{}</a>', url, register_text(tag))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Make text fields as wide as what stands in them."""
        if db_field.name in _NARROW:
            kwargs["widget"] = TextInput(attrs={"size": _NARROW[db_field.name]})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class CredentialInline(NotByHand, SiteScoped, admin.TabularInline):  # type: ignore[type-arg]
    """The tokens of a device; each leads to its own page, where it can be revoked."""

    model = Credential
    fk_name = "device"
    template = "admin/devices/tags.html"
    extra = 0
    classes = ("wide-table",)
    fields = ("lookup", "created_at", CREATOR, "expires_at", "last_used_at", "revoked_at")
    readonly_fields = fields
    show_change_link = True


class ConnectionInline(SiteScoped, admin.StackedInline):  # type: ignore[type-arg]
    """The Modbus connections of a gateway."""

    model = ModbusConnection
    extra = 0
    fields = (
        ("name", "kind"),
        ("host", "port"),
        ("serial_port", "baud", "parity", "data_bits", "stop_bits"),
        ("ca_file", "server_name"),
        ("timeout_s", "retries"),
    )


class CameraInline(SiteScoped, admin.StackedInline):  # type: ignore[type-arg]
    """How pictures of a device are got, and what is looked for in them."""

    model = Camera
    extra = 0
    fields = (
        ("source", "transport", "enabled"),
        ("model_names", "looks_per_s", "motion_gate"),
        ("rules", "zones"),
    )


class ConfigurationInline(NotByHand, SiteScoped, admin.TabularInline):  # type: ignore[type-arg]
    """The newest configurations of a gateway; each leads to its own page."""

    model = GatewayConfiguration
    template = "admin/devices/tags.html"
    extra = 0
    max_num = 0
    fields = ("version", "summary", "created_at", "running_since", "refused_at")
    readonly_fields = fields
    show_change_link = True

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        """Show the newest ones only."""
        formset: Any = super().get_formset(request, obj, **kwargs)
        whole = formset.get_queryset
        formset.get_queryset = lambda self: whole(self)[:5]
        return formset
