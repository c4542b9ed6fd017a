"""Doors to readings as files: at once, or made in the background where there are many."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db.models import QuerySet, prefetch_related_objects
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import exceptions, mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.access import tags_for
from devices.api.base import SiteView
from devices.api.exchange import CSV, XLSX, OneAnswer
from devices.api.fields import Choice
from devices.api.problems import Conflict
from devices.api.streaming import Download, Stored
from devices.api.strict import Base, Strict
from devices.audit import record
from devices.exporting import orders
from devices.exporting.making import about
from devices.exporting.readings import Selection, count, rows_of
from devices.exporting.streams import MOST_ROWS, csv_parts, xlsx_parts
from devices.ingest import DAY_MS, FUTURE_MS
from devices.models import ExportFormat, ExportJob, ExportReason, ExportState, Role
from devices.trends import Window

logger = logging.getLogger(__name__)

ZIP: Final = "application/zip"
MOST_TAGS: Final = 32
_MAX_MS: Final = 4_102_444_800_000  # 2100


class TooManyReadings(exceptions.APIException):
    """Nobody should wait for so many."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = (
        f"There are more than {orders.MOST_AT_ONCE:,} readings. POST the tags, from_ms, to_ms and"
        " format to /api/v1/exports/ and have the file made in the background."
    )


def _tag_numbers() -> serializers.ListField:
    number = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    return serializers.ListField(child=number, min_length=1, max_length=MOST_TAGS)


