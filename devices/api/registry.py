"""Doors to the registry: sites, devices, tags, connections, profiles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from devices import people, registry
from devices.api import filters
from devices.api.base import ReadOnly, Registry
from devices.api.serializers import (
    CloneSerializer,
    ConnectionSerializer,
    DeviceSerializer,
    ProfileFileSerializer,
    ProfileSerializer,
    SiteSerializer,
    TagSerializer,
)
from devices.models import (
    Device,
    DeviceProfile,
    Membership,
    ModbusConnection,
    Role,
    Site,
    Tag,
)
from devices.profiles import keep_profile
from devices.rotation import rotate
from devices.selectors import device_rows


class Sites(Registry):
    """Plants. A superuser makes new ones; their administrators may rename them."""

    queryset = Site.objects.all()
    serializer_class = SiteSerializer
    lookup_field = "slug"
    need_change = Role.ADMIN
    http_method_names = ["get", "post", "patch", "head"]
    not_versioned = frozenset({"role"})
    search_fields = ("slug", "name")
    ordering_fields = ("slug", "name")

    def get_serializer_context(self) -> dict[str, Any]:
        """Know the roles of the user."""
        context = dict(super().get_serializer_context())
        user = self.request.user
        if user.is_authenticated and not user.is_superuser:
            roles = Membership.objects.filter(user=user).values_list("site_id", "role")
            context["roles"] = {site: Role(role) for site, role in roles}
        return context

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a new plant.

        Raises:
            PermissionDenied: the user is no superuser.
        """
        if not request.user.is_superuser:
            raise PermissionDenied("Only a superuser makes new sites.")
        return super().create(request, *args, **kwargs)

    def store(self, row: Site) -> None:
        """Store a plant."""
        people.save_site(site=row)


class Devices(Registry):
    """Devices and gateways.

    Deleting one deletes its tags with what they have read, its tokens and the record of its
    connections; disable it to keep them. What others are reached via is not deleted: 409.
    """

    queryset = Device.objects.select_related("site", "via", "profile").prefetch_related("tags")
    serializer_class = DeviceSerializer
    lookup_field = "uid"
    lookup_value_regex = "[A-Za-z0-9._:-]+"
    filterset_class = filters.DeviceFilter
    search_fields = ("uid", "name", "area", "line", "tags__name")
    ordering_fields = ("uid", "name", "area", "line", "created_at")
    not_versioned = frozenset({"status", "detail"})

    def paginate_queryset(self, queryset: QuerySet[Any] | Sequence[Any]) -> list[Any] | None:
        """Look up the states of one page."""
        page = super().paginate_queryset(queryset)
        _look_up_states(page or [])
        return page

    def shown(self, row: Device) -> dict[str, Any]:
        """Look up the state of one."""
        _look_up_states([row])
        return super().shown(row)

    def store(self, row: Device) -> None:
        """Store a device."""
        registry.save_device(device=row)

    def remove(self, row: Device) -> None:
        """Delete a device, unless it is the gateway of others."""
        registry.delete_device(device=row)

    @extend_schema(request=CloneSerializer, responses={201: DeviceSerializer})
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, uid: str) -> Response:
        """Make a device like this one: same tags, profile and connection."""
        device = self.get_object()
        asked = CloneSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self.answer(registry.clone_device(device=device, **asked.validated_data), 201)

    @extend_schema(request=None, responses={202: None})
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, uid: str) -> Response:
        """Renew its tokens: over its socket, at once or when it connects."""
        rotate(device=self.get_object(), by=self.user)
        return Response(status=202)


class Tags(Registry):
    """Tags of devices. Deleting one deletes its latest reading; stop reading it instead."""

    queryset = Tag.objects.select_related("device").order_by("device__uid", "position", "name")
    serializer_class = TagSerializer
    lookup_value_converter = "int"
    filterset_class = filters.TagFilter
    search_fields = ("name", "label", "device__uid", "device__name")
    ordering_fields = ("id", "name", "position", "device__uid")

    def store(self, row: Tag) -> None:
        """Store a tag."""
        registry.save_tags(device=row.device, tags=[row])

    def remove(self, row: Tag) -> None:
        """Delete a tag."""
        registry.save_tags(device=row.device, tags=[], deleted=[row])


class Connections(Registry):
    """Modbus endpoints of gateways."""

    queryset = ModbusConnection.objects.select_related("gateway").order_by("gateway__uid", "name")
    serializer_class = ConnectionSerializer
    lookup_value_converter = "int"
    need_view = Role.ENGINEER
    filterset_class = filters.ConnectionFilter
    search_fields = ("name", "host", "serial_port", "gateway__uid")
    ordering_fields = ("id", "name")

    def store(self, row: ModbusConnection) -> None:
        """Store a connection."""
        registry.save_connection(connection=row)

    def remove(self, row: ModbusConnection) -> None:
        """Delete a connection that nothing is read through."""
        registry.delete_connection(connection=row)


class ProfileFile(BaseParser):
    """Takes the file as it is: `devices.profiles` reads it and explains its mistakes."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the bytes."""
        return stream.read()


class Profiles(ReadOnly):
    """Profiles of device types. A version is never edited: upload the next one."""

    queryset = DeviceProfile.objects.all()
    serializer_class = ProfileFileSerializer
    parser_classes = (ProfileFile,)
    lookup_value_converter = "int"
    http_method_names = ["get", "post", "head"]
    filterset_class = filters.ProfileFilter
    search_fields = ("slug", "vendor", "model", "title")
    ordering_fields = ("id", "slug", "vendor", "model", "created_at")

    def get_serializer_class(self) -> type[ProfileSerializer]:
        """Leave the files out of lists."""
        return ProfileSerializer if self.action == "list" else ProfileFileSerializer

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses={200: ProfileFileSerializer, 201: ProfileFileSerializer},
    )
    def create(self, request: Request) -> Response:
        """Upload a profile file (docs/profiles.md). The same file may come again: 200."""
        file: Any = request.data  # bytes: see `ProfileFile`; without a body something empty
        profile, is_new = keep_profile(data=file or b"", by=self.user)
        return Response(self.get_serializer(profile).data, 201 if is_new else 200)


def _look_up_states(devices: Iterable[Device]) -> None:
    by_site: dict[int, list[Device]] = defaultdict(list)
    for device in devices:
        by_site[device.site_id].append(device)
    for site_id, here in by_site.items():
        rows = device_rows(site_id=site_id, device_ids=[device.pk for device in here])
        known = {row["id"]: row for row in rows}
        for device in here:
            device.shown = known.get(device.pk)  # type: ignore[attr-defined]  # for the serializer
