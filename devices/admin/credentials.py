"""Tokens: looked at, and revoked."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from devices.admin.base import NotByHand
from devices.models import Credential
from devices.registry import revoke_credential


@admin.register(Credential)
class CredentialAdmin(NotByHand, admin.ModelAdmin):  # type: ignore[type-arg]
    """All tokens. They are issued on the page of their device."""

    list_display = ("lookup", "device", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "expires_at", "device__site")
    list_select_related = ("device",)
    search_fields = ("lookup", "device__uid", "device__name")
    fields = (
        *("device", "lookup", "created_at", "created_by"),
        *("expires_at", "last_used_at", "revoked_at"),
    )
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Say whether this user may revoke tokens."""
        return request.user.has_perm("devices.change_credential")

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
        page = self.admin_site.admin_view(self._revoke_page)
        own = path("<int:pk>/revoke/", page, name="devices_credential_revoke")
        return [own, *super().get_urls()]

    def _revoke_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_revoke_permission(request):
            raise PermissionDenied
        credential = self.get_object(request, str(pk))
        if credential is None:
            raise Http404
        if request.method == "POST":
            self._revoke(request, credential)
            return redirect(reverse("admin:devices_device_change", args=[credential.device_id]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "credential": credential,
            "title": _("Revoke the token"),
            "subtitle": str(credential),
        }
        return TemplateResponse(request, "admin/devices/credential/revoke.html", context)

    def _revoke(self, request: HttpRequest, credential: Credential) -> None:
        revoke_credential(credential=credential)
        self.log_change(request, credential, [{"changed": {"fields": [str(_("revoked"))]}}])
        text = _("The token %(lookup)s of %(device)s was revoked.") % {
            "lookup": credential.lookup,
            "device": credential.device,
        }
        self.message_user(request, text, messages.SUCCESS)
