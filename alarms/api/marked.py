"""Doors to what people marked: how good the cameras are by it, and a dataset to train on."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alarms.dataset import marked, zip_of
from alarms.models import Detection
from alarms.precision import LEAST, WANTED
from alarms.quality import DAYS, Quality, quality_of
from devices.access import require, site_for
from devices.api.exchange import OneAnswer
from devices.api.fields import Choice
from devices.api.strict import Strict
from devices.audit import record
from devices.models import Role, Site


class QualityQuery(Strict):
    """Whose cameras, and over how many days up to now."""

    site = serializers.SlugField(max_length=50, help_text="Slug.")
    days = Choice([str(days) for days in DAYS], default=str(DAYS[-1]))


class ChoiceSerializer(serializers.Serializer[Any]):
    """What a threshold does to the marked detections; shares are 0 to 1."""

    threshold = serializers.SerializerMethodField()
    true = serializers.IntegerField()
    false = serializers.IntegerField()
    lost = serializers.IntegerField(help_text="Hazards that it would not report any more.")
    spared = serializers.IntegerField(help_text="False alarms that it would not report any more.")
    precision = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(source="interval.low", help_text="Wilson, 95 %.")
    high = serializers.FloatField(source="interval.high")

    def get_threshold(self, row: Any) -> float:
        """Return it as a share."""
        return float(row.percent / 100)


class QualityRowSerializer(serializers.Serializer[Any]):
    """One class of one camera. The first choice is the present threshold."""

    camera = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not DRF's
    true = serializers.IntegerField()
    false = serializers.IntegerField()
    unsure = serializers.IntegerField()
    unmarked = serializers.IntegerField()
    threshold = serializers.FloatField()
    own = serializers.BooleanField(help_text="Set for this camera, not by its model.")
    choices = ChoiceSerializer(many=True)
    proposed = serializers.FloatField(allow_null=True, help_text="Threshold; null: none.")
    enough = serializers.BooleanField(help_text="Marks enough to propose something.")


class QualitySerializer(serializers.Serializer[Any]):
    """How good the cameras are, and what was asked of a proposal."""

    since = serializers.DateTimeField()
    wanted = serializers.FloatField(help_text="Precision that the lower bound has to reach.")
    least = serializers.IntegerField(help_text="Marked ones that a proposal needs.")
    rows = QualityRowSerializer(many=True)


class QualityView(APIView):
    """``GET /api/v1/detections/quality/?site=east&days=90``."""

    permission_classes = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)

    @extend_schema(parameters=[QualityQuery], responses=QualitySerializer)
    def get(self, request: Request) -> Response:
        """Return the precision by camera and class; 404 for a site that is not yours."""
        asked = _read(QualityQuery, request)
        site = _site(request, asked["site"], Role.VIEWER)
        since = timezone.now() - dt.timedelta(days=int(asked["days"]))
        rows = [_row(each) for each in quality_of(site, since)]
        body = {"since": since, "wanted": WANTED, "least": LEAST, "rows": rows}
        return Response(QualitySerializer(body).data, headers={"Cache-Control": "no-store"})


class DatasetQuery(Strict):
    """What of which site, by when it began."""

    site = serializers.SlugField(max_length=50, help_text="Slug.")
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False, help_text="Before then.")


class Dataset(APIView):
    """``GET /api/v1/detections/dataset/?site=east``."""

    permission_classes = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = OneAnswer

    @extend_schema(parameters=[DatasetQuery], responses={(200, "application/zip"): bytes})
    def get(self, request: Request) -> StreamingHttpResponse:
        """Give what was marked, as a dataset: a ZIP file. Engineers only; it is on record."""
        asked = _read(DatasetQuery, request)
        site = _site(request, asked.pop("site"), Role.ENGINEER)
        spans = {"since": "since__gte", "until": "since__lt"}
        narrowed = {spans[name]: at for name, at in asked.items()}
        rows = Detection.objects.filter(site=site, **narrowed)
        with transaction.atomic():
            span = {name: at.isoformat() for name, at in asked.items()}
            record("export", site, None, {"dataset": marked(rows).count(), **span})
        parts = zip_of(rows, site.slug)
        is_async = hasattr(request, "scope")  # under ASGI, where Django would collect all of it
        name = f"{site.slug}-marked-{timezone.now():%Y%m%dT%H%M%SZ}.zip"
        return StreamingHttpResponse(
            _without_waiting(parts) if is_async else parts,
            content_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )


async def _without_waiting(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Make the next piece when the last one was taken, beside the event loop."""

    @sync_to_async
    def following() -> bytes | None:
        return next(parts, None)

    while (part := await following()) is not None:
        yield part


def _read(kind: type[Strict], request: Request) -> dict[str, Any]:
    query = kind(data=request.query_params)
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def _site(request: Request, slug: str, need: Role) -> Site:
    """Return a site of the user.

    Raises:
        Http404: it is not theirs.
        PermissionDenied: they have a lesser role there.
    """
    try:
        site = site_for(request.user, slug)
    except Site.DoesNotExist as error:
        raise Http404 from error
    require(request.user, site, need)
    return site


def _row(quality: Quality) -> dict[str, Any]:
    advice, counts = quality.advice(), quality.counts
    return {
        "camera": quality.camera,
        "label": quality.label,
        **{kind: counts[kind] for kind in ("true", "false", "unsure")},
        "unmarked": counts[""],
        "threshold": quality.threshold,
        "own": quality.is_own,
        "choices": advice.choices,
        "proposed": advice.proposed.percent / 100 if advice.proposed else None,
        "enough": advice.is_enough,
    }
