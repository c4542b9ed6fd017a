"""One-time codes for new gateways: made here, shown once, approved here."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from devices.access import may_somewhere, sites_for
from devices.admin.asking import sentences
from devices.admin.base import CREATOR, Journal, person
from devices.admin.narrowing import by_moment
from devices.admin.once import OnceForm, SentAlready, newest_of
from devices.admin.pages import add_refusal, find, own_page, page_of, show
from devices.enrolment import approve, create_code
from devices.models import Enrolment, Role, Site

_STATE: Final = "/var/lib/sentinel-gateway"  # of the gateway, as docs/gateway.md has it
_ALREADY: Final = _(
    "No code was made now: this form was sent already, or you made a code since it was opened. A"
    " code is shown only once. Make another one if it is lost."
)


class CodeForm(OnceForm):
    """For which gateway, and for how long."""

    site = forms.ModelChoiceField(Site.objects.none(), label=_("site"), empty_label=None)
    uid = forms.CharField(
        label=_("UID"),
        max_length=64,
        required=False,
        help_text=_("Empty: the gateway chooses. That of a gateway: it gets new hardware."),
    )
    hours = forms.IntegerField(
        label=_("valid for, hours"), min_value=1, max_value=24 * 365, initial=24
    )
    needs_approval = forms.BooleanField(
        label=_("needs approval"),
        required=False,
        initial=True,
        help_text=_("The gateway waits, disabled, until somebody approves it here."),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = sites_for(request.user, Role.ENGINEER)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]  # it is a choice of rows


@admin.register(Enrolment)
class EnrolmentAdmin(Journal):
    """Codes that were made, and what became of them."""

    list_display = (
        *("lookup", "site", "uid", "state", "device", "expires_at"),
        *("used_at", "remote", "approved_at"),
    )
    list_filter = (
        "site",
        ("used_at", by_moment(_("not used"), _("used"))),
        ("approved_at", by_moment(_("not approved"), _("approved"))),
    )
    list_select_related = ("site", "device")
    search_fields = ("lookup", "uid", "device__uid", "remote", "agent")
    change_list_template = "admin/devices/enrolment/enrolments.html"
    change_form_template = "admin/devices/enrolment/enrolment.html"
    fields = (
        *("state", "site", "uid", "lookup", "needs_approval", "created_at", CREATOR),
        *("expires_at", "used_at", "device", "remote", "agent", "approved_at"),
        person("approved_by", _("approved by")),
    )
    readonly_fields = fields
    actions = ("approve",)  # type: ignore[assignment]  # a journal has none

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of our own."""
        return [
            own_page(self, "new/", self._new, "new"),
            own_page(self, "<int:pk>/approve/", self._approve_page, "approve"),
            *super().get_urls(),
        ]

    @admin.display(description=_("state"))
    def state(self, row: Enrolment) -> str:
        """Say what became of it."""
        if row.used_at is None:
            return str(_("expired") if row.expires_at <= timezone.now() else _("not used yet"))
        waits = row.needs_approval and row.approved_at is None
        return str(_("waits for approval") if waits else _("enrolled"))

    def _new(self, request: HttpRequest) -> HttpResponse:
        """Ask for what it is for, make the code and show it once, with the command to use it."""
        if not may_somewhere(request.user, Role.ENGINEER):
            raise PermissionDenied
        form = CodeForm(request.POST if request.method == "POST" else None, request=request)
        context: dict[str, Any] = {"form": form, "title": _("New enrolment code")}
        if form.is_valid():
            try:
                enrolment, code = _make(form, request.user)  # type: ignore[arg-type]  # signed in: admin_view saw to it
            except ValidationError as error:
                add_refusal(form, error)
            except SentAlready:
                context["form"] = CodeForm(request=request)
                messages.warning(request, _ALREADY)
            else:
                server = request.build_absolute_uri("/").rstrip("/")
                context |= {"command": _command(server, code, enrolment), "enrolment": enrolment}
        context["newest"] = newest_of(_made_by(request.user))  # type: ignore[arg-type]  # as above
        return show(self, request, "admin/devices/enrolment/new.html", **context)

    def _approve_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        enrolment: Enrolment = find(self, request, pk, change=False)
        if request.method == "POST":
            self._approve(request, enrolment)
        return redirect(page_of(enrolment))

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Say whether this user may let gateways in."""
        return may_somewhere(request.user, Role.ENGINEER)

    @admin.action(description=_("Approve the selected gateways"), permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Enrolment]) -> None:
        """Let them in."""
        for enrolment in queryset:
            self._approve(request, enrolment)

    def _approve(self, request: HttpRequest, enrolment: Enrolment) -> None:
        try:
            waited = approve(enrolment=enrolment, by=request.user)  # type: ignore[arg-type]  # signed in: admin_view saw to it
        except ValidationError as error:
            self.message_user(request, sentences(error), messages.ERROR)
            return
        text = _("%(device)s did not wait for approval, so nothing has changed.")
        if waited:
            text = _("%(device)s may speak now.")
        level = messages.SUCCESS if waited else messages.INFO
        self.message_user(request, text % {"device": enrolment.device}, level)


@transaction.atomic
def _make(form: CodeForm, by: User) -> tuple[Enrolment, str]:
    User.objects.select_for_update().get(pk=by.pk)  # two clicks at once wait for each other
    return create_code(by=by, **form.take(_made_by(by)))


def _made_by(user: User) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(created_by=user)


def _command(server: str, code: str, enrolment: Enrolment) -> str:
    """Write what is typed on the gateway; see edge/verbs.py."""
    parts = [f"python -m edge enrol --url {server} --code {code} --state {_STATE}"]
    if not enrolment.uid:
        parts.append("--uid GW-1")
    if server.startswith("http://"):
        parts.append("--allow-insecure")
    return " ".join(parts)
