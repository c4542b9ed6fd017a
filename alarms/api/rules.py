"""Doors to rules: what is abnormal, and what a rule would have done."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alarms.api.filters import RuleFilter
from alarms.api.rule_fields import (
    CheckedSerializer,
    ExpressionRefusedSerializer,
    ExpressionSerializer,
    RuleSerializer,
    TrialRuleSerializer,
    TrialSerializer,
    answer_of,
)
from alarms.expressions import ExpressionError
from alarms.expressions.resolving import accept_expression
from alarms.models import Rule
from alarms.rules import delete_rule, save_rule
from alarms.states import ACTIVE
from alarms.trials import try_rule
from devices.api.base import Registry
from devices.api.problems import MEDIA_TYPE, Problems, problem

_ACTIVE = Count("alarms", filter=Q(alarms__state__in=ACTIVE))


class Rules(Registry):
    """What is abnormal at a plant, and how urgent that is.

    Rules of profiles and those that every site has are not deleted (409): disable them.
    """

    queryset = Rule.objects.select_related(
        "site", "device", "tag__device", "setpoint__device"
    ).order_by("priority", "name", "pk")
    serializer_class = RuleSerializer
    lookup_value_converter = "int"
    filterset_class = RuleFilter
    search_fields = ("name", "tag__name", "tag__label", "device__uid", "tag__device__uid")
    ordering_fields = ("id", "name", "kind", "priority")
    not_versioned = frozenset({"active"})

    def get_queryset(self) -> QuerySet[Any]:
        """Count the alarms that are active."""
        rows: QuerySet[Any] = super().get_queryset().annotate(active=_ACTIVE)
        return rows

    def store(self, row: Rule) -> None:
        """Store a rule; its alarms are judged by it at once."""
        save_rule(row, by=self.user.get_username())

    def remove(self, row: Rule) -> None:
        """Delete a rule that somebody made."""
        delete_rule(row, by=self.user.get_username())

    @extend_schema(request=TrialRuleSerializer, responses=TrialSerializer)
    @action(detail=False, methods=["post"])
    def backtest(self, request: Request) -> Response:
        """Say what a rule would have done with the stored readings. Nothing is kept."""
        asked = TrialRuleSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        self.check_values(values)
        span = values.pop("range")
        trial = answer_of(try_rule(Rule(**values), span))
        return Response(TrialSerializer(trial).data)  # type: ignore[arg-type]

    @extend_schema(
        request=ExpressionSerializer,
        responses={200: CheckedSerializer, (400, MEDIA_TYPE): ExpressionRefusedSerializer},
    )
    @action(detail=False, methods=["post"])
    def check_expression(self, request: Request) -> Response:
        """Say whether an expression can be used at a site, and if not, what is wrong, and where."""
        asked = ExpressionSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        self.check_values(asked.validated_data)
        values = asked.validated_data
        try:
            found = accept_expression(values["expression"], values["site"])
        except ExpressionError as error:
            return _refused(request, error)
        return Response({"ok": True, "text": found.text})


def _refused(request: Request, error: ExpressionError) -> Response:
    said = problem(HTTPStatus.BAD_REQUEST, error.message, {"expression": [error.message]})
    place = {"message": error.message, "start": error.start, "end": error.end}
    request.accepted_renderer, request.accepted_media_type = Problems(), MEDIA_TYPE
    return Response(said | place, HTTPStatus.BAD_REQUEST.value)
