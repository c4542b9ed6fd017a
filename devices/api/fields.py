"""References to other rows, as the API writes them."""

from __future__ import annotations

from typing import Any, NoReturn

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from devices.access import rows_for
from devices.models import Device, DeviceProfile, ModbusConnection, Site


class _Named(serializers.SlugRelatedField[Any]):
    """A row by its name, among those that the user may see: others do not exist."""

    model: type[Model]
    default_error_messages = {
        "does_not_exist": "There is no “{value}” that you may use here.",
        "invalid": "A name is expected, as a text.",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return rows_for(self.context["request"].user, self.model)

    def to_internal_value(self, data: Any) -> Any:
        """Find it.

        Raises:
            rest_framework.exceptions.ValidationError: there is none that this user sees.
        """
        if not isinstance(data, str) or "\x00" in data:
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.STR)
class SiteField(_Named):
    """A site by its slug."""

    model = Site

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("slug", **_asking(kwargs))


@extend_schema_field(OpenApiTypes.STR)
class DeviceField(_Named):
    """A device by its UID."""

    model = Device

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("uid", **_asking(kwargs))


class ConnectionField(serializers.PrimaryKeyRelatedField[ModbusConnection]):
    """A Modbus connection by its number."""

    default_error_messages = {
        "does_not_exist": "There is no connection {pk_value} that you may use here.",
        "incorrect_type": "The number of a connection is expected.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_asking(kwargs))

    def get_queryset(self) -> QuerySet[ModbusConnection]:
        """Look only among those that the user may see."""
        return rows_for(self.context["request"].user, ModbusConnection)


@extend_schema_field(OpenApiTypes.STR)
class ProfileField(serializers.RelatedField[DeviceProfile, str, str]):
    """A profile by "id@version"."""

    default_error_messages = {"unknown": "There is no profile {value}."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_asking(kwargs))

    def get_queryset(self) -> QuerySet[DeviceProfile]:
        """Profiles are everybody's."""
        return DeviceProfile.objects.all()

    def to_representation(self, value: Any) -> str:
        """Write its reference."""
        return str(value.reference)

    def to_internal_value(self, data: Any) -> DeviceProfile:
        """Find it.

        Raises:
            rest_framework.exceptions.ValidationError: there is none.
        """
        slug, _, version = str(data).partition("@")
        found = None
        if "\x00" not in slug + version:
            found = self.get_queryset().filter(slug=slug, version=version).first()
        if found is None:
            self.fail("unknown", value=str(data)[:100])
        return found


class UserField(serializers.SlugRelatedField[User]):
    """A user by name."""

    default_error_messages = {
        "does_not_exist": "There is no user “{value}”.",
        "invalid": "A name is expected, as a text.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("username", **kwargs)

    def to_internal_value(self, data: Any) -> User:
        """Find them.

        Raises:
            rest_framework.exceptions.ValidationError: there is nobody of this name.
        """
        if not isinstance(data, str) or "\x00" in data:
            self.fail("invalid")
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    """One of a few words; a mistake is told with all of them."""

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        """Say what can be chosen.

        Raises:
            rest_framework.exceptions.ValidationError: always.
        """
        if key == "invalid_choice":
            words = ", ".join(str(word) for word in self.choices)
            text = f"“{str(kwargs['input'])[:100]}” is not one of {words}."
            raise serializers.ValidationError(text, "invalid_choice")
        super().fail(key, **kwargs)


def _asking(kwargs: dict[str, Any]) -> dict[str, Any]:
    """DRF wants to know a queryset; ours depends on who asks."""
    return kwargs if kwargs.get("read_only") else {"queryset": Site.objects.none(), **kwargs}
