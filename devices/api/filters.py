"""What lists can be narrowed down by."""

from __future__ import annotations

from typing import Any, Final

import django_filters as filters
from django.db.models import QuerySet

from devices.models import (
    AuditEntry,
    Credential,
    Device,
    DeviceHealth,
    DeviceProfile,
    Enrolment,
    GatewayConfiguration,
    Latest,
    Membership,
    ModbusConnection,
    Site,
    Tag,
)
from devices.selectors import device_rows

STATUSES: Final = ("new", "online", "stale", "offline", "disabled")


class DeviceFilter(filters.FilterSet):
    """Devices by where they are, what they are and how they are."""

    site = filters.CharFilter(field_name="site__slug", label="slug")
    via = filters.CharFilter(field_name="via__uid", label="UID of the gateway")
    profile = filters.CharFilter(method="by_profile", label='"id" or "id@version"')
    status = filters.ChoiceFilter(
        method="by_status", choices=[(status, status) for status in STATUSES]
    )

    # a number, not a choice: a choice would tell which connections of other sites there are
    modbus = filters.NumberFilter(field_name="modbus_id", label="number of the connection")

    class Meta:
        model = Device
        fields = ("area", "line", "enabled")

    def by_profile(self, rows: QuerySet[Device], name: str, value: str) -> QuerySet[Device]:
        """Keep those of a profile, or of one version of it."""
        slug, _, version = value.partition("@")
        rows = rows.filter(profile__slug=slug)
        return rows.filter(profile__version=version) if version else rows

    def by_status(self, rows: QuerySet[Device], name: str, value: str) -> QuerySet[Device]:
        """Keep those whose state is shown like this now."""
        sites = Site.objects.filter(devices__in=rows).distinct().values_list("pk", flat=True)
        shown = [row for site in sites for row in device_rows(site_id=site)]
        return rows.filter(pk__in=[row["id"] for row in shown if row["status"] == value])


class TagFilter(filters.FilterSet):
    """Tags by device and kind."""

    device = filters.CharFilter(field_name="device__uid", label="UID")
    site = filters.CharFilter(field_name="device__site__slug", label="slug")

    class Meta:
        model = Tag
        fields = ("name", "scan", "read", "pinned")


class LatestFilter(filters.FilterSet):
    """Latest readings by device and tag."""

    device = filters.CharFilter(field_name="tag__device__uid", label="UID")
    site = filters.CharFilter(field_name="tag__device__site__slug", label="slug")
    name = filters.CharFilter(field_name="tag__name", label="name of the tag")
    tag = filters.NumberFilter(field_name="tag_id", label="number of the tag")

    class Meta:
        model = Latest
        fields: tuple[str, ...] = ()


class ConnectionFilter(filters.FilterSet):
    """Modbus connections by gateway."""

    gateway = filters.CharFilter(field_name="gateway__uid", label="UID")

    class Meta:
        model = ModbusConnection
        fields = ("kind",)


class ConfigurationFilter(filters.FilterSet):
    """Versions by gateway."""

    gateway = filters.CharFilter(field_name="gateway__uid", label="UID")
    refused = filters.BooleanFilter(
        field_name="refused_at", lookup_expr="isnull", exclude=True, label="was refused"
    )

    class Meta:
        model = GatewayConfiguration
        fields = ("version",)


class HealthFilter(filters.FilterSet):
    """Devices by how they answer."""

    site = filters.CharFilter(field_name="device__site__slug", label="slug")
    gateway = filters.CharFilter(field_name="device__via__uid", label="UID of the gateway")

    class Meta:
        model = DeviceHealth
        fields = ("state",)


class CredentialFilter(filters.FilterSet):
    """Tokens by device, and those that are over."""

    device = filters.CharFilter(field_name="device__uid", label="UID")
    revoked = filters.BooleanFilter(
        field_name="revoked_at", lookup_expr="isnull", exclude=True, label="was revoked"
    )

    class Meta:
        model = Credential
        fields: tuple[str, ...] = ()


class EnrolmentFilter(filters.FilterSet):
    """Codes by site, and those that wait."""

    site = filters.CharFilter(field_name="site__slug", label="slug")
    used = filters.BooleanFilter(
        field_name="used_at", lookup_expr="isnull", exclude=True, label="was used"
    )
    approved = filters.BooleanFilter(
        field_name="approved_at", lookup_expr="isnull", exclude=True, label="was approved"
    )

    class Meta:
        model = Enrolment
        fields: tuple[str, ...] = ()


class MembershipFilter(filters.FilterSet):
    """Roles by site and user."""

    site = filters.CharFilter(field_name="site__slug", label="slug")
    user = filters.CharFilter(field_name="user__username", label="user name")

    class Meta:
        model = Membership
        fields = ("role",)


class ProfileFilter(filters.FilterSet):
    """Profiles by name."""

    class Meta:
        model = DeviceProfile
        fields = ("slug", "version", "vendor", "shipped")


class AuditFilter(filters.FilterSet):
    """The trail by what was changed, by whom and when."""

    site = filters.CharFilter(method="by_site", label="slug")
    since = filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    until = filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = AuditEntry
        fields = ("actor", "action", "kind", "object_id")

    def by_site(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep those of a site; it may be gone since, so there is no key to follow."""
        return rows.filter(site_id__in=Site.objects.filter(slug=value).values("pk"))
