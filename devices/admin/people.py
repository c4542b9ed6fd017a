"""Sites, and who is what at each of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from devices import people
from devices.access import may
from devices.admin.base import SiteScoped
from devices.admin.figures import FigureInline, save_figure_rows
from devices.admin.pages import Served
from devices.models import Membership, Role, Site, SiteFigure


class MembershipInline(SiteScoped, admin.TabularInline):  # type: ignore[type-arg]
    """Who is what at a site."""

    need_view = Role.ADMIN
    need_change = Role.ADMIN
    model = Membership
    extra = 0


@admin.register(Site)
class SiteAdmin(Served, SiteScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """Plants. An engineer changes the key figures only."""

    list_display = ("name", "slug", "time_zone", "devices", "members")
    search_fields = ("name", "slug")
    fields = (("name", "slug"), "time_zone")
    inlines = (FigureInline, MembershipInline)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave the site itself to its administrators."""
        all_of_it = obj is None or may(request.user, obj, Role.ADMIN)
        return () if all_of_it else ("name", "slug", "time_zone")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        """Count what is there."""
        counts = {
            "device_count": Count("devices", distinct=True),
            "member_count": Count("memberships", distinct=True),
        }
        rows: QuerySet[Site] = super().get_queryset(request).annotate(**counts)
        return rows

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only who is responsible for all sites add one."""
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only who is responsible for all sites delete one."""
        return bool(request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: Site, *args: Any, **kwargs: Any) -> None:
        """Store through the service."""
        people.save_site(site=obj)

    @admin.display(description=_("devices"), ordering="device_count")
    def devices(self, site: Any) -> int:
        """Count them."""
        count: int = site.device_count
        return count

    @admin.display(description=_("members"), ordering="member_count")
    def members(self, site: Any) -> int:
        """Count them."""
        count: int = site.member_count
        return count

    def save_formset(
        self, request: HttpRequest, form: Any, formset: Any, *args: Any, **kw: Any
    ) -> None:
        """Store key figures and roles through the services."""
        if formset.model is SiteFigure:
            save_figure_rows(form.instance, formset)
        else:
            save_memberships(formset)


@admin.register(Membership)
class MembershipAdmin(Served, SiteScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """Roles of all users at all sites."""

    need_view = Role.ADMIN
    need_change = Role.ADMIN
    list_display = ("user", "site", "role")
    list_filter = ("site", "role")
    list_select_related = ("user", "site")
    search_fields = ("user__username", "user__first_name", "user__last_name", "site__name")

    def save_model(self, request: HttpRequest, obj: Membership, *args: Any, **kw: Any) -> None:
        """Store through the service."""
        people.save_membership(membership=obj)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """End through the service."""
        people.end_membership(membership=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """End through the service, one by one."""
        for membership in queryset:
            people.end_membership(membership=membership)


admin.site.unregister((User, Group))  # rights follow from roles, not from Django's groups


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """People and their roles. For superusers: a name is known at all sites."""

    list_display = (
        "username",
        "first_name",
        "last_name",
        "is_active",
        "is_superuser",
        "last_login",
    )
    list_filter = ("is_active", "is_superuser", "memberships__site", "memberships__role")
    filter_horizontal = ()
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": (("first_name", "last_name"), "email")}),
        (_("Rights"), {"fields": (("is_active", "is_superuser"),)}),
        (_("Times"), {"fields": (("last_login", "date_joined"),)}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Tell nobody else whether there is somebody."""
        rows: QuerySet[User] = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.none()

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Ask for name and password first."""
        return list(self.inlines) if obj is not None else []

    def save_formset(
        self, request: HttpRequest, form: Any, formset: Any, *args: Any, **kw: Any
    ) -> None:
        """Store roles through the service."""
        save_memberships(formset)


def save_memberships(formset: Any) -> None:
    """Store the roles of a table through the services."""
    rows = formset.save(commit=False)
    for membership in formset.deleted_objects:
        people.end_membership(membership=membership)
    for membership in rows:
        people.save_membership(membership=membership)
