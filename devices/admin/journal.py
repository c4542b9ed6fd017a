"""What happened: connections, gaps, quarantine and events of the gateways. Read only."""

from __future__ import annotations

from django.contrib import admin

from devices.admin.base import Journal
from devices.models import Connection, Gap, GatewayEvent, Quarantined


@admin.register(Connection)
class ConnectionAdmin(Journal):
    """Every connection of every device."""

    list_display = (
        *("device", "opened_at", "last_seen_at", "closed_at"),
        *("close_code", "reason", "remote", "agent"),
    )
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "close_code", "opened_at")
    list_select_related = ("device",)
    search_fields = ("device__uid", "device__name", "remote", "agent", "reason")
    date_hierarchy = "opened_at"


@admin.register(Gap)
class GapAdmin(Journal):
    """Frames that gateways dropped and said so."""

    list_display = (
        *("device", "received_at", "stream", "seq_from", "seq_to"),
        *("first_at", "last_at", "readings", "reason"),
    )
    list_filter = ("reason", "stream", "received_at")
    list_select_related = ("device",)
    search_fields = ("device__uid", "device__name")


@admin.register(Quarantined)
class QuarantinedAdmin(Journal):
    """Readings that could not be stored."""

    list_display = ("device", "received_at", "code", "raw", "stream", "seq", "i")
    list_filter = ("code", "received_at")
    list_select_related = ("device",)
    search_fields = ("device__uid", "device__name", "code", "raw")


@admin.register(GatewayEvent)
class GatewayEventAdmin(Journal):
    """What gateways told."""

    list_display = ("at", "kind", "device", "gateway", "detail", "received_at")
    list_filter = ("kind", "at")
    list_select_related = ("device", "gateway")
    search_fields = ("device__uid", "gateway__uid", "kind", "detail")
