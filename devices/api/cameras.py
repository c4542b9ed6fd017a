"""Door to the camera of a device: where its pictures come from, zones and rules."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from devices.access import device_for, may
from devices.api.base import Registry
from devices.api.strict import Base
from devices.cameras import save_camera
from devices.models import Camera, Role


class CameraSerializer(Base[Camera]):
    """How pictures of a device are got, and what is looked for in them: see docs/cameras.md."""

    device = serializers.CharField(source="device.uid", read_only=True)
    has_password = serializers.SerializerMethodField()
    models = serializers.ListField(
        child=serializers.CharField(max_length=64),
        source="model_names",
        required=False,
        max_length=5,
    )
    rules = serializers.ListField(child=serializers.DictField(), required=False)
    zones = serializers.ListField(child=serializers.DictField(), required=False)

    class Meta:
        model = Camera
        fields = (
            *("device", "source", "has_password", "transport", "models", "looks_per_s"),
            *("motion_gate", "rules", "zones", "enabled"),
        )

    def get_has_password(self, camera: Camera) -> bool:
        """Say whether a password is known; it is never shown."""
        return bool(camera.password)

    def to_representation(self, instance: Camera) -> Any:
        """Show the source to engineers only: it names what is in their network."""
        shown = super().to_representation(instance)
        user = self.context["request"].user
        if not may(user, instance.device.site_id, Role.ENGINEER):
            shown["source"] = ""
        return shown


class CameraOfDevice(Registry):
    """The camera of a device. A device that is none becomes one with the first change."""

    queryset = Camera.objects.select_related("device__site")
    serializer_class = CameraSerializer
    lookup_field = "device__uid"
    lookup_url_kwarg = "uid"
    http_method_names = ["get", "patch", "head"]

    @extend_schema(responses=CameraSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the fields that were sent; its gateway hears of it at once."""
        device = device_for(self.user, kwargs["uid"], Role.ENGINEER)
        if not Camera.objects.filter(device=device).exists():
            serializer = self.get_serializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            self.store(Camera(device=device, **serializer.validated_data))
            return self.answer(Camera.objects.get(device=device))
        return super().partial_update(request, *args, **kwargs)

    def store(self, row: Camera) -> None:
        """Store a camera."""
        save_camera(camera=row)
