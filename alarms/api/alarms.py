"""Doors to alarms: the list, one of them, the journal, and what people do to them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alarms import listing
from alarms.api.alarm_fields import (
    AlarmSerializer,
    JournalSerializer,
    OrderRefusedSerializer,
    OrderSerializer,
    ResultSerializer,
    WholeAlarmSerializer,
)
from alarms.api.filters import AlarmFilter, JournalFilter
from alarms.evidence import NoSuchOccurrence, evidence_of
from alarms.models import Alarm, JournalEntry
from alarms.services import Action, Order, perform
from devices.api.base import Newest, ReadOnly, SiteView
from devices.api.exchange import OneAnswer
from devices.api.problems import MEDIA_TYPE, Problems, problem
from devices.api.strict import Strict


class EvidenceQuery(Strict):
    """Of which occurrence the evidence is wanted."""

    occurrence = serializers.IntegerField(
        min_value=1, max_value=2**62, required=False, help_text="Left out: the newest."
    )


class Alarms(ReadOnly):
    """Alarms of which there is something to see; by its number also one of which there is not."""

    queryset = Alarm.objects.order_by("rule__priority", "-raised_at", "pk")
    serializer_class = WholeAlarmSerializer
    lookup_value_converter = "int"
    http_method_names = ["get", "head"]
    filterset_class = AlarmFilter
    search_fields = ("rule__name", "device__uid", "device__name", "tag__name", "comment")
    ordering_fields = ("raised_at", "returned_at", "acked_at", "rule__priority")

    def get_queryset(self) -> QuerySet[Any]:
        """Have at hand what the rows need."""
        rows = listing.with_names(super().get_queryset()).select_related("site")
        return listing.listed(rows) if self.action == "list" else rows

    def get_serializer_class(self) -> type[AlarmSerializer]:
        """Leave the story out of lists."""
        return AlarmSerializer if self.action == "list" else WholeAlarmSerializer

    @extend_schema(parameters=[EvidenceQuery], responses={(200, "application/zip"): bytes})
    @action(detail=True, content_negotiation_class=OneAnswer)
    def evidence(self, request: Request, pk: int) -> HttpResponse:
        """Give what proves an occurrence, as a ZIP file: see docs/alarms.md."""
        alarm = self.get_object()
        asked = EvidenceQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        try:
            found = evidence_of(alarm, asked.validated_data.get("occurrence", alarm.occurrence))
        except NoSuchOccurrence as error:
            raise Http404 from error
        return HttpResponse(
            found.content,
            content_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="{found.name}"',
                "X-Manifest-SHA256": found.manifest_sha256,
            },
        )


class Journal(mixins.ListModelMixin, SiteView):
    """What happened to the alarms, the newest first."""

    queryset = JournalEntry.objects.all()
    serializer_class = JournalSerializer
    pagination_class = Newest
    http_method_names = ["get", "head"]
    filterset_class = JournalFilter
    filter_backends = (DjangoFilterBackend,)  # always in its own order

    def get_queryset(self) -> QuerySet[Any]:
        """Add what numbers are written with."""
        alarm = Alarm.objects.filter(pk=OuterRef("alarm_id")).annotate(
            unit=F("tag__unit"),
            decimals=F("tag__decimals"),
            named=F("device__name"),
            tag_label=F("tag__label"),
            rule_label=F("rule__label"),
        )
        of_now = {
            "unit": Subquery(alarm.values("unit")[:1]),
            "decimals": Subquery(alarm.values("decimals")[:1]),
            "device_name": Subquery(alarm.values("named")[:1]),
            "tag_label": Subquery(alarm.values("tag_label")[:1]),
            "label": Subquery(alarm.values("rule_label")[:1]),
        }
        rows: QuerySet[Any] = super().get_queryset().annotate(**of_now)
        return rows


class Orders(APIView):
    """Does one thing to one or several alarms.

    ``done`` has those that are now as ordered, also when they were before by the same order;
    ``conflicts`` says of the others why they were left as they are. Acknowledging alarms of
    priority 1 goes one by one.
    """

    permission_classes = (IsAuthenticated,)
    http_method_names = ["post"]
    action: Action = Action.ACKNOWLEDGE

    @extend_schema(
        request=OrderSerializer,
        responses={200: ResultSerializer, (409, MEDIA_TYPE): OrderRefusedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Do it to those that can be; 409: to none."""
        asked = OrderSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        result = perform(_user(request), self._order(asked.validated_data))
        answer = ResultSerializer(result).data  # type: ignore[arg-type]
        if result.done:
            return Response(answer)
        refused = problem(HTTPStatus.CONFLICT, "None of these alarms was as it should be.")
        request.accepted_renderer, request.accepted_media_type = Problems(), MEDIA_TYPE
        return Response({**refused, "conflicts": answer["conflicts"]}, HTTPStatus.CONFLICT.value)

    def _order(self, values: dict[str, Any]) -> Order:
        items = {item["id"]: item["rev"] for item in values.pop("items")}
        return Order(action=self.action, items=items, **values)


def _user(request: Request) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - nobody else gets here
    return user
