"""Doors to what is only looked at: readings, health, configurations, the audit trail, oneself."""

from __future__ import annotations

from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.access import role_at, sites_for
from devices.api import filters
from devices.api.base import Newest, ReadOnly, SiteView
from devices.api.fields import DeviceField
from devices.api.strict import Base
from devices.models import AuditEntry, DeviceHealth, GatewayConfiguration, Latest, Role
from devices.sources import without_passwords
from edge.wire.configuration import ConfigurationError, unpack


class LatestSerializer(Base[Latest]):
    """The newest reading of a tag. ``value`` is null when the quality is BAD, or it is text."""

    tag = serializers.IntegerField(source="tag_id", read_only=True)
    device = serializers.CharField(source="tag.device.uid", read_only=True)
    name = serializers.CharField(source="tag.name", read_only=True)
    unit = serializers.CharField(source="tag.unit", read_only=True)
    text = serializers.CharField(source="raw", read_only=True, allow_null=True)

    class Meta:
        model = Latest
        fields = (
            *("tag", "device", "name", "unit", "value", "text", "quality"),
            *("source_time", "received_time"),
        )
        read_only_fields = fields


class Readings(ReadOnly):
    """The latest reading of every tag; what came before is under trends."""

    queryset = Latest.objects.select_related("tag__device").order_by("tag_id")
    serializer_class = LatestSerializer
    lookup_field = "tag_id"
    lookup_url_kwarg = "tag"
    lookup_value_converter = "int"
    http_method_names = ["get", "head"]
    filterset_class = filters.LatestFilter
    search_fields = ("tag__name", "tag__label", "tag__device__uid")
    ordering_fields = ("tag_id", "source_time", "received_time")


class HealthSerializer(Base[DeviceHealth]):
    """How a device answers its gateway, as the gateway last told."""

    device = DeviceField(read_only=True)

    class Meta:
        model = DeviceHealth
        fields = (
            *("device", "state", "requests", "timeouts", "refusals", "retries", "overruns"),
            *("latency_ms", "worst_ms", "blocks", "holes", "error", "at"),
        )
        read_only_fields = fields


class Health(ReadOnly):
    """How the devices answer."""

    queryset = DeviceHealth.objects.select_related("device").order_by("device__uid")
    serializer_class = HealthSerializer
    lookup_field = "device__uid"
    lookup_url_kwarg = "uid"
    lookup_value_regex = "[A-Za-z0-9._:-]+"
    http_method_names = ["get", "head"]
    filterset_class = filters.HealthFilter
    search_fields = ("device__uid", "device__name", "error")
    ordering_fields = ("at", "latency_ms", "worst_ms", "timeouts")


class ConfigurationSerializer(Base[GatewayConfiguration]):
    """One version of what a gateway is to read, and what it said of it."""

    gateway = DeviceField(read_only=True)
    mistakes = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = GatewayConfiguration
        fields = (
            *("id", "gateway", "version", "digest", "summary", "created_at"),
            *("running_since", "refused_at", "mistakes"),
        )
        read_only_fields = fields


class WholeConfigurationSerializer(ConfigurationSerializer):
    """The same with everything in it."""

    document = serializers.SerializerMethodField()

    class Meta(ConfigurationSerializer.Meta):
        fields = (*ConfigurationSerializer.Meta.fields, "document")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_document(self, row: GatewayConfiguration) -> Any:
        """Return it as the gateway reads it; None: a later version of Sentinel cannot."""
        try:
            document = without_passwords(unpack(row.packed, row.gateway.uid))
            return msgspec.to_builtins(document, str_keys=True)
        except ConfigurationError:
            return None


class Configurations(ReadOnly):
    """Versions of what the gateways are to read."""

    queryset = GatewayConfiguration.objects.select_related("gateway").order_by("-pk")
    serializer_class = WholeConfigurationSerializer
    lookup_value_converter = "int"
    need_view = Role.ENGINEER
    http_method_names = ["get", "head"]
    filterset_class = filters.ConfigurationFilter
    search_fields = ("gateway__uid", "summary")
    ordering_fields = ("id", "version", "created_at")

    def get_serializer_class(self) -> type[ConfigurationSerializer]:
        """Leave the documents out of lists."""
        if self.action == "list":
            return ConfigurationSerializer
        return WholeConfigurationSerializer


class AuditSerializer(Base[AuditEntry]):
    """Who changed what. ``before`` and ``after`` have only the fields that changed."""

    before = serializers.DictField(read_only=True, allow_null=True)
    after = serializers.DictField(read_only=True, allow_null=True)

    class Meta:
        model = AuditEntry
        fields = (
            *("number", "at", "actor", "remote", "action", "kind", "object_id", "object_name"),
            *("before", "after", "digest"),
        )
        read_only_fields = fields


class Audit(mixins.ListModelMixin, SiteView):
    """The audit trail of the sites that the user administers, the newest first."""

    queryset = AuditEntry.objects.all()
    serializer_class = AuditSerializer
    pagination_class = Newest
    need_view = Role.ADMIN
    http_method_names = ["get", "head"]
    filterset_class = filters.AuditFilter
    search_fields = ("actor", "object_name", "object_id")


class MeSerializer(serializers.Serializer[None]):
    """Who asks, and what they are at each of their sites."""

    username = serializers.CharField()
    is_superuser = serializers.BooleanField()
    roles = serializers.DictField(child=serializers.ChoiceField(Role.choices))


class Me(APIView):
    """Oneself."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Say who asks, and what they are at each of their sites."""
        user = request.user
        roles = {site.slug: role_at(user, site) for site in sites_for(user)}
        return Response(
            {"username": user.get_username(), "is_superuser": user.is_superuser, "roles": roles}
        )
