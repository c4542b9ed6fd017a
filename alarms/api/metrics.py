"""Door to the figures of the alarm system."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alarms.metrics import Range, Verdict, report_of, span_of
from alarms.metrics.span import BIN
from devices.access import site_for
from devices.api.strict import Strict
from devices.models import Site


class MetricsQuery(Strict):
    """Whose figures, and over which time up to now."""

    site = serializers.SlugField(max_length=50, help_text="Slug.")
    range = serializers.ChoiceField(Range.choices, default=Range.DAY.value)


class VerdictField(serializers.ChoiceField):
    """What a figure says, by the thresholds of site policy; null: there is nothing to judge."""

    def __init__(self, **options: Any) -> None:
        """Allow nothing else."""
        super().__init__([v.value for v in Verdict], read_only=True, allow_null=True, **options)


class RateSerializer(serializers.Serializer[Any]):
    """Raises in ten minutes. ``counts`` begin at ``start``; the last ten minutes still run."""

    counts = serializers.ListField(child=serializers.IntegerField())
    total = serializers.IntegerField()
    average = serializers.FloatField()
    verdict = VerdictField()
    peak = serializers.IntegerField()
    peak_verdict = VerdictField()
    busy_share = serializers.FloatField(help_text="Of the ten minutes with more than 10; 0 to 1.")
    busy_verdict = VerdictField()


class FloodSerializer(serializers.Serializer[Any]):
    """From the tenth raise in ten minutes until there were fewer than five; no end: it lasts."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField(allow_null=True)
    count = serializers.IntegerField()


class FloodsSerializer(serializers.Serializer[Any]):
    """The newest first."""

    floods = FloodSerializer(many=True)
    share = serializers.FloatField(help_text="Of the time; 0 to 1.")
    verdict = VerdictField()


class MixSerializer(serializers.Serializer[Any]):
    """Raises by priority."""

    counts = serializers.DictField(child=serializers.IntegerField())
    verdict = VerdictField()


class StandingSerializer(serializers.Serializer[Any]):
    """What is active and not held back now, by priority."""

    counts = serializers.DictField(child=serializers.IntegerField())
    total = serializers.IntegerField()
    verdict = VerdictField()


class StaleAlarmSerializer(serializers.Serializer[Any]):
    """An alarm that is active for more than 24 h."""

    alarm = serializers.IntegerField(source="alarm_id")
    rule = serializers.CharField()
    priority = serializers.IntegerField()
    device = serializers.CharField()
    tag = serializers.CharField()
    since = serializers.DateTimeField()


class StaleSerializer(serializers.Serializer[Any]):
    """The oldest first."""

    alarms = StaleAlarmSerializer(many=True)
    verdict = VerdictField()


class NuisanceSerializer(serializers.Serializer[Any]):
    """How many alarms did it, and how often: ``times`` is by the number of the alarm."""

    alarms = serializers.IntegerField()
    total = serializers.IntegerField()
    times = serializers.DictField(child=serializers.IntegerField())
    verdict = VerdictField()


class OffDelaySerializer(serializers.Serializer[Any]):
    """An off-delay that would have removed ``removed`` of the last ``of`` raises."""

    seconds = serializers.IntegerField()
    removed = serializers.IntegerField()
    of = serializers.IntegerField()


class ActorSerializer(serializers.Serializer[Any]):
    """One alarm and its part of the load."""

    alarm = serializers.IntegerField(source="alarm_id")
    rule = serializers.CharField()
    priority = serializers.IntegerField()
    device = serializers.CharField()
    tag = serializers.CharField()
    raises = serializers.IntegerField()
    share = serializers.FloatField(help_text="0 to 1.")
    off_delay = OffDelaySerializer(allow_null=True)


class BadActorsSerializer(serializers.Serializer[Any]):
    """The ten with most raises, and the worst of those that chatter or are gone at once."""

    actors = ActorSerializer(many=True)
    top_share = serializers.FloatField(allow_null=True, help_text="Of the ten; 0 to 1.")
    verdict = VerdictField()


class ResponseSerializer(serializers.Serializer[Any]):
    """Seconds from raise to acknowledgement."""

    priority = serializers.IntegerField()
    count = serializers.IntegerField()
    median_s = serializers.FloatField()
    p90_s = serializers.FloatField()


class ShelvingSerializer(serializers.Serializer[Any]):
    """How often alarms were shelved, how many, and for how long together."""

    count = serializers.IntegerField()
    alarms = serializers.IntegerField()
    hours = serializers.FloatField()


class MetricsSerializer(serializers.Serializer[Any]):
    """All figures. Only raises that operators were told of count."""

    start = serializers.DateTimeField(
        source="span.start",
        help_text="Of the time that is judged: not before the site had its first rule.",
    )
    end = serializers.DateTimeField(source="span.end")
    bin_s = serializers.SerializerMethodField()
    rate = RateSerializer()
    floods = FloodsSerializer()
    mix = MixSerializer()
    standing = StandingSerializer()
    stale = StaleSerializer()
    chattering = NuisanceSerializer()
    fleeting = NuisanceSerializer()
    bad_actors = BadActorsSerializer()
    responses = ResponseSerializer(many=True)
    shelving = ShelvingSerializer()

    def get_bin_s(self, _report: Any) -> int:
        """Return how long each of ``rate.counts`` is, seconds."""
        return round(BIN.total_seconds())


class Metrics(APIView):
    """``GET /api/v1/alarms/metrics/?site=east&range=24h``."""

    permission_classes = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)

    @extend_schema(parameters=[MetricsQuery], responses=MetricsSerializer)
    def get(self, request: Request) -> Response:
        """Return how well the alarm system of a site works; 404 for a site that is not yours."""
        query = MetricsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        try:
            site = site_for(request.user, asked["site"])
        except Site.DoesNotExist as error:
            raise Http404 from error
        report = report_of(site.pk, span_of(Range(asked["range"]), timezone.now()))
        return Response(MetricsSerializer(report).data, headers={"Cache-Control": "no-store"})
