"""Doors of the pages' reads."""

from __future__ import annotations

import time
from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from devices.access import tags_for
from devices.api.strict import Strict
from devices.models import Tag
from devices.trends import MAX_WINDOW, Window, trends

MAX_TAGS = 32  # in one request
_MAX_MS = 4_102_444_800_000  # 2100


class TrendQuery(Strict):
    """Which readings: tags, a window, and how many points the charts can show."""

    tag = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**31 - 1), max_length=MAX_TAGS
    )
    from_ms = serializers.IntegerField(min_value=0, max_value=_MAX_MS)
    to_ms = serializers.IntegerField(min_value=0, max_value=_MAX_MS)
    points = serializers.IntegerField(min_value=10, max_value=4000, default=720)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse windows that run backwards or are too long."""
        length_ms = attrs["to_ms"] - attrs["from_ms"]
        if not 0 < length_ms <= MAX_WINDOW.total_seconds() * 1000:
            raise serializers.ValidationError(
                f"to_ms must be later than from_ms, by at most {MAX_WINDOW.days} days."
            )
        return attrs


class SeriesSerializer(serializers.Serializer[None]):
    """One tag: times, and values or null where there are none, with the extremes of wide steps."""

    k = serializers.IntegerField(help_text="Number of the tag.")
    step_ms = serializers.IntegerField(help_text="Width of a step; 0: every reading.")
    t = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    v = serializers.ListField(child=serializers.FloatField(allow_null=True), allow_null=True)
    lo = serializers.ListField(
        child=serializers.FloatField(allow_null=True), allow_null=True, required=False
    )
    hi = serializers.ListField(
        child=serializers.FloatField(allow_null=True), allow_null=True, required=False
    )


class TrendsSerializer(serializers.Serializer[None]):
    """The readings of a window, for charts. Times are epoch milliseconds."""

    now_ms = serializers.IntegerField()
    series = SeriesSerializer(many=True)


class Trends(APIView):
    """``GET /api/v1/trends/?tag=1&tag=2&from_ms=...&to_ms=...&points=720``."""

    @extend_schema(parameters=[TrendQuery], responses=TrendsSerializer)
    def get(self, request: Request) -> HttpResponse:
        """Return the readings as `devices.trends` writes them; 404 for a tag that is not yours."""
        query = TrendQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        try:
            tags = tags_for(request.user, asked["tag"])
        except Tag.DoesNotExist as error:
            raise Http404 from error
        text = trends(
            tags=tags,
            window=Window(asked["from_ms"], asked["to_ms"]),
            points=asked["points"],
            now_ms=int(time.time() * 1000),
        )
        return HttpResponse(
            text, content_type="application/json", headers={"Cache-Control": "no-store"}
        )
