"""Pages of one device that ask before they do: clone it, give it a profile."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices import registry
from devices.admin.asking import sentences
from devices.admin.pages import add_refusal, find, page_of, show
from devices.importing.assigning import changes_of
from devices.models import Device, DeviceProfile
from devices.profiles import apply_profile


class CloneForm(forms.Form):
    """What must differ between two devices."""

    uid = forms.CharField(label=gettext_lazy("UID"), max_length=64)
    name = forms.CharField(label=gettext_lazy("name"), max_length=100)
    unit_id = forms.IntegerField(label=gettext_lazy("unit id"), min_value=0, max_value=255)


class AssignForm(forms.Form):
    """Which profile."""

    profile = forms.ModelChoiceField(
        DeviceProfile.objects.all(), label=gettext_lazy("profile"), empty_label=None
    )


def clone_page(admin: ModelAdmin[Device], request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for what must differ, then make a device like this one and go to its page."""
    device: Device = find(admin, request, pk)
    guess = {"name": device.name, "unit_id": min(device.unit_id + 1, 255)}
    form = CloneForm(request.POST if request.method == "POST" else None, initial=guess)
    if form.is_valid():
        try:
            twin = registry.clone_device(device=device, **form.cleaned_data)
        except ValidationError as error:
            add_refusal(form, error)
        else:
            admin.log_addition(request, twin, [{"added": {}}])
            text = _("%(twin)s is like %(device)s now.") % {"twin": twin, "device": device}
            admin.message_user(request, text, messages.SUCCESS)
            return redirect(page_of(twin))
    note = _("The new device has the same site, gateway, connection, profile and tags.")
    return show(
        admin,
        request,
        "admin/ask.html",
        obj=device,
        form=form,
        title=_("Clone"),
        note=note,
        button=_("Clone"),
    )


def assign_profile_page(admin: ModelAdmin[Device], request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a profile would make of the tags, then do it."""
    device: Device = find(admin, request, pk)
    form = AssignForm(request.POST or request.GET or None, initial={"profile": device.profile})
    context: dict[str, Any] = {"form": form, "title": _("Assign a profile")}
    if form.is_valid():
        profile: DeviceProfile = form.cleaned_data["profile"]
        try:
            if request.method == "POST" and "go" in request.POST:
                apply_profile(device=device, profile=profile)
                return _assigned(admin, request, device, profile)
            context["changes"] = changes_of(device=device, profile=profile)
            context["profile"] = profile
        except ValidationError as error:
            form.add_error(None, sentences(error))
    return show(admin, request, "admin/devices/device/assign_profile.html", obj=device, **context)


def _assigned(
    admin: ModelAdmin[Device], request: HttpRequest, device: Device, profile: DeviceProfile
) -> HttpResponse:
    admin.log_change(request, device, [{"changed": {"fields": [str(_("profile"))]}}])
    text = _("%(device)s has the profile %(profile)s now.") % {"device": device, "profile": profile}
    admin.message_user(request, text, messages.SUCCESS)
    return redirect(page_of(device))
