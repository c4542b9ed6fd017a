"""Tokens: looked at, and revoked."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from devices.access import may_somewhere
from devices.admin.base import CREATOR, NotByHand, SiteScoped
from devices.admin.narrowing import by_moment
from devices.admin.pages import find, own_page, page_of, show
from devices.models import Credential, Role
from devices.registry import revoke_credential


@admin.register(Credential)
class CredentialAdmin(NotByHand, SiteScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """All tokens. They are issued on the page of their device."""

    list_display = ("lookup", "device", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_filter = (
        ("revoked_at", by_moment(_("not revoked"), _("revoked"))),
        "expires_at",
        "device__site",
    )
    list_select_related = ("device",)
    search_fields = ("lookup", "device__uid", "device__name")
    fields = (
        *("device", "lookup", "created_at", CREATOR),
        *("expires_at", "last_used_at", "revoked_at"),
    )
    readonly_fields = fields
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Say whether this user may revoke tokens."""
        return may_somewhere(request.user, Role.ENGINEER)

    @admin.action(
        description=_("Revoke the selected tokens and close their connections"),
        permissions=["revoke"],
    )
    def revoke(self, request: HttpRequest, queryset: QuerySet[Credential]) -> None:
        """Revoke them for good."""
        for credential in queryset:
            self._revoke(request, credential)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that asks before it revokes."""
        own = own_page(self, "<int:pk>/revoke/", self._revoke_page, "revoke")
        return [own, *super().get_urls()]

    def _revoke_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        credential: Credential = find(self, request, pk, change=False)
        if request.method == "POST":
            self._revoke(request, credential)
            return redirect(page_of(credential.device))
        note = _(
            "The connection of %(device)s that uses the token %(lookup)s is closed at once, and the"
            " token never works again."
        )
        return show(
            self,
            request,
            "admin/ask.html",
            obj=credential,
            title=_("Revoke the token"),
            note=note % {"device": credential.device, "lookup": credential.lookup},
            button=_("Revoke"),
        )

    def _revoke(self, request: HttpRequest, credential: Credential) -> None:
        revoke_credential(credential=credential)
        self.log_change(request, credential, [{"changed": {"fields": [str(_("revoked"))]}}])
        text = _("The token %(lookup)s of %(device)s was revoked.") % {
            "lookup": credential.lookup,
            "device": credential.device,
        }
        self.message_user(request, text, messages.SUCCESS)
