"""How the registry is written as JSON: sites, devices, tags, connections, profiles."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from devices.api.fields import ConnectionField, DeviceField, ProfileField, SiteField
from devices.api.strict import Base, Strict
from devices.models import Device, DeviceProfile, ModbusConnection, Role, Site, Tag
from devices.status import StatusName


class SiteSerializer(Base[Site]):
    """A plant, and what the user is there."""

    role = serializers.SerializerMethodField()

    class Meta:
        model = Site
        fields = ("slug", "name", "time_zone", "role")

    def get_role(self, site: Site) -> Role:
        """Return the role of whoever asks."""
        roles: dict[int, Role] = self.context.get("roles", {})
        return roles.get(site.pk, Role.ADMIN)


class TagSerializer(Base[Tag]):
    """A named point of a device. ``point`` has what differs from the profile's point."""

    device = DeviceField()
    point = serializers.DictField(required=False)

    class Meta:
        model = Tag
        fields = (
            *("id", "device", "name", "label", "unit", "decimals", "low", "high"),
            *("scan", "scan_ms", "silence_ms", "deadband", "read", "point", "position", "pinned"),
        )

    def validate_device(self, device: Device) -> Device:
        """Keep a tag where its readings are."""
        return _unmoved(self, "device", device)


class DeviceTagSerializer(Base[Tag]):
    """A tag on the page of its device."""

    class Meta:
        model = Tag
        fields = ("id", "name", "label", "unit", "decimals", "low", "high", "scan", "read")
        read_only_fields = fields


class DeviceSerializer(Base[Device]):
    """A device or gateway with its tags. ``status`` and ``detail`` are as every page shows them."""

    site = SiteField()
    via = DeviceField(required=False, allow_null=True)
    profile = ProfileField(required=False, allow_null=True)
    modbus = ConnectionField(required=False, allow_null=True)
    tags = DeviceTagSerializer(many=True, read_only=True)
    status = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()

    class Meta:
        model = Device
        fields = (
            *("uid", "name", "site", "area", "line", "via", "profile", "modbus", "unit_id"),
            *("enabled", "discovery", "frames_per_s", "readings_per_s", "created_at"),
            *("status", "detail", "tags"),
        )
        read_only_fields = ("created_at",)

    def get_status(self, device: Device) -> StatusName:
        """Return the word that pages show."""
        status: StatusName = _shown(device).get("status", "new")
        return status

    def get_detail(self, device: Device) -> str:
        """Return why."""
        return str(_shown(device).get("detail", ""))


class CloneSerializer(Strict):
    """What is different about the twin of a device."""

    uid = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=100)
    unit_id = serializers.IntegerField(min_value=0, max_value=255)


class ConnectionSerializer(Base[ModbusConnection]):
    """A Modbus endpoint of a gateway."""

    gateway = DeviceField()

    class Meta:
        model = ModbusConnection
        fields = (
            *("id", "gateway", "name", "kind", "host", "port", "serial_port", "baud", "parity"),
            *("data_bits", "stop_bits", "ca_file", "server_name", "timeout_s", "retries"),
        )

    def validate_gateway(self, gateway: Device) -> Device:
        """Keep a connection at its gateway."""
        return _unmoved(self, "gateway", gateway)


class ProfileSerializer(Base[DeviceProfile]):
    """One version of a profile, without its file."""

    reference = serializers.CharField(read_only=True)

    class Meta:
        model = DeviceProfile
        fields = (
            *("id", "reference", "slug", "version", "vendor", "model", "title"),
            *("shipped", "created_at"),
        )
        read_only_fields = fields


class ProfileFileSerializer(ProfileSerializer):
    """One version of a profile with its file: see docs/profiles.md."""

    document = serializers.DictField(read_only=True)

    class Meta(ProfileSerializer.Meta):
        fields = (*ProfileSerializer.Meta.fields, "document")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


def _unmoved(serializer: Base[Any], name: str, value: Device) -> Device:
    if serializer.instance is not None and getattr(serializer.instance, name) != value:
        raise serializers.ValidationError("This cannot change. Make a new one there.")
    return value


def _shown(device: Device) -> dict[str, Any]:
    row: dict[str, Any] | None = getattr(device, "shown", None)
    return row or {}
