"""Pages of a device that issue a token, the only one that ever shows it, and that rotate it."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from devices.admin.asking import sentences
from devices.admin.once import OnceForm, SentAlready, newest_of
from devices.admin.pages import find, page_of, show
from devices.models import Device
from devices.registry import issue_token
from devices.rotation import rotate

_YEAR_DAYS = 365
_ALREADY = _(
    "Nothing was issued now: this form was sent already, or the device got a token since it was"
    " opened. A token is shown only once. Issue another one if it is lost."
)


class IssueToken(OnceForm):
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
    device: Device = find(admin, request, pk)
    form = IssueToken(request.POST if request.method == "POST" else None)
    token = ""
    try:
        if form.is_valid():
            token = _issue(admin, request, device, form)
    except SentAlready:
        form = IssueToken()
        messages.warning(request, _ALREADY)
    return show(
        admin,
        request,
        "admin/devices/device/issue_token.html",
        obj=device,
        device=device,
        form=form,
        newest=newest_of(device.credentials.all()),
        title=_("Issue a token"),
        token=token,
    )


@transaction.atomic
def _issue(
    admin: ModelAdmin[Device], request: HttpRequest, device: Device, form: IssueToken
) -> str:
    Device.objects.select_for_update().get(pk=device.pk)  # two clicks at once wait for each other
    days: int | None = form.take(device.credentials.all())["days"]
    expires_at = timezone.now() + timedelta(days=days) if days else None
    issued = issue_token(device=device, by=request.user, expires_at=expires_at)  # type: ignore[arg-type]  # signed in: admin_view saw to it
    admin.log_change(
        request, device, [{"added": {"name": "token", "object": issued.credential.lookup}}]
    )
    return issued.token


def rotate_view(admin: ModelAdmin[Device], request: HttpRequest, pk: int) -> HttpResponse:
    """Have a gateway take a new token over its own socket; asked for by a button, not by a link.

    Raises:
        PermissionDenied: this user may not.
        Http404: there is no such device.
    """
    device: Device = find(admin, request, pk)
    if request.method == "POST":
        try:
            rotate(device=device, by=request.user)  # type: ignore[arg-type]  # signed in: admin_view saw to it
        except ValidationError as error:
            admin.message_user(request, sentences(error), messages.ERROR)
        else:
            admin.log_change(request, device, [{"changed": {"fields": [str(_("credential"))]}}])
            text = _(
                "%(device)s gets a new token over its connection, at once or when it connects."
            )
            admin.message_user(request, text % {"device": device}, messages.SUCCESS)
        return redirect(page_of(device))
    return show(
        admin,
        request,
        "admin/ask.html",
        obj=device,
        title=_("Rotate the token"),
        note=_(
            "The gateway gets a new token over its own connection and writes it down before it uses"
            " it. The old one stays valid until then, and for an overlap after it."
        ),
        button=_("Rotate"),
    )