class _WindowFields(Strict):
    from_ms = serializers.IntegerField(
        min_value=0, max_value=_MAX_MS, help_text="Epoch milliseconds of the first reading."
    )
    to_ms = serializers.IntegerField(
        min_value=0, max_value=_MAX_MS, help_text="Epoch milliseconds of the first one after it."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse windows that run backwards."""
        if attrs["to_ms"] <= attrs["from_ms"]:
            raise serializers.ValidationError("to_ms must be later than from_ms.")
        return attrs


class CountQuery(_WindowFields):
    """Tags of one site and a window, as in ``trends/``, but of any length."""

    tag = _tag_numbers()


class FileQuery(CountQuery):
    """The same, and the kind of file."""

    format = Choice(ExportFormat.choices, default=ExportFormat.CSV)


class NewExportSerializer(_WindowFields):
    """What a file is to have in it."""

    tags = _tag_numbers()
    format = Choice(ExportFormat.choices)


class CountSerializer(serializers.Serializer[None]):
    """How many readings there are, up to one more than can be downloaded at once."""

    count = serializers.IntegerField()
    at_once = serializers.IntegerField(help_text="So many can be downloaded at once.")


def select(user: User, ids: Sequence[int], from_ms: int, to_ms: int) -> Selection:
    """Return what a user asks for, without the times of which nothing can be stored.

    Raises:
        devices.models.Tag.DoesNotExist: a tag is none of theirs.
        rest_framework.exceptions.ValidationError: the tags are of several sites.
    """
    tags = tags_for(user, list(dict.fromkeys(ids)))
    prefetch_related_objects(tags, "device__site")
    sites = {tag.device.site_id: tag.device.site for tag in tags}
    if len(sites) > 1:
        raise serializers.ValidationError({"tags": ["All of them have to be of one site."]})
    now_ms = int(time.time() * 1000)
    start = max(from_ms, now_ms - (settings.READINGS_KEEP_DAYS + 1) * DAY_MS)
    end = max(start, min(to_ms, now_ms + FUTURE_MS))
    return Selection(next(iter(sites.values())), tags, Window(start, end))


class ReadingsCount(APIView):
    """``GET /api/v1/readings/count/?tag=1&tag=2&from_ms=...&to_ms=...``."""

    http_method_names = ["get"]

    @extend_schema(parameters=[CountQuery], responses=CountSerializer)
    def get(self, request: Request) -> Response:
        """Say how many readings a file would have, and whether it can be downloaded at once."""
        asked = _checked(CountQuery(data=request.query_params))
        selection = select(_user(request), asked["tag"], asked["from_ms"], asked["to_ms"])
        found = count(selection, orders.MOST_AT_ONCE)
        return Response({"count": found, "at_once": orders.MOST_AT_ONCE})


class ReadingsFile(APIView):
    """``GET /api/v1/readings/export/?tag=1&tag=2&from_ms=...&to_ms=...&format=csv``."""

    http_method_names = ["get"]
    content_negotiation_class = OneAnswer

    @extend_schema(parameters=[FileQuery], responses={(200, CSV): bytes, (200, XLSX): bytes})
    def get(self, request: Request) -> Download:
        """Download readings as CSV or XLSX, sent while they are read."""
        asked = _checked(FileQuery(data=request.query_params))
        user, file_format = _user(request), asked["format"]
        selection = select(user, asked["tag"], asked["from_ms"], asked["to_ms"])
        total = count(selection, orders.MOST_AT_ONCE)
        if total > orders.MOST_AT_ONCE:
            raise TooManyReadings
        record("export", selection.site, None, orders.told(selection, file_format))
        window = selection.window
        name = orders.name_of(selection.site.slug, window.from_ms, window.to_ms)
        rows = rows_of(selection)
        if file_format == ExportFormat.XLSX:
            pieces = xlsx_parts(rows, about(selection, str(user), total))
            return Download(pieces, name=f"{name}.xlsx", media_type=XLSX)
        return Download(csv_parts(rows), name=f"{name}.csv", media_type=f"{CSV}; charset=utf-8")


class ExportSerializer(Base[ExportJob]):
    """A file that is made in the background. CSV comes in a ZIP file."""

    site = serializers.CharField(source="site.slug", read_only=True)
    tags = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    reason = serializers.CharField(
        read_only=True,
        help_text=f"Of a failed one: {', '.join(ExportReason.values)}.",
    )
    total = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Readings; null until they are counted."
    )
    done = serializers.IntegerField(read_only=True, help_text="Readings that are in the file.")
    size = serializers.IntegerField(read_only=True, allow_null=True, help_text="Bytes.")
    file = serializers.SerializerMethodField(help_text="Where it can be downloaded.")
    expires_at = serializers.SerializerMethodField(help_text="When it is deleted.")

    class Meta:
        model = ExportJob
        fields = (
            *("id", "site", "tags", "from_ms", "to_ms", "format", "state", "reason"),
            *("total", "done", "size", "file"),
            *("created_at", "started_at", "finished_at", "expires_at"),
        )
        read_only_fields = fields

    def get_file(self, job: ExportJob) -> str | None:
        """Return its address once it is there."""
        ready = job.state == ExportState.DONE
        return reverse("api_export-file", args=[job.pk]) if ready else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_expires_at(self, job: ExportJob) -> Any:
        """Return when its file is deleted; None: there is none."""
        if job.state != ExportState.DONE or job.finished_at is None:
            return None
        return job.finished_at + orders.KEPT


class Exports(mixins.ListModelMixin, mixins.RetrieveModelMixin, SiteView):
    """One's own exports: nobody else sees them, and only while one may see the site."""

    queryset = ExportJob.objects.select_related("site")
    serializer_class = ExportSerializer
    lookup_value_converter = "int"
    filter_backends = ()
    need_change = Role.VIEWER
    http_method_names = ["get", "post", "delete", "head"]

    def get_queryset(self) -> QuerySet[ExportJob]:
        """Leave out what others have ordered."""
        return super().get_queryset().filter(owner=self.user)

    @extend_schema(request=NewExportSerializer, responses={201: ExportSerializer})
    def create(self, request: Request) -> Response:
        """Have a file made: any number of readings as CSV, a sheet full as XLSX."""
        asked = _checked(NewExportSerializer(data=request.data))
        selection = select(self.user, asked["tags"], asked["from_ms"], asked["to_ms"])
        if asked["format"] == ExportFormat.XLSX and count(selection, MOST_ROWS) > MOST_ROWS:
            text = (
                f"A sheet has room for {MOST_ROWS:,} readings. Ask for csv, or for a shorter time."
            )
            raise serializers.ValidationError({"format": [text]})
        try:
            job = orders.order(owner=self.user, selection=selection, file_format=asked["format"])
        except orders.TooManyExports as error:
            raise Conflict(str(error)) from error
        return Response(self.get_serializer(job).data, HTTPStatus.CREATED)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete the file, or stop making it."""
        orders.remove(self.get_object())
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(responses={(200, ZIP): bytes, (200, XLSX): bytes})
    @action(detail=True, content_negotiation_class=OneAnswer, methods=["get"])
    def file(self, request: Request, pk: int) -> Download:
        """Download the file."""
        job: ExportJob = self.get_object()
        if job.state != ExportState.DONE:
            raise Conflict("It is not ready, or it is not kept any more: see its state.")
        if not default_storage.exists(job.name):
            logger.error("the file of export %s is missing", job.pk)
            raise Http404
        media_type = XLSX if job.format == ExportFormat.XLSX else ZIP
        answer = Download(Stored(job.name), name=orders.file_name(job), media_type=media_type)
        answer.headers["Content-Length"] = str(job.size)
        return answer


def _checked(serializer: Strict) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    asked: dict[str, Any] = serializer.validated_data
    return asked


def _user(request: Request) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - nobody else is let in
    return user
