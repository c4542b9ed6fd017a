"""Sites and devices with their tags."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from devices import registry
from devices.admin.base import NotByHand
from devices.admin.tokens import issue_token_page
from devices.models import Credential, Device, DeviceState, Site, Tag
from devices.selectors import Row, device_rows

_STATES = {
    "new": _("never seen"),
    "online": _("online"),
    "stale": _("stale"),
    "offline": _("offline"),
    "disabled": _("disabled"),
}


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Plants."""

    list_display = ("name", "slug", "time_zone")
    search_fields = ("name", "slug")


class TagInline(admin.TabularInline):  # type: ignore[type-arg]
    """The tags of a device, on its page."""

    model = Tag
    extra = 0
    fields = (
        *("name", "label", "unit", "decimals", "low", "high"),
        *("scan_ms", "silence_ms", "position", "pinned"),
    )


class CredentialInline(NotByHand, admin.TabularInline):  # type: ignore[type-arg]
    """The tokens of a device, on its page; each leads to its own, where it can be revoked."""

    model = Credential
    extra = 0
    fields = ("lookup", "created_at", "created_by", "expires_at", "last_used_at", "revoked_at")
    readonly_fields = fields
    show_change_link = True


class StateInline(NotByHand, admin.StackedInline):  # type: ignore[type-arg]
    """How a device is connected, on its page."""

    model = DeviceState
    fields = (
        ("connected", "changed_at", "last_seen_at"),
        ("agent", "skew_ms", "read_errors"),
        ("waiting", "oldest_at", "spool_bytes"),
        ("link_down_since", "link_detail"),
    )
    readonly_fields = tuple(name for line in fields for name in line)


class DeviceList(ChangeList):
    """One page of devices, with the states that the live pages show."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page, and its states in one go."""
        super().get_results(request)
        by_site: dict[int, list[Device]] = defaultdict(list)
        self.result_list = list(self.result_list)
        for device in self.result_list:
            by_site[device.site_id].append(device)
        for site_id, devices in by_site.items():
            rows = device_rows(site_id=site_id, device_ids=[device.pk for device in devices])
            known = {row["id"]: row for row in rows}
            for device in devices:
                device.shown = known.get(device.pk)  # type: ignore[attr-defined]  # for `_shown`


@admin.register(Device)
class DeviceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Devices and gateways, with the state that every page shows."""

    list_display = ("uid", "name", "site", "area", "via", "status", "since", "seen", "enabled")
    list_filter = (
        "site",
        "area",
        "enabled",
        "state__connected",
        ("via", admin.EmptyFieldListFilter),
    )
    list_select_related = ("site", "via", "state")
    search_fields = ("uid", "name", "area", "tags__name")
    autocomplete_fields = ("via",)
    actions = ("enable", "disable")
    inlines = (StateInline, CredentialInline, TagInline)
    fieldsets = (
        (None, {"fields": ("uid", "name", "site", "area", "via", "enabled")}),
        (_("Rights and limits"), {"fields": ("discovery", "frames_per_s", "readings_per_s")}),
    )

    class Media:
        css = {"all": ("css/states.css",)}  # noqa: RUF012 - Django's way

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Use the list that knows the states."""
        return DeviceList

    def get_inlines(self, request: HttpRequest, obj: Device | None) -> list[Any]:
        """Leave out what a device that does not exist yet cannot have."""
        return list(self.inlines) if obj else [TagInline]

    def get_urls(self) -> list[URLPattern]:
        """Add the page that issues a token."""
        page = self.admin_site.admin_view(self._issue_token)
        own = path("<int:pk>/issue-token/", page, name="devices_device_issue_token")
        return [own, *super().get_urls()]

    def _issue_token(self, request: HttpRequest, pk: int) -> Any:
        return issue_token_page(self, request, pk)

    # ------------------------------------------------------------ columns

    @admin.display(description=_("state"))
    def status(self, device: Device) -> str:
        """Shape, word and reason."""
        row = _shown(device)
        name, detail = (row["status"], row["detail"]) if row else ("new", "")
        return format_html(
            '<span data-status="{}"><i class="d" aria-hidden="true"></i> {}{}</span>',
            name,
            _STATES[name],
            f" ({detail})" if detail else "",
        )

    @admin.display(description=_("since"), empty_value="")
    def since(self, device: Device) -> datetime | None:
        """Tell since when it is so."""
        row = _shown(device)
        return _time(row["since"]) if row else None

    @admin.display(description=_("last seen"), empty_value="")
    def seen(self, device: Device) -> datetime | None:
        """Tell when it was last heard: by its own connection, or by its readings."""
        row = _shown(device)
        state = getattr(device, "state", None)
        return (_time(row["seen"]) if row else None) or (state.last_seen_at if state else None)

    # ------------------------------------------------------------ writing

    def save_model(
        self,
        request: HttpRequest,
        obj: Device,
        form: ModelForm[Device],
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        """Store through the service, which tells pages and sockets."""
        registry.save_device(device=obj)

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm[Device],
        formset: BaseInlineFormSet[Any, Any, Any],
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        """Store the tags, and have the gateway ask again what its numbers mean."""
        super().save_formset(request, form, formset, change)
        if formset.has_changed():
            registry.plant_changed(device=form.instance)

    def delete_model(self, request: HttpRequest, obj: Device) -> None:
        """Delete through the service."""
        registry.delete_device(device=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        """Delete through the service, one by one."""
        for device in queryset:
            registry.delete_device(device=device)

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
        changed = list(queryset.exclude(enabled=enabled))
        for device in changed:
            registry.set_enabled(device=device, enabled=enabled)
            self.log_change(request, device, [{"changed": {"fields": [str(_("enabled"))]}}])
        text = ngettext(
            "%(count)d device was changed.", "%(count)d devices were changed.", len(changed)
        )
        self.message_user(request, text % {"count": len(changed)}, messages.SUCCESS)


def _shown(device: Device) -> Row | None:
    row: Row | None = getattr(device, "shown", None)
    return row


def _time(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)
