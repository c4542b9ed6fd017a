"""What was sent to the gateways, version by version: readable, and what each one changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from devices.admin.base import Journal
from devices.admin.document_difference import difference_of
from devices.admin.narrowing import by_moment
from devices.admin.register_text import point_text
from devices.models import GatewayConfiguration
from devices.sources import without_passwords
from edge.wire.configuration import Document, unpack


@admin.register(GatewayConfiguration)
class GatewayConfigurationAdmin(Journal):
    """Every version that is kept."""

    list_display = (
        *("gateway", "version", "state", "summary"),
        *("created_at", "running_since", "refused_at"),
    )
    list_filter = (
        ("refused_at", by_moment(_("not refused"), _("refused"))),
        "gateway__site",
        "created_at",
    )
    list_select_related = ("gateway__state",)
    search_fields = ("gateway__uid", "gateway__name", "summary")
    change_form_template = "admin/devices/gatewayconfiguration/configuration.html"
    fields = ("gateway", "version", "state", "summary", "created_at", "running_since", "refused_at")
    readonly_fields = fields

    @admin.display(description=_("state"))
    def state(self, row: GatewayConfiguration) -> str:
        """Say what became of it."""
        if row.refused_at is not None:
            return str(_("refused"))
        state = getattr(row.gateway, "state", None)
        if state is not None and state.config_version == row.version:
            return str(_("runs"))
        return str(_("ran") if row.running_since else _("not sent yet"))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the document in words, and the difference to the version before it."""
        row: GatewayConfiguration = kwargs["obj"]
        document = unpack(row.packed, row.gateway.uid)
        earlier = row.gateway.configurations.filter(version__lt=row.version).first()
        before = unpack(earlier.packed, row.gateway.uid) if earlier is not None else Document()
        context |= {
            "document": document,
            "devices": [
                (each, [(t, point_text(t)) for t in each.tags]) for each in document.devices
            ],
            "cameras": without_passwords(document).cameras,
            "earlier": earlier,
            "difference": difference_of(before, document) if earlier is not None else None,
            "mistakes": row.mistakes,
            "subtitle": f"{row.gateway.uid} · {row.version}",
        }
        return super().render_change_form(request, context, *args, **kwargs)
