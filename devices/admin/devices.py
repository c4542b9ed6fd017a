"""Devices and gateways: the list, and the page of each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from devices import cameras, registry
from devices.admin.base import SiteScoped
from devices.admin.device_actions import DeviceActions
from devices.admin.device_deletion import DeviceDeletion
from devices.admin.device_list import DeviceList, ProfileFilter, RoleFilter, StateFilter
from devices.admin.device_steps import assign_profile_page, clone_page
from devices.admin.exchange import export_view, import_view
from devices.admin.inlines import (
    CameraInline,
    ConfigurationInline,
    ConnectionInline,
    CredentialInline,
    TagInline,
)
from devices.admin.pages import Served, ServedForm, own_page
from devices.admin.panel import panel_of
from devices.admin.tokens import issue_token_page, rotate_view
from devices.configuration import one_version
from devices.gateways import may_carry
from devices.models import Camera, Device, ModbusConnection
from devices.selectors import Row
from devices.wording import state_words


class ConnectionChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A Modbus connection, named with its gateway."""

    def label_from_instance(self, obj: Any) -> str:
        """Say which gateway has it."""
        return f"{obj.gateway.uid} · {obj}"


class DeviceForm(ServedForm):
    """A device. What is left out keeps its default."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("area", "line"):
            if name in self.fields:
                self.fields[name].widget.attrs["list"] = f"{name}s"  # see change_form.html
        if "unit_id" in self.fields:
            self.fields["unit_id"].required = False

    def clean_unit_id(self) -> int:
        """Keep the unit id where none was entered."""
        entered: int | None = self.cleaned_data["unit_id"]
        return self.instance.unit_id if entered is None else entered


@admin.register(Device)
class DeviceAdmin(DeviceActions, DeviceDeletion, Served, SiteScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """Devices and gateways, with the state that every page shows."""

    form = DeviceForm
    list_display = (*("uid", "name", "status", "place", "reached", "profile", "seen"),)
    list_filter = (
        *("site", "area", "line", RoleFilter, ProfileFilter, StateFilter),
        "enabled",
    )
    list_select_related = ("site", "via", "state", "profile", "modbus")
    list_per_page = 50
    search_fields = ("uid", "name", "area", "line", "tags__name", "tags__label")
    autocomplete_fields = ("via",)
    fieldsets = (
        (None, {"fields": (("uid", "name"), ("site", "area", "line"), "enabled")}),
        (_("Where it is read"), {"fields": (("via", "modbus", "unit_id"), "profile")}),
        (
            _("Rights and limits"),
            {"fields": ("discovery", ("frames_per_s", "readings_per_s")), "classes": ("collapse",)},
        ),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Use the list that knows the states."""
        return DeviceList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Device], search_term: str
    ) -> tuple[QuerySet[Device], bool]:
        """Offer as the gateway of a device only what can be one."""
        rows, doubled = super().get_search_results(request, queryset, search_term)
        asks = (request.GET.get("model_name"), request.GET.get("field_name"))
        return (may_carry(rows) if asks == ("device", "via") else rows), doubled

    def get_fieldsets(self, request: HttpRequest, obj: Device | None = None) -> Any:
        """Ask for no place on a Modbus connection where a camera is: it cannot have one."""
        first, reading, *others = super().get_fieldsets(request, obj)
        if obj is not None and hasattr(obj, "camera"):
            reading = (reading[0], {**reading[1], "fields": ("via", "profile")})
        return [first, reading, *others]

    def get_inlines(self, request: HttpRequest, obj: Device | None) -> list[Any]:
        """Show what this device can have: a gateway reads others, a device is read.

        Both can have tokens: what a gateway reads may also post for itself.
        """
        if obj is None:
            return [TagInline]
        if obj.via_id is not None:
            return [CameraInline, CredentialInline, TagInline]
        return [ConnectionInline, ConfigurationInline, CredentialInline, TagInline]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name connections with their gateways."""
        if db_field.name == "modbus":
            kwargs["form_class"] = ConnectionChoice
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "modbus" and field is not None and field.queryset is not None:
            field.queryset = field.queryset.select_related("gateway").order_by("gateway", "name")
        return field

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of our own."""
        return [
            own_page(self, "<int:pk>/issue-token/", self._issue_token, "issue_token"),
            own_page(self, "<int:pk>/rotate/", self._rotate, "rotate"),
            own_page(self, "<int:pk>/clone/", self._clone, "clone"),
            own_page(self, "<int:pk>/profile/", self._assign_profile, "assign_profile"),
            own_page(self, "import/", self._import, "import"),
            own_page(self, "export/<str:name>", self._export, "export"),
            *super().get_urls(),
        ]

    def _issue_token(self, request: HttpRequest, pk: int) -> HttpResponse:
        return issue_token_page(self, request, pk)

    def _rotate(self, request: HttpRequest, pk: int) -> HttpResponse:
        return rotate_view(self, request, pk)

    def _clone(self, request: HttpRequest, pk: int) -> HttpResponse:
        return clone_page(self, request, pk)

    def _assign_profile(self, request: HttpRequest, pk: int) -> HttpResponse:
        return assign_profile_page(self, request, pk)

    def _import(self, request: HttpRequest) -> HttpResponse:
        return import_view(self, request)

    def _export(self, request: HttpRequest, name: str) -> HttpResponse:
        return export_view(self, request, name)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add how the device does, and which areas and lines there are already."""
        obj: Device | None = kwargs.get("obj")
        if obj is not None and obj.pk is not None:
            context["panel"] = panel_of(obj)
        devices = self.get_queryset(request).order_by()
        for name in ("area", "line"):
            known = devices.exclude(**{name: ""}).values_list(name, flat=True).distinct()
            context[f"{name}s"] = sorted(known)
        return super().render_change_form(request, context, *args, **kwargs)

    # ------------------------------------------------------------ columns

    @admin.display(description=_("state"))
    def status(self, device: Device) -> str:
        """Shape, word and reason."""
        row = _shown(device)
        name, detail = (row["status"], row["detail"]) if row else ("new", "")
        return format_html(
            '<span data-status="{}"><i class="d" aria-hidden="true"></i> {}</span>',
            name,
            state_words(name, detail),
        )

    @admin.display(description=_("place"), ordering="area")
    def place(self, device: Device) -> str:
        """Site, area and line."""
        return " / ".join(part for part in (device.site.name, device.area, device.line) if part)

    @admin.display(description=_("via"), ordering="via__uid", empty_value="–")
    def reached(self, device: Device) -> str | None:
        """Gateway, connection and unit id."""
        read = (device.modbus.name, device.unit_id) if device.modbus else ()
        return " · ".join(map(str, (device.via or "", *read))).strip(" ·") or None

    @admin.display(description=_("last seen"), empty_value="")
    def seen(self, device: Device) -> datetime | None:
        """Tell when it was last heard: by its own connection, or by its readings."""
        row, state = _shown(device), getattr(device, "state", None)
        lost = _time(row["seen"]) if row else None  # none while it is in contact
        heard: datetime | None = getattr(device, "heard", None)
        return lost or (state.last_seen_at if state else None) or heard

    # ------------------------------------------------------------ writing

    def save_model(self, request: HttpRequest, obj: Device, *args: Any, **kwargs: Any) -> None:
        """Wait for `save_related`, so that device and tables make one new configuration."""

    def save_related(
        self, request: HttpRequest, form: ModelForm[Device], formsets: Any, *args: Any, **kw: Any
    ) -> None:
        """Store through the services, which tell pages, sockets and gateways."""
        with transaction.atomic(), one_version():
            registry.save_device(device=form.instance)
            for formset in formsets:
                self.save_formset(request, form, formset, *args, **kw)

    def save_formset(
        self, request: HttpRequest, form: ModelForm[Device], formset: Any, *args: Any, **kw: Any
    ) -> None:
        """Store tags, cameras and connections through the services."""
        rows = formset.save(commit=False)
        if formset.model is ModbusConnection:
            for connection in formset.deleted_objects:
                registry.delete_connection(connection=connection)
            for connection in rows:
                registry.save_connection(connection=connection)
        elif formset.model is Camera:
            for camera in formset.deleted_objects:
                cameras.delete_camera(camera=camera)
            for camera in rows:
                cameras.save_camera(camera=camera)
        elif formset.has_changed():
            registry.save_tags(device=form.instance, tags=rows, deleted=formset.deleted_objects)


def _shown(device: Device) -> Row | None:
    row: Row | None = getattr(device, "shown", None)
    return row


def _time(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)
