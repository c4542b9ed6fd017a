"""Deleting devices: what goes with them is said before, in words, and a gateway of others stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from devices import registry
from devices.models import Credential, Device, GatewayConfiguration, ModbusConnection, Tag

_COUNTED: Final[tuple[tuple[type[Model], str], ...]] = (
    (Tag, "device"),
    (Credential, "device"),
    (ModbusConnection, "gateway"),
    (GatewayConfiguration, "gateway"),
)


class DeviceDeletion(admin.ModelAdmin):  # type: ignore[type-arg]
    """Mix-in: the page that asks before devices are deleted, and how they are."""

    def get_deleted_objects(
        self, objs: Iterable[Device], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Say what would go, in counts and words, and what cannot.

        What belongs to a device goes with it whoever may delete it by itself; Django would list
        every event of a gateway, and then forbid it.
        """
        devices = list(objs)
        counts = {str(Device._meta.verbose_name_plural): len(devices)}
        for model, field in _COUNTED:
            count = model._default_manager.filter(**{f"{field}__in": devices}).count()
            if count:
                counts[str(model._meta.verbose_name_plural)] = count
        return [_goes(device) for device in devices], counts, set(), _kept(devices)

    def delete_model(self, request: HttpRequest, obj: Device) -> None:
        """Delete through the service."""
        registry.delete_device(device=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        """Delete through the service, gateways after what is reached via them."""
        with transaction.atomic():
            for device in sorted(queryset, key=lambda device: device.via_id is None):
                registry.delete_device(device=device)


def _goes(device: Device) -> str:
    return _(
        "%(device)s, with its tags and everything they have read, its tokens, and the record of its"
        " connections and events. Disable it instead if you want to keep them."
    ) % {"device": device.uid}


def _kept(devices: list[Device]) -> list[str]:
    """Say what cannot go: gateways of devices that are not chosen too."""
    chosen = [device.pk for device in devices]
    carriers = Device.objects.filter(pk__in=chosen)
    needed = carriers.filter(children__in=Device.objects.exclude(pk__in=chosen)).distinct()
    return [registry.why_kept(device=device) for device in needed]
