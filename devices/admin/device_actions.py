"""What can be done with many devices at once: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from devices import registry
from devices.access import rows_for
from devices.admin.asking import ask, asked, sentences
from devices.admin.exchange import file_of
from devices.configuration import one_version
from devices.models import Device, DeviceProfile, ModbusConnection, Role
from devices.profiles import apply_profile
from devices.rotation import rotate


class PlaceForm(forms.Form):
    """Where devices are; what is left empty stays as it is."""

    area = forms.CharField(label=_("area"), max_length=64, required=False)
    line = forms.CharField(label=_("line"), max_length=64, required=False)


class ProfileForm(forms.Form):
    """Which profile."""

    profile = forms.ModelChoiceField(DeviceProfile.objects.all(), label=_("profile"))


class MoveForm(forms.Form):
    """Which connection reads the devices; the gateway follows from it."""

    connection = forms.ModelChoiceField(
        ModbusConnection.objects.none(), label=_("Modbus connection")
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = rows_for(request.user, ModbusConnection, Role.ENGINEER).select_related("gateway")
        field = self.fields["connection"]
        field.queryset = known.order_by("gateway__uid", "name")  # type: ignore[attr-defined]
        field.label_from_instance = lambda row: f"{row.gateway.uid} · {row}"  # type: ignore[attr-defined]


class DeviceActions(admin.ModelAdmin):  # type: ignore[type-arg]
    """Mix-in: the actions of the list of devices."""

    actions = (
        *("enable", "disable", "assign_profile", "move", "set_place", "rotate_tokens"),
        *("export_xlsx", "export_devices_csv", "export_tags_csv"),
    )

    @admin.action(description=_("Enable the selected devices"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        """Let them speak."""
        self._set_enabled(request, queryset, enabled=True)

    @admin.action(
        description=_("Disable the selected devices and close their connections"),
        permissions=["change"],
    )
    def disable(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        """Refuse them from now on."""
        self._set_enabled(request, queryset, enabled=False)

    def _set_enabled(
        self, request: HttpRequest, queryset: QuerySet[Device], *, enabled: bool
    ) -> None:
        def change(device: Device) -> None:
            registry.set_enabled(device=device, enabled=enabled)

        self._do(request, queryset.exclude(enabled=enabled), change, str(_("enabled")))

    @admin.action(description=_("Assign a profile …"), permissions=["change"])
    def assign_profile(
        self, request: HttpRequest, queryset: QuerySet[Device]
    ) -> HttpResponse | None:
        """Give them a profile; their tags follow."""
        form = asked(request, ProfileForm)
        if not form.is_valid():
            return ask(
                self,
                request,
                queryset,
                form,
                action="assign_profile",
                title=_("Assign a profile"),
                note=_("Tags of the profile are added; what people changed in tags stays."),
                button=_("Assign"),
            )
        profile = form.cleaned_data["profile"]

        def change(device: Device) -> None:
            apply_profile(device=device, profile=profile)

        self._do(request, queryset, change, str(_("profile")))
        return None

    @admin.action(description=_("Move to another connection …"), permissions=["change"])
    def move(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse | None:
        """Have another connection, perhaps of another gateway, read them."""
        form = asked(request, MoveForm, request=request)
        if not form.is_valid():
            return ask(
                self,
                request,
                queryset,
                form,
                action="move",
                title=_("Move to another connection"),
                note=_("Unit ids and readings stay. The gateway follows from the connection."),
                button=_("Move"),
            )
        connection = form.cleaned_data["connection"]

        def change(device: Device) -> None:
            registry.move_device(device=device, connection=connection, unit_id=device.unit_id)

        self._do(request, queryset, change, str(_("Modbus connection")))
        return None

    @admin.action(description=_("Set area and line …"), permissions=["change"])
    def set_place(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse | None:
        """Say where they are."""
        form = asked(request, PlaceForm)
        if not form.is_valid():
            return ask(
                self,
                request,
                queryset,
                form,
                action="set_place",
                title=_("Set area and line"),
                note=_("What you leave empty stays as it is."),
                button=_("Set"),
            )
        place = {name: value for name, value in form.cleaned_data.items() if value}

        def change(device: Device) -> None:
            for name, value in place.items():
                setattr(device, name, value)
            registry.save_device(device=device)

        self._do(request, queryset, change, str(_("area")))
        return None

    @admin.action(description=_("Rotate the tokens"), permissions=["change"])
    def rotate_tokens(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        """Have gateways take new tokens over their sockets."""

        def change(device: Device) -> None:
            rotate(device=device, by=request.user)  # type: ignore[arg-type]  # signed in: admin_view saw to it

        self._do(request, queryset, change, str(_("credential")))

    @admin.action(description=_("Export as XLSX"), permissions=["view"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse:
        """Write devices and tags into one file."""
        return file_of("sentinel.xlsx", queryset)

    @admin.action(description=_("Export devices as CSV"), permissions=["view"])
    def export_devices_csv(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse:
        """Write the devices."""
        return file_of("devices.csv", queryset)

    @admin.action(description=_("Export tags as CSV"), permissions=["view"])
    def export_tags_csv(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse:
        """Write their tags."""
        return file_of("tags.csv", queryset)

    # ------------------------------------------------------------ all or nothing

    def _do(
        self,
        request: HttpRequest,
        queryset: QuerySet[Device],
        change: Callable[[Device], None],
        field: str,
    ) -> None:
        """Change every device, and say so; if one refuses, say why, and none is changed."""
        devices = list(queryset)
        try:
            with transaction.atomic(), one_version():
                for device in devices:
                    _change(device, change)
                    self.log_change(request, device, [{"changed": {"fields": [field]}}])
        except ValidationError as error:
            text = _("Nothing was changed. %(why)s") % {"why": sentences(error)}
            self.message_user(request, text, messages.ERROR)
            return
        text = ngettext(
            "%(count)d device was changed.", "%(count)d devices were changed.", len(devices)
        )
        self.message_user(request, text % {"count": len(devices)}, messages.SUCCESS)


def _change(device: Device, change: Callable[[Device], None]) -> None:
    """Change one, and name it where it refuses.

    Raises:
        ValidationError: with its UID and the reason.
    """
    try:
        change(device)
    except ValidationError as error:
        raise ValidationError(f"{device.uid}: {sentences(error)}") from error
