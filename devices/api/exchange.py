"""Doors to CSV and XLSX files: what is at a site, and what a file would change there, then does.

A file is looked at first: the answer has every row that it adds or changes, every mistake, and a
digest of it all. Sent again with that digest it does exactly this, or nothing.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from devices.api.base import SiteView
from devices.api.fields import Choice
from devices.api.problems import Conflict
from devices.api.strict import Strict
from devices.exporting.files import to_csv, to_xlsx
from devices.exporting.rows import rows_of_devices, rows_of_tags
from devices.importing.columns import DEVICES, TAGS
from devices.importing.difference import Outcome
from devices.importing.files import MAX_BYTES, FileRefused, Table, read_file
from devices.importing.service import ImportRefused, apply, preview
from devices.models import Device, Role, Site

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DIGEST: Final = r"^[0-9a-f]{64}$"
_OF_SHEET: Final = {
    DEVICES.name: (DEVICES, rows_of_devices),
    TAGS.name: (TAGS, rows_of_tags),
}


class ExportQuery(Strict):
    """What kind of file. XLSX has both sheets, CSV one."""

    format = Choice(["csv", "xlsx"], default="xlsx")
    sheet = Choice(list(_OF_SHEET), default=DEVICES.name)


class UploadSerializer(Strict):
    """A file as it was exported, or with some of its columns and rows."""

    file = serializers.FileField(help_text="CSV in UTF-8, or XLSX.")

    def validate_file(self, file: Any) -> list[Table]:
        """Read it.

        Raises:
            rest_framework.exceptions.ValidationError: it is too large, or none of ours.
        """
        try:
            return read_file(file.read(MAX_BYTES + 1))
        except FileRefused as error:
            raise serializers.ValidationError(str(error)) from error


class ImportSerializer(UploadSerializer):
    """The file again, and the digest of the difference that was shown."""

    digest = serializers.RegexField(_DIGEST, help_text="From the preview.")


class ChangeSerializer(serializers.Serializer[None]):
    """One value that becomes another; of an added row ``before`` is null."""

    column = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class FindingSerializer(serializers.Serializer[None]):
    """A row that adds or changes something."""

    line = serializers.IntegerField(help_text="As a spreadsheet numbers it; the header is 1.")
    key = serializers.ListField(child=serializers.CharField(), help_text="UID; of a tag also name.")
    changes = ChangeSerializer(many=True)


class RefusedSerializer(serializers.Serializer[None]):
    """A row that cannot be taken, and why."""

    line = serializers.IntegerField()
    key = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()


class DifferenceSerializer(serializers.Serializer[None]):
    """What one sheet changes."""

    sheet = serializers.ChoiceField(list(_OF_SHEET), source="sheet.name")
    unchanged = serializers.IntegerField(help_text="Number of rows.")
    added = FindingSerializer(many=True)
    changed = FindingSerializer(many=True)
    refused = RefusedSerializer(many=True)


class OutcomeSerializer(serializers.Serializer[Outcome]):
    """What a file changes: all of it, or nothing if anything is refused."""

    refused = serializers.BooleanField(help_text="Rows are refused, or there are problems.")
    problems = serializers.ListField(
        child=serializers.CharField(), help_text="Why gateways could not read what comes of it."
    )
    differences = DifferenceSerializer(many=True)
    digest = serializers.CharField()


class OneAnswer(DefaultContentNegotiation):
    """Leaves ``format`` in the query to the view: there is one kind of answer."""

    def select_renderer(self, request: Any, renderers: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the first, whatever is accepted."""
        return renderers[0], renderers[0].media_type


class Exchange(SiteView):
    """Devices and tags of one site as files. Engineers of the site only."""

    queryset = Site.objects.all()
    serializer_class = OutcomeSerializer
    parser_classes = (MultiPartParser,)
    lookup_field = "slug"
    http_method_names = ["get", "post", "head"]

    def need(self) -> Role:
        """Ask for an engineer; whoever sees the site learns that it is refused."""
        return Role.ENGINEER

    @extend_schema(parameters=[ExportQuery], responses={(200, CSV): bytes, (200, XLSX): bytes})
    @action(detail=True, content_negotiation_class=OneAnswer)
    def export(self, request: Request, slug: str) -> HttpResponse:
        """Write the devices and tags of a site into a file that can be imported."""
        site = self.get_object()
        query = ExportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        devices = Device.objects.filter(site=site)
        if query.validated_data["format"] == "csv":
            sheet, rows_of = _OF_SHEET[query.validated_data["sheet"]]
            return _file(to_csv(sheet, rows_of(devices)), f"{slug}-{sheet.name}.csv", CSV)
        pages = [(sheet, rows_of(devices)) for sheet, rows_of in _OF_SHEET.values()]
        return _file(to_xlsx(pages), f"{slug}.xlsx", XLSX)

    @extend_schema(request={"multipart/form-data": UploadSerializer}, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"], url_path="import/preview", url_name="import-preview")
    def preview(self, request: Request, slug: str) -> Response:
        """Say what a file would change, and change nothing."""
        site = self.get_object()
        asked = UploadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        outcome = preview(tables=asked.validated_data["file"], by=self.user, site=site)
        return Response(OutcomeSerializer(outcome).data)

    @extend_schema(request={"multipart/form-data": ImportSerializer}, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"], url_path="import", url_name="import")
    def bring_in(self, request: Request, slug: str) -> Response:
        """Change what the preview of this file said: all of it, or nothing."""
        site = self.get_object()
        asked = ImportSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        outcome = self._apply(site, **asked.validated_data)
        return Response(OutcomeSerializer(outcome).data)

    def _apply(self, site: Site, file: list[Table], digest: str) -> Outcome:
        """Do it.

        Raises:
            Conflict: it would change something else than the preview said.
            rest_framework.exceptions.ValidationError: the preview had mistakes already.
        """
        try:
            return apply(tables=file, by=self.user, site=site, expected=digest)
        except ImportRefused as error:
            if error.outcome.digest != digest:
                raise Conflict(
                    "This is not what the preview said: the registry or the file has changed."
                    " Preview it again."
                ) from error
            raise serializers.ValidationError({"file": [str(error)]}) from error


def _file(data: bytes, name: str, media_type: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data, content_type=media_type, headers=disposition)
