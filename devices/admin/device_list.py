"""The list of devices: its states, and what it can be narrowed by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from devices.models import Device, DeviceProfile, Latest
from devices.selectors import Row, device_rows
from devices.wording import STATUSES

_NONE: Final = "none"

Lookups = list[tuple[str, Any]]


def rows_by_device(devices: Iterable[tuple[int, int]]) -> dict[int, Row]:
    """Look up the states that the live pages show, a query for each site.

    Args:
        devices: id and site id of each.
    """
    by_site: dict[int, list[int]] = defaultdict(list)
    for pk, site_id in devices:
        by_site[site_id].append(pk)
    return {
        row["id"]: row
        for site_id, pks in by_site.items()
        for row in device_rows(site_id=site_id, device_ids=pks)
    }


def heard_by_device(device_ids: Collection[int]) -> dict[int, datetime]:
    """Look up when the newest readings of these devices were received."""
    newest = Latest.objects.filter(tag__device_id__in=device_ids).order_by()
    rows = newest.values_list("tag__device_id").annotate(heard=Max("received_time"))
    return dict(rows)


class DeviceList(ChangeList):
    """One page of devices, with the states that the live pages show."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page, with its states and when each was heard in one go."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        rows = rows_by_device((device.pk, device.site_id) for device in self.result_list)
        for device in self.result_list:
            device.shown = rows.get(device.pk)
        heard = heard_by_device([device.pk for device in self.result_list])
        for device in self.result_list:
            device.heard = heard.get(device.pk)


class StateFilter(admin.SimpleListFilter):
    """By the state that the live pages show."""

    title = _("state")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        """Offer every state."""
        return list(STATUSES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> QuerySet[Device]:
        """Judge the devices as the live pages do."""
        wanted = self.value()
        if wanted not in STATUSES:
            return queryset
        rows = rows_by_device(queryset.order_by().values_list("pk", "site_id").distinct())
        return queryset.filter(pk__in=[pk for pk, row in rows.items() if row["status"] == wanted])


class RoleFilter(admin.SimpleListFilter):
    """Gateways, and what is reached via each."""

    title = _("gateway")
    parameter_name = "gateway"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        """Offer the gateways that speak for others."""
        devices: QuerySet[Device] = model_admin.get_queryset(request)
        carriers = devices.filter(children__isnull=False).order_by("uid").distinct()
        own = [(_NONE, _("connects by itself"))]
        return [*own, *((str(pk), uid) for pk, uid in carriers.values_list("pk", "uid"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> QuerySet[Device]:
        """Keep those that are reached via it."""
        wanted = self.value()
        if wanted == _NONE:
            return queryset.filter(via=None)
        return queryset.filter(via=int(wanted)) if wanted and wanted.isdecimal() else queryset


class ProfileFilter(admin.SimpleListFilter):
    """By profile, whatever version of it."""

    title = _("profile")
    parameter_name = "profile"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        """Offer the profiles that devices have."""
        used = DeviceProfile.objects.filter(devices__isnull=False).order_by("vendor", "model")
        names = {row.slug: f"{row.vendor} {row.model}" for row in used.distinct()}
        return [(_NONE, _("none")), *names.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> QuerySet[Device]:
        """Keep the devices that have it."""
        wanted = self.value()
        if wanted == _NONE:
            return queryset.filter(profile=None)
        return queryset.filter(profile__slug=wanted) if wanted else queryset
