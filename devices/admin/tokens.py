"""The page that issues a token: the only one that ever shows it."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from devices.models import Device
from devices.registry import issue_token

_YEAR_DAYS = 365


class IssueToken(forms.Form):
    """How long a new token is valid."""

    days = forms.IntegerField(
        label=_("Valid for, days"),
        min_value=1,
        max_value=10 * _YEAR_DAYS,
        initial=_YEAR_DAYS,
        required=False,
        help_text=_("Empty: until it is revoked."),
    )


def issue_token_page(admin: ModelAdmin[Device], request: HttpRequest, pk: int) -> HttpResponse:
    """Ask how long it is to be valid, then issue it and show it once.

    Raises:
        PermissionDenied: this user may not issue tokens.
        Http404: there is no such device.
    """
    if not request.user.has_perm("devices.add_credential"):
        raise PermissionDenied
    device = admin.get_object(request, str(pk))
    if device is None:
        raise Http404
    form = IssueToken(request.POST if request.method == "POST" else None)
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "device": device,
        "form": form,
        "title": _("Issue a token"),
        "subtitle": str(device),
        "token": _issue(admin, request, device, form) if form.is_valid() else "",
    }
    return TemplateResponse(request, "admin/devices/device/issue_token.html", context)


def _issue(
    admin: ModelAdmin[Device], request: HttpRequest, device: Device, form: IssueToken
) -> str:
    days: int | None = form.cleaned_data["days"]
    expires_at = timezone.now() + timedelta(days=days) if days else None
    issued = issue_token(device=device, by=request.user, expires_at=expires_at)  # type: ignore[arg-type]  # signed in: admin_view saw to it
    admin.log_change(
        request, device, [{"added": {"name": "token", "object": issued.credential.lookup}}]
    )
    return issued.token
