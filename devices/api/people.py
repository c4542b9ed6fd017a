"""Doors to who may speak and who may do what: tokens, enrolments, memberships."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices import people, registry
from devices.api import filters
from devices.api.base import ReadOnly, Registry
from devices.api.fields import Choice, DeviceField, SiteField, UserField
from devices.api.strict import Base, Strict
from devices.enrolment import approve, create_code
from devices.models import Credential, Enrolment, Membership, Role, Scope

NO_STORE = {"Cache-Control": "no-store"}


class CredentialSerializer(Base[Credential]):
    """A device token, without its secret."""

    device = DeviceField(read_only=True)
    created_by = UserField(read_only=True, allow_null=True)
    scopes = serializers.ListField(child=Choice(Scope.choices), read_only=True)

    class Meta:
        model = Credential
        fields = (
            *("lookup", "device", "scopes", "created_at", "created_by"),
            *("expires_at", "last_used_at", "revoked_at"),
        )
        read_only_fields = fields


class NewCredentialSerializer(Strict):
    """For which device a token is, how long, and what for."""

    device = DeviceField()
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    scopes = serializers.ListField(
        child=Choice(Scope.choices), required=False, min_length=1, default=None
    )

    def validate_expires_at(self, value: Any) -> Any:
        """Refuse a token that is over before it begins."""
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("This is in the past.")
        return value


class IssuedSerializer(CredentialSerializer):
    """A new token. It is shown this once: only a digest of it is kept."""

    token = serializers.CharField(read_only=True)

    class Meta(CredentialSerializer.Meta):
        fields = (*CredentialSerializer.Meta.fields, "token")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class Credentials(ReadOnly):
    """Device tokens. They are issued and revoked, never edited; rotate them at their device."""

    queryset = Credential.objects.select_related("device", "created_by").order_by("-pk")
    serializer_class = CredentialSerializer
    lookup_field = "lookup"
    lookup_value_regex = "[a-z2-7]{12}"
    need_view = Role.ENGINEER
    http_method_names = ["get", "post", "head"]
    filterset_class = filters.CredentialFilter
    search_fields = ("lookup", "device__uid", "device__name")
    ordering_fields = ("created_at", "expires_at", "last_used_at")

    @extend_schema(request=NewCredentialSerializer, responses={201: IssuedSerializer})
    def create(self, request: Request) -> Response:
        """Issue a token and show it once."""
        asked = NewCredentialSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        self.check_values(asked.validated_data)
        issued = registry.issue_token(by=self.user, **asked.validated_data)
        shown = self.get_serializer(issued.credential).data
        return Response({**shown, "token": issued.token}, 201, headers=NO_STORE)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, lookup: str) -> Response:
        """End it for good and close the connections that were opened with it."""
        credential = self.get_object()
        registry.revoke_credential(credential=credential)
        return Response(self.get_serializer(credential).data)


class EnrolmentSerializer(Base[Enrolment]):
    """A one-time code with which a gateway comes in, without its secret."""

    site = SiteField(read_only=True)
    device = DeviceField(read_only=True, allow_null=True)
    created_by = UserField(read_only=True, allow_null=True)
    approved_by = UserField(read_only=True, allow_null=True)

    class Meta:
        model = Enrolment
        fields = (
            *("id", "site", "lookup", "uid", "needs_approval", "created_at", "created_by"),
            *("expires_at", "used_at", "remote", "agent", "device", "approved_at", "approved_by"),
        )
        read_only_fields = fields


class NewEnrolmentSerializer(Strict):
    """For which site a code is, perhaps for one UID, and how long it is valid."""

    site = SiteField()
    uid = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    hours = serializers.IntegerField(min_value=1, max_value=24 * 365, default=24)
    needs_approval = serializers.BooleanField(default=True)


class CodeSerializer(EnrolmentSerializer):
    """A new code. It is shown this once: only a digest of it is kept."""

    code = serializers.CharField(read_only=True)

    class Meta(EnrolmentSerializer.Meta):
        fields = (*EnrolmentSerializer.Meta.fields, "code")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class Enrolments(ReadOnly):
    """Codes for new gateways."""

    queryset = Enrolment.objects.select_related("site", "device", "created_by", "approved_by")
    serializer_class = EnrolmentSerializer
    lookup_value_converter = "int"
    need_view = Role.ENGINEER
    http_method_names = ["get", "post", "head"]
    filterset_class = filters.EnrolmentFilter
    search_fields = ("lookup", "uid", "remote", "agent")
    ordering_fields = ("created_at", "expires_at", "used_at")

    @extend_schema(request=NewEnrolmentSerializer, responses={201: CodeSerializer})
    def create(self, request: Request) -> Response:
        """Make a code and show it once."""
        asked = NewEnrolmentSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        self.check_values(asked.validated_data)
        enrolment, code = create_code(by=self.user, **asked.validated_data)
        shown = self.get_serializer(enrolment).data
        return Response({**shown, "code": code}, 201, headers=NO_STORE)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: int) -> Response:
        """Let the gateway in that used this code. One that is in stays as it is."""
        enrolment = self.get_object()
        approve(enrolment=enrolment, by=self.user)
        return Response(self.get_serializer(enrolment).data)


class MembershipSerializer(Base[Membership]):
    """The role of one user at one site."""

    user = UserField(queryset=User.objects.all())
    site = SiteField()

    class Meta:
        model = Membership
        fields = ("id", "user", "site", "role")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Keep whose role it is, and where."""
        for name in ("user", "site"):
            if self.instance is not None and attrs.get(name) not in {
                None,
                getattr(self.instance, name),
            }:
                raise serializers.ValidationError({name: "This cannot change. Make a new one."})
        return attrs


class Memberships(Registry):
    """Who may do what at the sites that the user administers."""

    queryset = Membership.objects.select_related("user", "site").order_by("site__slug", "pk")
    serializer_class = MembershipSerializer
    lookup_value_converter = "int"
    need_view = Role.ADMIN
    need_change = Role.ADMIN
    filterset_class = filters.MembershipFilter
    search_fields = ("user__username", "site__slug")
    ordering_fields = ("id", "role")

    def store(self, row: Membership) -> None:
        """Give the role."""
        people.save_membership(membership=row)

    def remove(self, row: Membership) -> None:
        """Take the role away."""
        people.end_membership(membership=row)
