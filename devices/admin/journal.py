"""What happened: connections, gaps, quarantine and events of the gateways. Read only."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from devices.admin.base import Journal
from devices.admin.narrowing import by_moment, by_words
from devices.models import Connection, Gap, GatewayEvent, Quarantined
from devices.wording import CLOSINGS, CODES, EVENTS, GAPS, REASONS, STREAMS, in_words


def _closing(code: str) -> str:
    return in_words(CLOSINGS, int(code)) if code.isdecimal() else str(_("still open"))


@admin.register(Connection)
class ConnectionAdmin(Journal):
    """Every connection of every device."""

    list_display = ("device", "opened_at", "last_seen_at", "closed_at", "ended", "remote", "agent")
    list_filter = (
        ("closed_at", by_moment(_("still open"), _("closed"))),
        ("close_code", by_words(_closing)),
        "opened_at",
    )
    list_select_related = ("device",)
    search_fields = ("device__uid", "device__name", "remote", "agent", "reason")
    date_hierarchy = "opened_at"

    @admin.display(description=_("ended because"), ordering="close_code")
    def ended(self, row: Connection) -> str:
        """Say why, with the code of the protocol."""
        said = in_words(CLOSINGS, row.close_code)
        return said if said in {"", str(row.close_code)} else f"{said} ({row.close_code})"


@admin.register(Gap)
class GapAdmin(Journal):
    """Frames that gateways dropped and said so."""

    list_display = (
        *("device", "received_at", "stream_words", "seq_from", "seq_to"),
        *("first_at", "last_at", "readings", "why"),
    )
    list_filter = (
        ("reason", by_words(GAPS)),
        ("stream", by_words(STREAMS)),
        "received_at",
    )
    list_select_related = ("device",)
    search_fields = ("device__uid", "device__name")

    @admin.display(description=_("stream"), ordering="stream")
    def stream_words(self, row: Gap) -> str:
        """Name the stream as the pages do."""
        return in_words(STREAMS, row.stream)

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, row: Gap) -> str:
        """Say why."""
        return in_words(GAPS, row.reason)


@admin.register(Quarantined)
class QuarantinedAdmin(Journal):
    """Readings that could not be stored."""

    list_display = ("device", "received_at", "why", "raw", "stream_words", "seq", "i")
    list_filter = (("code", by_words(CODES)), "received_at")
    list_select_related = ("device",)
    search_fields = ("device__uid", "device__name", "code", "raw")

    @admin.display(description=_("reason"), ordering="code")
    def why(self, row: Quarantined) -> str:
        """Say why it could not be stored."""
        return in_words(CODES, row.code)

    @admin.display(description=_("stream"), ordering="stream")
    def stream_words(self, row: Quarantined) -> str:
        """Name the stream as the pages do."""
        return in_words(STREAMS, row.stream)


@admin.register(GatewayEvent)
class GatewayEventAdmin(Journal):
    """What gateways told."""

    list_display = ("at", "what", "device", "gateway", "details", "received_at")
    list_filter = (("kind", by_words(EVENTS)), "at")
    list_select_related = ("device", "gateway")
    search_fields = ("device__uid", "gateway__uid", "kind", "detail")

    @admin.display(description=_("event"), ordering="kind")
    def what(self, row: GatewayEvent) -> str:
        """Say what happened."""
        return in_words(EVENTS, row.kind)

    @admin.display(description=_("detail"), ordering="detail")
    def details(self, row: GatewayEvent) -> str:
        """Say the name of a quality in words."""
        return in_words(REASONS, row.detail)
