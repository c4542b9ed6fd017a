"""Pages of profiles that ask before they do: add a file, bring devices to a newer version."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from devices.access import may_somewhere, rows_for
from devices.admin.asking import sentences
from devices.admin.pages import find, page_of, show
from devices.configuration import one_version
from devices.importing.assigning import TagChange, changes_of
from devices.models import Device, DeviceProfile, Role
from devices.profiles import apply_profile, import_profile, versions_of

_MAX_BYTES = 960 * 1024  # has to fit into one request, see project/bounds.py


class ProfileFile(forms.Form):
    """The file."""

    file = forms.FileField(
        label=gettext_lazy("profile (JSON)"), widget=forms.FileInput(attrs={"accept": ".json"})
    )


class Upgrade(NamedTuple):
    """What a newer version would make of one device."""

    device: Device
    changes: list[TagChange]
    refused: str  # why its gateway could not read it


def newest_of(profile: DeviceProfile) -> DeviceProfile:
    """Return the newest version of a profile."""
    return next(iter(versions_of(profile)))


def upload_page(admin: ModelAdmin[DeviceProfile], request: HttpRequest) -> HttpResponse:
    """Take a file; every mistake in it is told at once.

    Raises:
        PermissionDenied: this user is no engineer.
    """
    _require_engineer(request)
    form = ProfileFile(request.POST or None, request.FILES or None)
    mistakes: list[str] = []
    if form.is_valid():
        data = form.cleaned_data["file"].read(_MAX_BYTES + 1)
        try:
            profile = import_profile(data=data, by=request.user)  # type: ignore[arg-type]  # signed in: admin_view saw to it
        except ValidationError as error:
            mistakes = error.messages
        else:
            text = _("%(profile)s can be assigned now.") % {"profile": profile}
            admin.message_user(request, text, messages.SUCCESS)
            return redirect(page_of(profile))
    return show(
        admin,
        request,
        "admin/devices/deviceprofile/upload.html",
        form=form,
        mistakes=mistakes,
        title=_("Add a profile"),
    )


def upgrade_page(admin: ModelAdmin[DeviceProfile], request: HttpRequest, pk: int) -> HttpResponse:
    """Show what this version would make of devices with other ones, then do it.

    Raises:
        PermissionDenied: this user is no engineer.
    """
    _require_engineer(request)
    profile: DeviceProfile = find(admin, request, pk, change=False)
    mine = rows_for(request.user, Device, Role.ENGINEER).select_related("profile", "site")
    older = mine.filter(profile__slug=profile.slug).exclude(profile=profile).order_by("uid")
    if request.method == "POST":
        chosen = older.filter(pk__in=filter(str.isdecimal, request.POST.getlist("device")))
        return _upgrade(admin, request, profile, chosen)
    return show(
        admin,
        request,
        "admin/devices/deviceprofile/upgrade.html",
        obj=profile,
        title=_("Upgrade devices"),
        upgrades=[_upgrade_of(device, profile) for device in older],
    )


def _upgrade(
    admin: ModelAdmin[Any],
    request: HttpRequest,
    profile: DeviceProfile,
    devices: QuerySet[Device],
) -> HttpResponse:
    count = 0
    try:
        with transaction.atomic(), one_version():
            for device in devices:
                apply_profile(device=device, profile=profile)
                count += 1
    except ValidationError as error:
        text = _("Nothing was changed. %(why)s") % {"why": sentences(error)}
        admin.message_user(request, text, messages.ERROR)
    else:
        text = ngettext("%(count)d device was changed.", "%(count)d devices were changed.", count)
        admin.message_user(request, text % {"count": count}, messages.SUCCESS)
    return redirect(page_of(profile))


def _upgrade_of(device: Device, profile: DeviceProfile) -> Upgrade:
    try:
        return Upgrade(device, changes_of(device=device, profile=profile), "")
    except ValidationError as error:
        return Upgrade(device, [], sentences(error))


def _require_engineer(request: HttpRequest) -> None:
    if not may_somewhere(request.user, Role.ENGINEER):
        raise PermissionDenied
