"""CSV and XLSX: export of the list as it is narrowed, import after a look at the difference."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.admin.pages import show
from devices.exporting.files import to_csv, to_xlsx
from devices.exporting.rows import rows_of_devices, rows_of_tags
from devices.importing.columns import DEVICES, SHEETS, TAGS
from devices.importing.difference import Outcome, Row
from devices.importing.files import MAX_BYTES, MAX_ROWS, FileRefused, Table, read_file
from devices.importing.service import ImportRefused, apply, preview
from devices.models import Device

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SALT: Final = "devices.importing"
_SHOWN_FOR_S: Final = 3600  # how long a difference that was shown may still be done
_MOST_SHOWN: Final = 200  # rows of each kind on the page


# ---------------------------------------------------------------- export


def export_view(admin: ModelAdmin[Device], request: HttpRequest, name: str) -> HttpResponse:
    """Send the devices of the list, as search and filters narrow it.

    Raises:
        PermissionDenied: this user may not look at devices.
        Http404: there is no such file.
    """
    if not admin.has_view_permission(request):
        raise PermissionDenied
    return file_of(name, admin.get_changelist_instance(request).get_queryset(request))


def file_of(name: str, queryset: QuerySet[Device]) -> HttpResponse:
    """Write these devices, their tags, or both.

    Raises:
        Http404: there is no such file.
    """
    devices = Device.objects.filter(pk__in=queryset.order_by().values("pk"))
    if name == "sentinel.xlsx":
        pages = [(DEVICES, rows_of_devices(devices)), (TAGS, rows_of_tags(devices))]
        answer = HttpResponse(to_xlsx(pages), content_type=XLSX)
    elif name == "devices.csv":
        answer = HttpResponse(to_csv(DEVICES, rows_of_devices(devices)), content_type="text/csv")
    elif name == "tags.csv":
        answer = HttpResponse(to_csv(TAGS, rows_of_tags(devices)), content_type="text/csv")
    else:
        raise Http404
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# ---------------------------------------------------------------- import


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=gettext_lazy("CSV or XLSX file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )


def import_view(admin: ModelAdmin[Device], request: HttpRequest) -> HttpResponse:
    """Take a file, show the difference, and, when asked, make it.

    Between the two steps the rows are kept in the page, signed: nothing is kept on the server.

    Raises:
        PermissionDenied: this user is no engineer anywhere.
    """
    if not admin.has_change_permission(request):
        raise PermissionDenied
    if "rows" in request.POST:
        return _apply(admin, request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file: UploadedFile[bytes] = form.cleaned_data["file"]
        try:
            tables = read_file(file.read(MAX_BYTES + 1))
        except FileRefused as error:
            form.add_error("file", str(error))
        else:
            outcome = preview(tables=tables, by=request.user)  # type: ignore[arg-type]  # signed in: admin_view saw to it
            return _show(admin, request, tables, outcome)
    return show(
        admin,
        request,
        "admin/devices/device/import.html",
        form=form,
        title=_("Import devices and tags"),
        sheets=SHEETS,
        limits={"kib": MAX_BYTES // 1024, "rows": MAX_ROWS},
    )


def _apply(admin: ModelAdmin[Device], request: HttpRequest) -> HttpResponse:
    try:
        expected, packed = signing.loads(request.POST["rows"], salt=_SALT, max_age=_SHOWN_FOR_S)
    except signing.BadSignature:
        text = _("Too much time has passed since the file was looked at. Send it again.")
        admin.message_user(request, text, messages.ERROR)
        return redirect("admin:devices_device_import")
    tables = _unpack(packed)
    try:
        outcome = apply(tables=tables, by=request.user, expected=expected)  # type: ignore[arg-type]  # signed in
    except ImportRefused as error:
        admin.message_user(request, str(error), messages.ERROR)
        return _show(admin, request, tables, error.outcome)
    for difference in outcome.differences:
        text = _("%(sheet)s: %(added)d added, %(changed)d changed.") % {
            "sheet": difference.sheet.name,
            "added": len(difference.added),
            "changed": len(difference.changed),
        }
        admin.message_user(request, text, messages.SUCCESS)
    return redirect("admin:devices_device_changelist")


def _show(
    admin: ModelAdmin[Device], request: HttpRequest, tables: list[Table], outcome: Outcome
) -> HttpResponse:
    packed = [outcome.digest, _pack(tables)]
    return show(
        admin,
        request,
        "admin/devices/device/difference.html",
        title=_("Import devices and tags"),
        outcome=outcome,
        most=_MOST_SHOWN,
        rows="" if outcome.refused else signing.dumps(packed, salt=_SALT, compress=True),
    )


def _pack(tables: list[Table]) -> list[Any]:
    return [[t.sheet.name, [[row.line, row.cells] for row in t.rows]] for t in tables]


def _unpack(packed: list[Any]) -> list[Table]:
    sheets = {sheet.name: sheet for sheet in SHEETS}
    return [Table(sheets[name], [Row(*row) for row in rows]) for name, rows in packed]
